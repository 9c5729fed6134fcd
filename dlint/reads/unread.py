"""Documents, tests and settings of CI in a folder of the context that nothing reads."""

from __future__ import annotations

import posixpath
import re

from dlint.errors import DlintError
from dlint.reads.arrivals import arrivals
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex
from dlint.text.units import of_the_last
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival

MOST_BYTES = 64 << 20  # of text that is looked through: half a second
LARGEST = 1 << 20  # bytes of a file that somebody wrote

_DOCUMENTS = regex(
    r"(?:README|CHANGELOG|CHANGES|HISTORY|NEWS|CONTRIBUTING|CONTRIBUTORS|CODE_OF_CONDUCT|SECURITY|AUTHORS|MAINTAINERS"
    r"|ROADMAP|TODO|UPGRADING|GOVERNANCE|RELEASE[-_]?NOTES|RELEASING|CODEOWNERS)"
    r"(?:[-_.][\w-]+)?(?:\.(?:md|rst|txt|adoc|markdown))?|docs?|documentation",
    re.IGNORECASE,
)
# What a container is started with that takes whole folders.
_PACKS = regex(r"(?<![\w.-])(?:zip|tar|rsync|7za?)(?![\w.-])")
_CI = regex(
    r"\.(?:github|gitlab|gitea|forgejo|circleci|buildkite|woodpecker|vscode|devcontainer|idea)"
    r"|\.(?:azure|azdo|azure-pipelines|azuredevops|pipelines|vsts)|azure-pipelines"
    r"|\.(?:gitlab-ci|travis|drone|woodpecker|appveyor|codecov|pre-commit-config|mergify|readthedocs|cirrus|vsts-ci)\.ya?ml"
    r"|(?:azure-pipelines|bitbucket-pipelines|appveyor|codecov|cloudbuild)[\w.-]{0,40}\.ya?ml|Jenkinsfile[\w.-]*"
    r"|renovate\.json5?|\.renovaterc(?:\.json5?)?|\.editorconfig|\.git-blame-ignore-revs"
    r"|(?:Dockerfile|Containerfile)(?:[._-][\w.-]+)?|[\w.-]+\.[dD]ockerfile"
    r"|(?:docker-)?compose[\w.-]*\.ya?ml|docker-bake[\w.-]*\.(?:hcl|json)"
)
_GIT = regex(
    r"(?<![\w-])git\s[^\n]*\b(?:describe|rev-\w+|log|show|status|diff|tag|branch|\w+-ref)\b|(?<!\w)\.git(?![\w-])"
)
_TESTS = regex(r"tests?|specs?|e2e|cypress|__tests__", re.IGNORECASE)
# Settings of test runners and linters: they name the tests without a program's reading them.
_TEST_SETTINGS = regex(
    r"pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|noxfile\.py|conftest\.py|\.coveragerc|package\.json|\.rspec|phpunit.*"
    r"|(?:jest|vitest|cypress|playwright|karma|babel|eslint|codecov)\.conf.*|tsconfig.*\.json|\.mocharc.*|\.eslintrc.*"
    r"|sonar-project\.properties|mypy\.ini|\.flake8|\.pylintrc|ruff\.toml"
)
_TESTING = regex(
    r"\b(?:\w*tests?|tox|nox|rspec|cypress|e2e|vitest|jest|mocha|coverage)\b", re.IGNORECASE
)
# What makes a site of documents.
_SITES = regex(
    r"\b(?:mkdocs|sphinx|docusaurus|vitepress|vuepress|mdbook|hugo|jekyll|gatsby|eleventy|antora|docsify|typedoc|pdoc|zensical)\b"
)
_COMMENT = regex(r"\s*(?:#\s|#$|//|\*|/\*|<!--|--\s|;|%)")
_PROSE = (".md", ".rst", ".adoc", ".markdown")
# Lists of what git, a builder or a registry leaves out: nobody opens what they name.
_LISTS = regex(r"\.(?:git|docker|npm|eslint|prettier)ignore|\.gitattributes")
# A file of Azure Pipelines, which may have any name, lists the paths that start it.
_STARTS = regex(r"(?m)^(?:trigger|pr):")
_WORKS = regex(r"(?m)^(?:pool|stages|jobs|steps|extends):")
_ADDRESS = regex(r"https?://[^\s\"'`<>]{1,500}")


