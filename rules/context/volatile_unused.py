r"""A COPY takes documents, tests or CI settings that nothing reads, and each change of those makes
its layer anew.

A commit that touches the README, a workflow or the Dockerfile itself leaves the program as it was.
A COPY of the whole folder takes those files all the same: its layer is another one, it is uploaded
again, and what follows runs again. Left out by the ignore file, such a commit pushes nothing.

```context
app/main.py: print("hello") changed 12
app/fonts.bin 3MB
README.md changed 20
.github/workflows/ci.yml changed 15
.dockerignore: .git
```

```dockerfile bad
FROM python:3.12.4-slim
COPY . /srv
CMD ["python", "/srv/app/main.py"]
```

```context
app/main.py: print("hello") changed 12
app/fonts.bin 3MB
README.md changed 20
.github/workflows/ci.yml changed 15
.dockerignore: .git\n.github\nREADME.md
```

```dockerfile good
FROM python:3.12.4-slim
COPY . /srv
CMD ["python", "/srv/app/main.py"]
```

A package whose settings or program name the README reads it:

```context
app/main.py: print("hello") changed 12
pyproject.toml: readme = "README.md"
README.md changed 20
.dockerignore: .git
```

```dockerfile good
FROM python:3.12.4-slim
COPY . /srv
RUN pip install --no-cache-dir /srv
```

How sure: how many of the last commits changed nothing else of what the COPY takes is counted in
git's history; there is no finding without one. A file is read by nobody if neither the Dockerfile
nor any other file that the COPY takes speaks of it; tests are, too, where the Dockerfile or the
repository's recipes run some in the image. What a program puts together at run time is not seen.
The bytes are those of the layer, compressed by a sample; what runs again behind it comes on top.

When not to follow it: where somebody who uses the image looks for those files there.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, DlintError, Finding, Rule, Severity, fixes, human_bytes, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

FEWEST, SHARE = 3, 0.05  # of the commits must change nothing else
SHOWN = 3  # names in the message
MOST_BYTES = 64 << 20  # of text that is looked through: half a second
LARGEST = 1 << 20  # bytes of a file that somebody wrote

_DOCUMENTS = regex(
    r"(?:README|CHANGELOG|CHANGES|HISTORY|NEWS|CONTRIBUTING|CONTRIBUTORS|CODE_OF_CONDUCT|SECURITY|AUTHORS|MAINTAINERS"
    r"|ROADMAP|TODO|UPGRADING|GOVERNANCE|RELEASE[-_]?NOTES|RELEASING|CODEOWNERS)"
    r"(?:[-_.][\w-]+)?(?:\.(?:md|rst|txt|adoc|markdown))?|docs?|documentation",
    re.IGNORECASE,
)
_CI = regex(
    r"\.(?:github|gitlab|gitea|forgejo|circleci|buildkite|woodpecker|azure-pipelines|vscode|devcontainer|idea)"
    r"|\.(?:gitlab-ci|travis|drone|woodpecker|appveyor|codecov|pre-commit-config|mergify|readthedocs|cirrus)\.ya?ml"
    r"|(?:azure-pipelines|bitbucket-pipelines|appveyor|codecov|cloudbuild)[\w.-]*\.ya?ml|Jenkinsfile[\w.-]*"
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
_TESTED_INSIDE = regex(
    r"^.*(?:docker|compose|podman|kubectl)\b.*\b(?:run|exec)\b.*\b(?:\w*tests?|tox|nox|rspec|cypress|jest|coverage)\b",
    re.MULTILINE,
)
# What makes a site of documents.
_SITES = regex(
    r"\b(?:mkdocs|sphinx|docusaurus|vitepress|vuepress|mdbook|hugo|jekyll|gatsby|eleventy|antora|docsify|typedoc|pdoc)\b"
)
_COMMENT = regex(r"\s*(?:#\s|#$|//|\*|/\*|<!--|--\s|;|%)")
_PROSE = (".md", ".rst", ".adoc", ".markdown")


class _Kept(NamedTuple):
    """Files below one folder of the context that nothing reads, by their first name there."""

    folder: str
    names: tuple[str, ...]

    def has(self, path: str) -> bool:
        """Tell whether a path is one of them."""
        start = f"{self.folder}/" if self.folder else ""
        return path.startswith(start) and path[len(start) :].split("/", 1)[0] in self.names


@rule.on(syntax.Transfer)
def unused(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder whose unread files change by themselves."""
    build = context.build
    stage = build.stage_of(transfer)
    if (
        transfer.from_
        or transfer.excludes
        or stage is None
        or len(transfer.sources) != 1
        or not build.live(stage)
    ):
        return
    step = next(step for step in build.steps(stage) if step.instruction is transfer)
    arrival = build.arrivals.of(step, transfer)
    folder = _folder(build, transfer)
    if (
        arrival is None
        or folder is None
        or not arrival.known
        or not _is_felt(build, stage, transfer)
    ):
        return
    own = posixpath.basename(build.dockerfile.source.path)  # its changes are the steps', too
    names = {_first(path, folder) for path in arrival.sources} - {own}
    found = [
        name for name in names if any(kind.fullmatch(name) for kind in (_DOCUMENTS, _CI, _TESTS))
    ]
    history = build.history if found else None
    if history is None or not history.is_telling or (".git" in names and _keeps_git(build)):
        return
    kept = _unread(build, transfer, arrival, _Kept(folder, tuple(sorted(found))))
    count = _alone(build, arrival, kept) if kept.names else 0
    if count < max(FEWEST, SHARE * history.commits):
        return
    size = (
        build.packed_bytes(arrival.selection)
        if arrival.selection and build.shipped(stage)
        else None
    )
    layer = f"this layer of {human_bytes(size)}" if size is not None else "this step"
    yield Finding(
        transfer,
        f"{count} of the last {history.commits} commits changed nothing of this but"
        f" {_listed(kept.names)}, which nothing here reads; each of them makes {layer} and what"
        " follows it anew",
        cost=None if size is None else Cost.modelled(push_bytes=size),
        fix=_fix(build, kept),
    )


