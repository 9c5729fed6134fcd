"""Which builds a repository's own files describe: each with its Dockerfile, its context and its
target.

A file says it in its own way; what counts is checked against the folder: the Dockerfile and the
context have to be there.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from functools import cache, partial
from itertools import chain, groupby
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.project.cache_entry import Told, agreed, readable
from dlint.project.delivery import Delivery, makes_files
from dlint.project.emulation import architecture, emulation_in, platforms_in
from dlint.project.fitting import VARIABLE
from dlint.project.githubs_token import gives_token, without_githubs_cache
from dlint.project.handed_on import handed_on, pushed_by_name
from dlint.project.image import TARGET, Described, Image
from dlint.project.own_folder import with_own_folder
from dlint.project.purpose import (
    SCRIPTS,
    SPEAKS,
    is_no_product,
    is_of_azure,
    tells_what_starts,
)
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dlint.project.bake_calls import BakeCalls
    from dlint.project.commands import Claim
    from dlint.project.compose_calls import ComposeCalls
    from dlint.project.emulation import Emulation
    from dlint.project.pipelines import Call, Own


_YAML = regex(r"(?i)\.ya?ml$")
FROM = regex(
    r"(?m)^[ \t]*+from[ \t]++(?:--\S++[ \t]++)*+([\w./:@-]++)(?:[ \t]++as[ \t]++([\w.-]++))?"
)
_SERVICES = regex(r"(?m)^services:")
_DEVCONTAINER = regex(r"(?i)(^|/)\.?devcontainer\.json$")
_PAIR = regex(r'"(context|dockerfile|dockerFile|target)"\s*:\s*"([^"\n]*)"')
_TILT = regex(
    r"""\bdocker_build\(\s*['"][^'"\n]*['"]\s*,\s*['"]([^'"\n]*)['"](?:[^()]{0,400}?dockerfile\s*=\s*['"]([^'"\n]*)['"])?"""
)
# What Podman calls an image that no registry has. With a port it is a registry that stands for
# another one.
OF_THIS_MACHINE = regex(r"localhost/")
# A name of a Compose file that only somebody at Docker could push.
_BARE = regex(r"[\w.-]+(?::[\w.-]*)?")
_TAGGED = regex(r"\bdocker(?: buildx)? build\b[^\n]{0,400}?\s(?:-t|--tag)[ =]['\"]?([\w./:${}-]+)")
_STARTS = regex(r"(?:^|\$\()[ \t]{0,40}docker run\b")  # of `docker export "$(docker run -d web)"`
_BUILT_THERE = regex(
    r"\b(?:docker|podman)(?: buildx)? build\b[^\n]{0,400}?\s(?:-t|--tag)[ =]([\w.:/-]+)(?=\s)"
)
# A container of a Makefile's recipe that gives out files and is deleted: not one that serves, or
# that somebody types into (https://docs.docker.com/reference/cli/docker/container/run/).
_JOB = regex(
    r"\b(?:docker|podman) run\b(?=[^\n]{0,800}\s--rm\b)"
    r"(?=[^\n]{0,800}\s(?:-v|--volume|--mount)[ =])"
    r"(?![^\n]{0,800}\s(?:-[dit]{1,3}|-[pP]|--(?:detach|interactive|publish|publish-all|tty))[\s=])"
)
# A shell that somebody types into in the place of the image's own program.
_SHELL = regex(
    r"\b(?:docker|podman) run\b(?=[^\n]{0,800}\s-(?:it|ti)\s)"
    r"(?=[^\n]{0,800}\s(?:/bin/)?(?:ba|z)?sh[ \t]*\Z)"
)
_HANDS_ON = regex(r"\bpush\b|\b(?:docker|podman)(?: image)? (?:tag|save)\b")
# Files in which each line of commands has a shell of its own, so a `cd` counts for its line alone.
_BY_LINE = regex(r"(?i)gnumakefile|makefile(?:\.\w+)?|.*\.mk|\.?justfile|package\.json")
_MAKEFILE = regex(r"(?:^|/)(?:GNUm|[mM])akefile$")
_ONE_SHELL = ".ONESHELL"
NOTHING = Described({}, {}, ())
MOST_CALLS = 4  # workflows in a row, each of which calls the next
MOST = 2_000  # builds of one repository


class Reading(NamedTuple):
    """What recipes say: the builds that are known, and those of which a variable hides where the
    Dockerfile is, or whose context is made for them, each with the path of its recipe.
    """

    builds: tuple[Built, ...]
    hidden: tuple[tuple[str, Claim], ...]


class Built(NamedTuple):
    """A build: Dockerfile and context as paths from the repository's root, "." for the root itself,
    the target ("" for the last stage), the file that says so, the build caches, what that file says
    of the image's way, the named contexts, the names that the image gets (`target:NAME` is the one
    that it has in a Bake or Compose file), and the build arguments whose values that file tells;
    `passes` are the names of all that it is given, None where that is not known. `apart` are the
    platforms that it is built for one by one, where each writes the same cache; `emulation` tells
    which of the platforms the machine that builds them has to emulate. `platforms` are all for
    which it is pushed; none where a push names none, or a variable hides some, of which
    `hides_platforms` tells. `fewest` are the names that the push is given which is given the
    fewest; None where that is not known. `differing` are the names that builds are given
    differently which write one cache, and read no other. `rows` are the caches of several builds,
    as those of a matrix, of which each exports others. `asked` are the platforms that each build is
    asked for, pushed or not; none where one is not.
    """

    dockerfile: str
    context: str
    target: str
    path: str
    caches: Told = Told()
    delivery: Delivery = Delivery()
    contexts: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    apart: tuple[str, ...] = ()
    passes: frozenset[str] | None = None
    emulation: Emulation | None = None
    platforms: tuple[str, ...] = ()
    hides_platforms: bool = False
    fewest: frozenset[str] | None = None
    warmed: frozenset[str] = frozenset()
    differing: frozenset[str] = frozenset()
    rows: tuple[Told, ...] = ()
    asked: tuple[str, ...] = ()

    def may_pass(self, argument: str) -> bool:
        """Tell whether it gives the image a build argument, as far as is known."""
        return self.passes is None or argument in self.passes

    def keeps_default(self, argument: str, default: str | None) -> bool:
        """Tell whether it is known to give the image no other value of an argument."""
        return not self.may_pass(argument) or (argument, default) in self.args

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others."""
        return self.dockerfile, self.context, self.target, self.path