class Unread(NamedTuple):
    """Files below one folder of the context that nothing reads, by their first name there.

    `commits` of the last `of_commits` changed some of them, and nothing else that the COPY takes or
    that arrives before it: `often` in words.
    """

    folder: str
    names: tuple[str, ...]
    commits: int = 0
    of_commits: int = 0
    often: str = ""

    def has(self, path: str) -> bool:
        """Tell whether a path is one of them."""
        return _is_below(path, self.folder) and _first(path, self.folder) in self.names


def unread(build: Build, stage: Stage, transfer: Transfer) -> Unread | None:
    """Return what a COPY of one folder takes and that changed in the last commits though nothing
    reads it; None where it takes something else, where there are no commits to tell, where it takes
    git's own folder for a reason, where the image is started to pack what it holds, where no ignore
    file would leave it out, and where all runs again whatever a commit changes.
    """
    history = build.history
    if history is None or not history.is_telling or not _takes_one(transfer):
        return None
    from dlint.reads.starts import started

    if any(map(_PACKS.search, started(build, stage))):
        return None
    if build.is_fetched or not build.may_reuse_steps:
        return None
    step = build.step_of(transfer)
    arrival = build.fact(arrivals).of(step, transfer) if step is not None else None
    folder = _folder(build, transfer)
    if arrival is None or not arrival.known or folder is None:
        return None
    candidates = _candidates(build, arrival, folder)
    left = _left(build, transfer, arrival, candidates) if candidates.names else ()
    if not left:
        return None
    return counted_with(build, stage, transfer, Unread(folder, left))


def counted_with(
    build: Build, stage: Stage, transfer: Transfer, kept: Unread, later: Iterable[Step] = ()
) -> Unread:
    """Return the same with the commits that changed some of it, and nothing else that the COPY
    takes, or that arrives before it or with some `later` steps: those run again anyway.
    """
    history = build.history
    if history is None:
        return kept
    found = build.fact(arrivals)
    step = build.step_of(transfer)
    own = found.of(step, transfer) if step is not None else None
    before = _arrived(build, stage, transfer)
    taking = [*filter(None, (own,)), *before, *_brought(build, later)]
    count, last = _alone(build, taking, kept), history.commits
    often = of_the_last(count, last, history.folder)
    return kept._replace(commits=count, of_commits=last, often=often)


def _takes_one(transfer: Transfer) -> bool:
    return not transfer.from_ and not transfer.excludes and len(transfer.sources) == 1


def _candidates(build: Build, arrival: Arrival, folder: str) -> Unread:
    """Return the documents, tests and settings of CI in a folder that a COPY takes."""
    own = posixpath.basename(build.dockerfile.source.path)  # its changes are the steps', too
    names = {_first(path, folder) for path in arrival.sources} - {own}
    if any(map(_DOCUMENTS.fullmatch, folder.split("/"))):  # they are what is copied
        return Unread(folder, ())
    if ".git" in names and _keeps_git(build):
        return Unread(folder, ())
    return Unread(folder, tuple(sorted(filter(_is_beside_the_program, names))))


def _is_beside_the_program(name: str) -> bool:
    return any(kind.fullmatch(name) for kind in (_DOCUMENTS, _CI, _TESTS))


def _left(build: Build, transfer: Transfer, arrival: Arrival, found: Unread) -> tuple[str, ...]:
    """Return those of what was found that changed, and that neither the Dockerfile nor another file
    of the COPY reads.
    """
    instructions = (each for each in build.dockerfile.instructions if each is not transfer)
    dockerfile = "\n".join("\n".join(each.texts) for each in instructions)
    left = {
        name: mention
        for name in _changed(build, arrival, found)
        if not (mention := _mention(build, found.folder, name)).search(dockerfile)
        and not _is_wanted(build, found.folder, name, dockerfile)
    }
    return _unread_by_others(build, arrival, found, left) if left else ()