def _keeps_git(build: Build) -> bool:
    """Tell whether `.git` may be taken for a reason, so that each commit makes the layer anew
    whatever it changes.
    """
    ignore = build.context.ignore
    texts = [text for each in build.dockerfile.instructions for text in each.texts]
    return any(_GIT.search(text) for text in (*texts, ignore.source.text if ignore else ""))


def _folder(build: Build, transfer: syntax.Transfer) -> str | None:
    """Return the context's folder that a COPY takes, "" for all of it; None where it takes anything
    else.
    """
    text = build.expand(transfer, transfer.sources[0].text)
    if text is None:
        return None
    path = posixpath.normpath(f"/{text}").lstrip("/").removesuffix("*").rstrip("/")
    entry = build.context.entries.get(path)
    return path if not path or (entry is not None and entry.kind == "dir") else None


def _first(path: str, folder: str) -> str:
    return path[len(folder) + 1 if folder else 0 :].split("/", 1)[0]


def _is_felt(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> bool:
    """Tell whether the layer is pushed, or a RUN stands on it."""
    return build.shipped(stage) or any(
        isinstance(instruction, syntax.Run)
        and instruction.index > transfer.index
        and build.live(other)
        for other in build.stages
        if stage in other.ancestors()
        for instruction in other.instructions
    )


def _unread(build: Build, transfer: syntax.Transfer, arrival: facts.Arrival, kept: _Kept) -> _Kept:
    """Leave out of `kept` what changed never, and what something reads."""
    history, entries = build.history, build.context.entries
    counts = dict.fromkeys(kept.names, 0)
    for path in arrival.sources:
        if history and (name := _first(path, kept.folder)) in counts:
            counts[name] += history.count(path)
    wanted = {
        name: _mention(name, is_file=_is_file(build, kept.folder, name))
        for name, n in counts.items()
        if n
    }
    told = "\n".join(
        "\n".join(each.texts) for each in build.dockerfile.instructions if each is not transfer
    )
    left = {
        name
        for name, pattern in wanted.items()
        if not pattern.search(told) and not _is_wanted(build, name, told)
    }
    readers = [path for path in arrival.sources if not kept.has(path) and not path.endswith(_PROSE)]
    if sum(entries[path].size for path in readers if entries[path].size <= LARGEST) > MOST_BYTES:
        return kept._replace(names=())
    for path in readers:
        if left and 0 < entries[path].size <= LARGEST:
            left = {name for name in left if not _reads(build, path, name, wanted[name])}
    return kept._replace(names=tuple(sorted(left)))


def _is_file(build: Build, folder: str, name: str) -> bool:
    entry = build.context.entries.get(posixpath.join(folder, name))
    return entry is not None and entry.kind != "dir"


def _mention(name: str, *, is_file: bool) -> re.Pattern[str]:
    """Return what a text holds that speaks of a file, or of a folder as of a path."""
    if is_file:
        return re.compile(rf"(?<![\w-]){re.escape(name)}(?!\w)")
    text = re.escape(name)
    return re.compile(
        rf"(?:^|[\s\"'`(=,:]|\./){text}(?=[/\"'`,)])|[\s/]{text}(?=\s|$)|\b(?:from|import)\s+{text}\b",
        re.MULTILINE,
    )


def _is_wanted(build: Build, name: str, told: str) -> bool:
    """Tell whether the ignore file keeps it on purpose, or what is built is a site of documents, or
    tested inside.
    """
    ignore = build.context.ignore
    if ignore and any(
        re.match(rf"!(?:.*/)?{re.escape(name)}(?:/|$)", text) for text in ignore.patterns.patterns
    ):
        return True
    if _TESTS.fullmatch(name):
        path = posixpath.basename(build.dockerfile.source.path)
        return bool(_TESTING.search(f"{told}\n{path}")) or build.recipes_mention(_TESTED_INSIDE)
    return bool(_DOCUMENTS.fullmatch(name)) and bool(_SITES.search(told) or _makes_a_site(build))


def _makes_a_site(build: Build) -> bool:
    return any("/" not in path and _SITES.search(path) for path in build.context.entries)


def _reads(build: Build, path: str, name: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether a file of the context speaks of `name` outside its comments."""
    if _TESTS.fullmatch(name) and _TEST_SETTINGS.fullmatch(posixpath.basename(path)):
        return False
    try:
        data = build.context.read(path)
    except DlintError:
        return False
    if name.encode() not in data or b"\0" in data[:1024]:
        return False
    lines = data.decode("utf-8", "replace").splitlines()
    return any(name in line and not _COMMENT.match(line) and pattern.search(line) for line in lines)


def _alone(build: Build, arrival: facts.Arrival, kept: _Kept) -> int:
    """Count the commits that changed some of `kept`, and nothing else that the COPY takes, or took
    then.
    """
    entries, sources = build.context.entries, arrival.sources
    start = f"{kept.folder}/" if kept.folder else ""

    def counts(path: str) -> bool:
        if path in entries:
            return path in sources
        return path.startswith(start) and not build.context.ignored(path)

    changes = build.history.changes if build.history else ()
    return sum(
        any(map(kept.has, change))
        and not any(not kept.has(path) and counts(path) for path in change)
        for change in changes
    )


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names[:SHOWN]]
    last = f"{len(names) - SHOWN} more" if len(names) > SHOWN else quoted.pop()
    return " and ".join(filter(None, (", ".join(quoted), last)))


def _fix(build: Build, kept: _Kept) -> fixes.Fix | None:
    patterns = [posixpath.join(kept.folder, name) for name in kept.names]
    edits = fixes.leave_out(build, patterns)
    return (
        fixes.Fix(
            f"leave {', '.join(patterns)} out of the build context", edits, fixes.Safety.UNSAFE
        )
        if edits
        else None
    )