def as_found(root: Path, file: str) -> str:
    """Return the Dockerfile that a build takes: builders look for `dockerfile`, too, where there is
    no `Dockerfile`.
    """
    folder, name = posixpath.split(file)
    lower = posixpath.join(folder, name.lower())
    is_plain = name == "Dockerfile" and not (root / file).is_file()
    return lower if is_plain and (root / lower).is_file() else file


def kind_of(path: str, text: str) -> str:
    """Name what a file is that describes builds; "" where it is neither Compose's nor Bake's."""
    from dlint.project import bake, compose

    if bake.is_bake(path, text):
        return "Bake file"
    if compose.NAMED.search(path) or (_YAML.search(path) and _SERVICES.search(text)):
        return "Compose file"
    return ""


def builds_in(root: Path, texts: Iterable[tuple[str, str]]) -> tuple[Built, ...]:
    """Return the builds that recipes describe; paths in them are seen from `root`."""
    return read_builds(root, texts).builds


def read_builds(root: Path, texts: Iterable[tuple[str, str]]) -> Reading:
    """Return what recipes say; paths in them are seen from `root`."""
    texts = list(texts)
    spoken = [(path, text) for path, text in texts if _may_speak(path, text)]
    own = _own(root, texts)
    found: dict[tuple[str, ...], list[Built]] = {}
    hidden: list[tuple[str, Claim]] = []
    copies = cache(lambda: _copies(texts))
    for path, claims in _all_claims(root, spoken, own):
        told = chain(claims, (_of_original(each, copies()) for each in claims))
        built = next(filter(None, (_resolved(root, each, path) for each in told)), None)
        if built:
            found.setdefault(built.key, []).append(built)
        else:
            hidden += [(path, each) for each in claims if _is_hidden(root, each)]
        if len(found) + len(hidden) >= MOST:
            break
    return Reading(tuple(map(_as_one, found.values())), tuple(hidden))