def _unread_by_others(
    build: Build, arrival: Arrival, found: Unread, left: dict[str, re.Pattern[str]]
) -> tuple[str, ...]:
    """Return those names of `left` that no other file of the COPY speaks of."""
    others = (path for path in arrival.sources if not found.has(path))
    sizes = {path: build.context.entries[path].size for path in others if _is_readable(build, path)}
    if sum(sizes.values()) > MOST_BYTES:
        return ()
    for path in sizes:
        if not left:
            break
        data = _data(build, path)
        left = {name: each for name, each in left.items() if not _reads(path, data, name, each)}
    return tuple(sorted(left))


def _changed(build: Build, arrival: Arrival, found: Unread) -> set[str]:
    """Return the names of what the last commits changed."""
    changed = build.history.changed if build.history else frozenset()
    return {
        _first(path, found.folder)
        for path in changed
        if found.has(path) and path in arrival.sources
    }


def _is_readable(build: Build, path: str) -> bool:
    """Tell whether a file may be one that somebody wrote and a program reads."""
    return build.context.entries[path].size <= LARGEST and not path.endswith(_PROSE)


def _arrived(build: Build, stage: Stage, transfer: Transfer) -> Iterator[Arrival]:
    """Yield what arrives from the context before a COPY: in its stage, those below that, and others
    that these copy from. Its change reruns the COPY, too.
    """
    found = build.fact(arrivals)
    yield from found.before(stage, transfer)
    steps = build.steps_before(stage, transfer)
    yield from _brought_indirectly(build, steps)


def _brought(build: Build, steps: Iterable[Step]) -> Iterator[Arrival]:
    """Yield what some steps take of the context, also by way of other stages."""
    each_step = list(steps)
    found = build.fact(arrivals)
    for step in each_step:
        if isinstance(step.instruction, Transfer):
            yield from filter(None, (found.of(step, step.instruction),))
    yield from _brought_indirectly(build, each_step)


def _brought_indirectly(build: Build, steps: Iterable[Step]) -> Iterator[Arrival]:
    """Yield what mounts of some steps show of the context, and what arrives in the stages that they
    copy from.
    """
    found = build.fact(arrivals)
    for step in steps:
        match step.instruction:
            case Run() as run:
                yield from found.mounted(step, run)
            case Transfer(from_=str()) as copy if origin := build.origin_of(copy):
                yield from found.of_stage(origin)


def _alone(build: Build, taking: Sequence[Arrival], kept: Unread) -> int:
    """Count the commits that changed some of `kept`, and nothing else that some COPYs take, or took
    then.
    """
    changes = build.history.changes if build.history else ()
    others = (
        [path for path in change if not kept.has(path)]
        for change in changes
        if any(map(kept.has, change))
    )
    return sum(not any(_is_taken(build, each, taking) for each in paths) for paths in others)


def _is_taken(build: Build, path: str, taking: Iterable[Arrival]) -> bool:
    """Tell whether one of some COPYs takes a path, or took it while it was there."""
    if path in build.context.entries:
        return any(path in each.sources for each in taking)
    return not build.context.ignored(path) and any(_took(build, each, path) for each in taking)


def _took(build: Build, arrival: Arrival, path: str) -> bool:
    """Tell whether a COPY takes the folder that a path was in."""
    transfer = arrival.instruction
    if not isinstance(transfer, Transfer) or not _takes_one(transfer):
        return False
    folder = _folder(build, transfer)
    return folder is not None and _is_below(path, folder)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/" if folder else "")


def _first(path: str, folder: str) -> str:
    """Return the first name of a path below a folder."""
    return path[len(folder) + 1 if folder else 0 :].split("/", 1)[0]


def _folder(build: Build, transfer: Transfer) -> str | None:
    """Return the context's folder that a COPY takes, "" for all of it; None where it takes anything
    else.
    """
    text = build.expand(transfer, transfer.sources[0].text)
    if text is None:
        return None
    path = posixpath.normpath(f"/{text}").lstrip("/").removesuffix("*").rstrip("/")
    entry = build.context.entries.get(path)
    return path if not path or (entry is not None and entry.kind == "dir") else None


def _keeps_git(build: Build) -> bool:
    """Tell whether `.git` may be taken for a reason, so that each commit makes the layer anew
    whatever it changes.
    """
    ignore = build.context.ignore
    texts = [text for each in build.dockerfile.instructions for text in each.texts]
    return any(map(_GIT.search, (*texts, ignore.source.text if ignore else "")))


def _mention(build: Build, folder: str, name: str) -> re.Pattern[str]:
    """Return what a text holds that speaks of a file, or of a folder as of a path."""
    text = re.escape(name)
    entry = build.context.entries.get(posixpath.join(folder, name))
    if entry is not None and entry.kind != "dir":
        return re.compile(rf"(?<![\w-]){text}(?!\w)")
    return re.compile(
        rf"(?:^|[\s\"'`(=,:]|\./){text}(?=[/\"'`,)])|[\s/]{text}(?=\s|$)|\b(?:from|import)\s+{text}\b",
        re.MULTILINE,
    )


def _is_wanted(build: Build, folder: str, name: str, dockerfile: str) -> bool:
    """Tell whether the ignore file keeps it on purpose, or what is built is a site of documents, or
    tested inside, or a program looks at the whole folder.
    """
    ignore = build.context.ignore
    kept = re.compile(rf"!(?:.*/)?{re.escape(name)}(?:/|$)")
    if ignore and any(map(kept.match, ignore.patterns.patterns)):
        return True
    if _TESTS.fullmatch(name):
        path = build.path if build.recipes else posixpath.basename(build.dockerfile.source.path)
        is_tested = _TESTING.search(f"{dockerfile}\n{path}") is not None
        if is_tested or build.is_tested_inside:
            return True
        from dlint.reads.whole_folders import looks_at_all

        return looks_at_all(build, folder)
    if _DOCUMENTS.fullmatch(name):
        return _SITES.search(dockerfile) is not None or _makes_a_site(build)
    return False


def _makes_a_site(build: Build) -> bool:
    return any("/" not in path and _SITES.search(path) for path in build.context.entries)


def _data(build: Build, path: str) -> bytes:
    """Return what a file of the context holds; nothing of one that is no text or cannot be read."""
    if not build.context.entries[path].size:
        return b""
    try:
        data = build.context.read(path)
    except DlintError:
        return b""
    return b"" if b"\0" in data[:1024] else data


def _reads(path: str, data: bytes, name: str, mention: re.Pattern[str]) -> bool:
    """Tell whether a file that holds `data` speaks of `name` outside its comments."""
    if name.encode() not in data:
        return False
    if _TESTS.fullmatch(name) and _TEST_SETTINGS.fullmatch(posixpath.basename(path)):
        return False
    text = _shortened(path, name, data.decode("utf-8", "replace"))
    lines = (line for line in text.splitlines() if name in line and not _COMMENT.match(line))
    return any(map(mention.search, lines))


def _shortened(path: str, name: str, text: str) -> str:
    """Return a file without what may speak of `name` and opens nothing: comments of markup, and the
    addresses of a file elsewhere, which a folder's name may be served at.
    """
    if _LISTS.fullmatch(posixpath.basename(path)) or _is_pipeline(path, text):
        return ""
    if text.lstrip().startswith("<"):
        first, *others = text.split("<!--")
        text = first + "".join(each.partition("-->")[2] for each in others)
    return _ADDRESS.sub("", text) if "." in name else text


def _is_pipeline(path: str, text: str) -> bool:
    is_yaml = path.endswith((".yml", ".yaml"))
    return is_yaml and bool(_STARTS.search(text)) and bool(_WORKS.search(text))