def _may_speak(path: str, text: str) -> bool:
    """Tell whether a recipe, or a template of Azure's that it uses, may be about images."""
    is_templated = "template:" in text and is_of_azure(path)
    return is_templated or SPEAKS.search(path) is not None or SPEAKS.search(text) is not None


def _copies(texts: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    from dlint.project.rewrites import copies_in

    return copies_in(text for _, text in texts)


def _of_original(claim: Claim, copies: Mapping[str, str]) -> Claim:
    """Return a build of a changed copy of a Dockerfile as one of this: which stages the machine
    emulates, the copy tells alone.
    """
    original = copies.get(claim.dockerfile)
    return claim if original is None else claim._replace(dockerfile=original, platforms="")


def _is_hidden(root: Path, claim: Claim) -> bool:
    """Tell whether a variable hides what a claim builds, or the context is not there yet."""
    if VARIABLE.search(claim.file + claim.folder):
        return True
    if not claim.dockerfile or _is_outside(claim.file):
        return False
    try:
        return (root / claim.file).is_file()
    except (OSError, ValueError):  # no name for a file at all
        return False


def _all_claims(
    root: Path, texts: Sequence[tuple[str, str]], own: Own
) -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """Yield what recipes claim, with the path of each; of a Bake or Compose file as the others
    start it.
    """
    baked = cache(lambda: _bake_calls(texts, own))
    composed = cache(lambda: _compose_calls(texts, own))
    has_token = gives_token(texts)
    for path, text in texts:
        kind = kind_of(path, text)
        for found in _claims(root, path, text, own):
            is_usable = has_token or path.startswith(".github/")
            claims = found if is_usable else without_githubs_cache(found)
            match kind:
                case "Bake file":
                    yield path, baked().started(path, claims)
                case "Compose file":
                    yield from ((path, each) for each in composed().started(path, text, claims))
                case _:
                    yield path, claims


def _bake_calls(texts: Iterable[tuple[str, str]], own: Own) -> BakeCalls:
    from dlint.project.bake_calls import bake_calls

    return bake_calls(texts, own)


def _compose_calls(texts: Sequence[tuple[str, str]], own: Own) -> ComposeCalls:
    from dlint.project.compose_calls import compose_calls

    return compose_calls(texts, own)


def _as_one(builds: list[Built]) -> Built:
    """Return a build that one file starts several times, with the caches that it has wherever it
    has any.
    """
    from dlint.project.commands import all_passed

    caches = agreed(each.caches for each in builds)
    return builds[0]._replace(
        caches=caches,
        delivery=Delivery.of_all([each.delivery for each in builds]),
        contexts=tuple(dict.fromkeys(pair for each in builds for pair in each.contexts)),
        names=tuple(dict.fromkeys(name for each in builds for name in each.names)),
        args=_agreed(builds),
        apart=_apart(builds),
        passes=all_passed(each.passes for each in builds),
        emulation=_emulation(builds),
        platforms=_platforms(builds),
        hides_platforms=any("$" in "".join(each.apart) for each in builds if each.delivery.pushes),
        asked=_asked(builds),
        fewest=_fewest(builds),
        warmed=_warmed(builds),
        differing=_differing(builds),
        rows=() if caches.every_export else _rows(builds),
    )


def _rows(builds: Sequence[Built]) -> tuple[Told, ...]:
    """Return the caches of each of some builds; none where one of them exports none, or one that is
    not known in full.
    """
    told = tuple(dict.fromkeys(each.caches for each in builds))
    exports = (entry for each in told for entry in each.every_export)
    is_known = all(each.exports for each in told) and all(each.place for each in exports)
    return told if is_known else ()


def _apart(builds: Sequence[Built]) -> tuple[str, ...]:
    """Return the platforms for which a file builds an image one by one, each with the same cache to
    write; none where two of these builds are for the same one: they are not started together.
    """
    written: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for each in builds:
        for entry in each.caches.exports if "$" not in "".join(each.apart) else ():
            written[entry.place].update(dict.fromkeys(each.apart))
    found = [tuple(each) for place, each in written.items() if place and len(each) > 1]
    told = [one.strip() for each in found[:1] for some in each for one in some.split(",")]
    return found[0] if told and len(told) == len(set(told)) else ()


def _emulation(builds: Sequence[Built]) -> Emulation | None:
    """Return for which platforms those builds are emulated that push."""
    pushing = (each for each in builds if each.delivery.pushes)
    told = ((each.delivery.machine, ",".join(each.apart)) for each in pushing)
    return emulation_in(builds[0].path, told)


def _fewest(builds: Sequence[Built]) -> frozenset[str] | None:
    """Return the names that one of those builds is given that push, the one with the fewest."""
    told = [each.passes for each in builds if each.delivery.pushes]
    return min((each for each in told if each is not None), key=len, default=None)


def _platforms(builds: Sequence[Built]) -> tuple[str, ...]:
    """Return for which platforms those builds are that push; none where one does not tell, or where
    they are for other systems, too: not each of them makes an image.
    """
    told = [platforms_in(",".join(each.apart)) for each in builds if each.delivery.pushes]
    found = dict.fromkeys(one for each in told for one in each)
    return tuple(found) if all(told) and all(map(architecture, found)) else ()


def _asked(builds: Sequence[Built]) -> tuple[str, ...]:
    """Return the platforms that builds are asked for; none where one of them is for any."""
    told = [platforms_in(",".join(each.apart)) for each in builds]
    return tuple(dict.fromkeys(chain.from_iterable(told))) if all(told) else ()


def _warmed(builds: Sequence[Built]) -> frozenset[str]:
    """Return for which platforms those builds are that export a cache; none where one may be for
    any.
    """
    told = [each for each in builds if each.caches.every_export]
    found = [platforms_in(",".join(each.apart)) for each in told]
    return frozenset(chain.from_iterable(found)) if all(found) else frozenset()


def _differing(builds: Sequence[Built]) -> frozenset[str]:
    """Return the names of build arguments that those builds are given differently, for commits of a
    branch, which write one cache and read no other.
    """
    told: dict[tuple[str, ...], list[Built]] = defaultdict(list)
    for each in builds:
        places = {entry.place for entry in (*each.caches.exports, *each.caches.every_source)}
        if each.delivery.on_branch and each.caches.exports and len(places) == 1:
            told[places.pop()].append(each)
    return frozenset(
        chain.from_iterable(_given_apart(some) for place, some in told.items() if place)
    )


def _given_apart(builds: Sequence[Built]) -> Iterator[str]:
    """Yield the names that some builds are given and others not, or with another value."""
    passed = [each.passes for each in builds if each.passes is not None]
    if len(passed) < len(builds):
        return
    for name in frozenset[str]().union(*passed):
        values = [dict(each.args).get(name) for each in builds]
        is_of_all = all(name in each for each in passed)
        if not is_of_all or (None not in values and len(set(values)) > 1):
            yield name


def _agreed(builds: list[Built]) -> tuple[tuple[str, str], ...]:
    """Return the build arguments that a file passes whenever it starts a build."""
    passed = [frozenset(each.args) for each in builds]
    return tuple(pair for pair in builds[0].args if all(pair in each for each in passed))


def _own(root: Path, texts: Sequence[tuple[str, str]]) -> Own:
    """Return what of the repository's own workflows may start."""
    from dlint.project import just_calls, task_calls
    from dlint.project.azure import Files, templates_called
    from dlint.project.own_actions import actions_in
    from dlint.project.package_calls import NAME, with_scripts
    from dlint.project.pipelines import Own, made
    from dlint.project.script_calls import with_settings
    from dlint.text.repository_files import text_below

    read = partial(text_below, root)
    told = [each for each in texts if ".github/" in each[0] and "uses:" in each[1]]
    packages = _called(texts, (NAME,))
    makefiles = {
        path: with_scripts(text, posixpath.dirname(path), packages)
        for path, text in texts
        if _MAKEFILE.search(path)
    }
    scripts = {
        path: with_settings(text, read)
        for path, text in texts
        if path.endswith(SCRIPTS) or text.startswith("#!")
    }
    own = Own(
        makefiles=makefiles,
        packages=packages,
        scripts=scripts,
        taskfiles=task_calls.with_included(_called(texts, task_calls.NAMES), read),
        justfiles=_called(texts, just_calls.NAMES),
        files=Files(read, partial(_listed, root), templates_called(texts)),
    )
    actions = {path: made(steps, own) for path, steps in actions_in(told).items()}
    own = own._replace(actions=actions)
    return own._replace(called=_calls(told, own)) if told else own


def _listed(root: Path, pattern: str) -> Collection[str]:
    """Return the files below the root that a pattern of git takes; none where git cannot tell."""
    from dlint.context.repositories import find_repository

    repository = find_repository(root)
    return (repository.listed(pattern) if repository else None) or ()


def _called(texts: Iterable[tuple[str, str]], names: Collection[str]) -> dict[str, str]:
    """Return the recipes that are called one of these names, text by path."""
    return {path: text for path, text in texts if posixpath.basename(path) in names}


def _calls(texts: Sequence[tuple[str, str]], own: Own) -> dict[str, list[Call]]:
    """Return how each of the repository's own actions and workflows is called; what one hands on to
    another is known a round later.
    """
    from dlint.project import pipelines

    called: dict[str, list[Call]] = {}
    for _ in range(MOST_CALLS):
        found: dict[str, list[Call]] = defaultdict(list)
        for path, text in texts:
            for callee, call in pipelines.calls_in(path, text, own._replace(called=called)):
                if call not in found[callee]:
                    found[callee].append(call)
        if found == called:
            break
        called = dict(found)
    return called


def _claims(root: Path, path: str, text: str, own: Own) -> Iterator[tuple[Claim, ...]]:
    from dlint.project import pipelines

    folder = posixpath.dirname(path) or "."
    described = _described(root, path, text)
    if described is not None:
        yield from _of_images(root, described, folder)
        return
    if _DEVCONTAINER.search(path):
        yield from _devcontainer(text, folder)
        return
    is_yaml = _YAML.search(path) is not None
    found = pipelines.claims_of(path, text, own) if is_yaml else _of_commands(path, text, folder)
    # each has commands of its own
    is_of_jobs = is_yaml and tells_what_starts(path)
    handed = handed_on(text) if not is_of_jobs else frozenset[str]()
    yield from (pushed_by_name(each, handed) for each in found)


def _of_commands(path: str, text: str, folder: str) -> Iterator[tuple[Claim, ...]]:
    """Yield what the commands of a file of `folder` build, and Tilt's functions."""
    from dlint.project.commands import Claim, claims_in, within_job

    for tilt in _TILT.finditer(text):
        yield (Claim(folder, tilt[1], tilt[2] or "", delivery=Delivery(stays=True)),)
    is_script = path.endswith(SCRIPTS) or text.startswith("#!")
    text = with_own_folder(text, folder) if is_script else text
    for_job = is_script and _runs_what_it_builds(text)
    name = posixpath.basename(path)
    by_line = _BY_LINE.fullmatch(name) is not None and _ONE_SHELL not in text
    jobs = _started_by_recipes(text, _JOB) if by_line else frozenset()
    shells = _started_by_recipes(text, _SHELL) if by_line else frozenset()
    for claims in claims_in(text, _starts(folder), by_line=by_line):
        if for_job or (claims[0].tag in jobs and "/" not in claims[0].tag):
            yield within_job(claims)
        elif claims[0].tag in shells:
            yield tuple(each.delivered(stays=True) for each in claims)
        else:
            yield claims


def _runs_what_it_builds(text: str) -> bool:
    """Tell whether a script starts each image that it builds, under a name that no registry takes,
    and hands none on.
    """
    from dlint.project.commands import assigned, filled

    text = text.replace("\\\n", " ")
    built = frozenset(_TAGGED.findall(text))
    if not built or "push" in text or _HANDS_ON.search(text):
        return False
    values = assigned(text)
    names = [name for each in built for name in filled(each, values)]
    if any("/" in name or name.startswith("$") for name in names):
        return False
    commands = text.replace('"', "").splitlines()
    return built <= _words_of(filter(_STARTS.search, commands))


def _started_by_recipes(text: str, starts: re.Pattern[str]) -> frozenset[str]:
    """Return the names of the images that a recipe of a Makefile builds and starts in a certain
    way, and that no other line of the Makefile hands on.
    """
    lines = text.replace("\\\n", " ").replace('"', "").split("\n")
    found: set[str] = set()
    for is_recipe, block in groupby(lines, lambda line: line.startswith("\t")):
        recipe = list(block) if is_recipe else []
        built = {name for line in recipe for name in _BUILT_THERE.findall(line)}
        found |= built & _words_of(filter(starts.search, recipe))
    return frozenset(found - _words_of(filter(_HANDS_ON.search, lines)))


def _words_of(lines: Iterable[str]) -> set[str]:
    return {word for line in lines for word in line.split()}


def _described(root: Path, path: str, text: str) -> Described | None:
    """Return what a Compose or Bake file describes, nothing of a damaged one; None for another
    file.
    """
    from dlint.project import bake, compose
    from dlint.project.files import Worktree

    try:
        if bake.NAMED.search(path):
            return bake.describe([(path, text)])
        return compose.read_compose(Worktree(root), path) if compose.NAMED.search(path) else None
    except DlintError:
        return NOTHING


def _of_images(root: Path, described: Described, folder: str) -> Iterator[tuple[Claim, ...]]:
    """Yield what a file of `folder` builds; one that another takes in, or that is named by `-f`, is
    often seen from the root.
    """
    from dlint.project import compose
    from dlint.project.commands import Claim

    parts = _parts(root, described, folder)
    for image in described.images.values():
        if image.unset or image.inline is not None or not image.is_local:
            continue
        file = posixpath.relpath(image.dockerfile, image.context)
        exports, sources = (
            "\n".join(map(str, each)) for each in (image.cache_to, image.cache_from)
        )
        stays = _is_of_this_machine(image)
        is_bare = all(map(_BARE.fullmatch, image.tags))
        is_baked = compose.NAMED.search(image.path) is None
        nameless = is_bare and not is_baked
        for target in (image.target, *image.other_targets):
            yield tuple(
                Claim(
                    ".",
                    start,
                    file,
                    target,
                    in_context=True,
                    cache_to=exports,
                    cache_from=sources,
                    names="\n".join((f"{TARGET}{image.name}", *image.tags)),
                    contexts="\n".join(map("=".join, image.contexts)),
                    delivery=Delivery(
                        stays=stays,
                        nameless=nameless,
                        part=image.name in parts,
                        files=makes_files("\n".join(image.outputs)),
                    ),
                    args=tuple((name, value) for name, value in image.args if value is not None),
                    platforms=",".join(image.platforms),
                    passes=frozenset(name for name, _ in image.args),
                )
                for start in _starts_of(image, folder)
            )


def _is_of_this_machine(image: Image) -> bool:
    """Tell whether an image is for the machine that builds it: no registry has one of its names, or
    its service starts with profiles alone that are for those who write or test the program.
    """
    is_local = bool(image.tags) and all(map(OF_THIS_MACHINE.match, image.tags))
    return is_local or (bool(image.profiles) and all(map(is_no_product, image.profiles)))


def _starts_of(image: Image, folder: str) -> Iterable[str]:
    """Return what the context of an image may be that a file of `folder` describes."""
    return dict.fromkeys((image.context, posixpath.relpath(image.context, folder)))


def _parts(root: Path, described: Described, folder: str) -> frozenset[str]:
    """Return the images of a file without a name in any registry that no group names and that only
    others take files from: none of them stands on one.
    """
    grouped = {name for members in described.groups.values() for name in members}
    named = {image.name for image in described.images.values() if image.tags}
    taken: set[str] = set()
    pushed: set[str] = set()
    for image in described.images.values():
        given = {n: v.removeprefix(TARGET) for n, v in image.contexts if v.startswith(TARGET)}
        if given:
            taken.update(given.values())
            base = _base_of(root, image, folder)
            pushed.update(name for each, name in given.items() if base in {"", each.lower()})
    return frozenset(taken - pushed - grouped - named)


def _base_of(root: Path, image: Image, folder: str) -> str:
    """Return the name, in lower case, of what an image's target stands on in the end; "" where that
    is not known.
    """
    from dlint.project.files import Worktree

    files, file = Worktree(root), posixpath.relpath(image.dockerfile, image.context)
    places = [posixpath.normpath(posixpath.join(each, file)) for each in _starts_of(image, folder)]
    try:
        text = next((files.read(each) for each in places if files.is_file(each)), b"")
    except DlintError:
        return ""
    found, wanted = "", image.target.lower()
    for base, name in reversed(FROM.findall(text.decode("utf-8", "replace").lower())):
        if name == wanted or not (wanted or found):
            found = wanted = base
    return found


def _starts(folder: str) -> list[str]:
    """Return the folders that a script may be started in, the likeliest first: its own, and each
    above it.
    """
    found = [folder]
    while folder not in {"", "."}:
        folder = posixpath.dirname(folder) or "."
        found.append(folder)
    return found


def _devcontainer(text: str, folder: str) -> Iterator[tuple[Claim, ...]]:
    """Read `build` of a devcontainer.json (https://containers.dev/implementors/json_reference/)."""
    from dlint.project.commands import Claim

    told = {key.lower(): value for key, value in reversed(_PAIR.findall(text))}
    if "dockerfile" in told:
        yield (Claim(folder, told.get("context", "."), told["dockerfile"], told.get("target", "")),)


def _resolved(root: Path, claim: Claim, path: str) -> Built | None:
    """Return the build that a claim means, if its Dockerfile and its context are there."""
    folder, file = claim.folder, claim.file
    if _is_outside(folder) or _is_outside(file):
        return None
    try:
        file = as_found(root, file)
        is_there = (root / file).is_file() and (root / folder).is_dir()
        own = _followed(root, file) if is_there else None
    except (OSError, ValueError):  # no name for a file at all
        return None
    if own is None:
        return None
    names = tuple(filter(None, map(str.strip, claim.names.splitlines())))
    delivery = claim.delivery
    delivery = delivery._replace(reads=claim.reads_cache and not delivery.cold)
    told = (_caches(claim), delivery, tuple(_contexts(claim)), names, claim.args)
    platforms = (claim.platforms,) if claim.platforms else ()
    return Built(own, folder, claim.target, path, *told, platforms, claim.passes)


def _is_outside(path: str) -> bool:
    return path.startswith(("..", "/")) or "\0" in path


def _contexts(claim: Claim) -> Iterator[tuple[str, str]]:
    """Yield the named contexts of a claim, but for those whose name is not known."""
    for line in claim.contexts.splitlines():
        name, _, value = line.strip().partition("=")
        if name and "$" not in name:
            yield name, value


def _followed(root: Path, file: str) -> str | None:
    """Return where a Dockerfile is that may be a link to another; None outside of `root`."""
    if not (root / file).is_symlink():
        return file
    top, own = root.resolve(), (root / file).resolve()
    return own.relative_to(top).as_posix() if own.is_relative_to(top) else None


def _caches(claim: Claim) -> Told:
    """Return the caches of a claim, those apart that depend on what is not known."""
    texts = (claim.cache_to, claim.cache_from)
    lines = [[each for each in text.splitlines() if each.strip()] for text in texts]
    known = [readable(each for each in told if "$" not in each) for told in lines]
    hidden = [readable(each for each in told if "$" in each) for told in lines]
    return Told(*known, *hidden)
