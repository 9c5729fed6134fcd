"""Bases that the repository builds itself, and what its Dockerfiles say that they hold."""

from __future__ import annotations

import posixpath
from itertools import chain
from typing import TYPE_CHECKING

from dlint.context import EmptyContext
from dlint.facts.shipping import copied
from dlint.facts.uses import base_reference, is_own, likely_base
from dlint.model.build import Build
from dlint.project.names import builds_of_base, documented_builds, hidden_builds, is_called
from dlint.syntax import Transfer
from dlint.syntax.parser import parse
from dlint.text.patterns import regex
from dlint.text.source import Source
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes
    from dlint.shell import Effects, Install
    from dlint.syntax import Instruction, Run

# The name of a base with its tag, without a digest: in FROM, or the default of an argument.
_BASE = regex(
    r"(?im)^[ \t]*(?:FROM[ \t]+(?:--\S+[ \t]+)*|ARG[ \t]+\w+=)[\"']?([\w./-]+(?::[\w.${}-]+)?)"
)
_STAGE = regex(r"(?im)^[ \t]*FROM[ \t][^\n]*[ \t]AS[ \t]+(\S+)")
_APT = "/etc/apt/apt.conf.d/"
# Of apt, in a configuration file or behind `-o`, in any case: no flag of a command.
SETS_RECOMMENDED = regex(r"(?i)(?<!-)install-recommends")


class Held(NamedTuple):
    """What the repository's own Dockerfile of a base installs: the managers that install the
    dependencies of a project there, and the names of packages; `kept` are the names of packages and
    groups that none of its RUNs removes again, each with its manager and the Dockerfile, and
    whether something behind the install may use them there.
    """

    managers: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    kept: frozenset[tuple[str, str, str, bool]] = frozenset()


def is_base_of_others(build: Build) -> bool:
    """Tell whether another Dockerfile of the repository stands on the image of this one, by its
    name or by what a recipe calls it. A fact.
    """
    recipes = build.recipes
    if recipes is None:
        return False
    others = (path for path in recipes.dockerfiles if path != build.path)
    return any(_may_stand_on(recipes, path, build.path) for path in others)


def _may_stand_on(recipes: Recipes, path: str, base: str) -> bool:
    """Tell whether a Dockerfile names the image of another one as what it may stand on."""
    named = _named_in(recipes, path)
    if any("/" in each and is_called(base, _last_part(each)) for each in named):
        return True
    return any(base in _built_as(recipes, path, each) for each in named)


def installing_on_top(build: Build) -> list[tuple[str, int]]:
    """Return the RUNs of other Dockerfiles of the repository that stand on the image of this one
    and install with apt before anything there fetches its lists: the paths, and the lines. A fact.
    """
    recipes = build.recipes
    if recipes is None:
        return []
    others = (path for path, text in recipes.dockerfiles.items() if "apt" in text)
    paths = (path for path in others if path != build.path)
    standing = [path for path in paths if _may_stand_on(recipes, path, build.path)]
    return sorted({(path, line) for path in standing for line in _installing(build, recipes, path)})


def _installing(build: Build, recipes: Recipes, path: str) -> Iterator[int]:
    """Yield the lines of the first installs of a Dockerfile that take lists from the image of a
    build.
    """
    top = _parsed(recipes, path)
    bases = (each for each in top.stages if each.base is None)
    for base in (each for each in bases if build.path in _makers(recipes, top, each)):
        for stage in top.stages_on(base):
            found = top.effects_in(top.chain(stage))
            first = next(((run, each) for run, each in found if each.calls_of("apt")), None)
            if first is not None and _takes_lists(*first):
                yield first[0].line


def _takes_lists(run: Run, effects: Effects) -> bool:
    """Tell whether a RUN surely installs a package from the lists that are there."""
    from dlint.shell.effects import Install

    first = effects.calls_of("apt")[0]
    if run.mounts or not isinstance(first, Install) or first.by_own_script:
        return False
    return first.command.certain and any(each.kind == "index" for each in first.packages)


def taken_by_others(build: Build) -> tuple[str, ...]:
    """Return the paths that other Dockerfiles of the repository copy out of the image of this one,
    by the name that a recipe gives it, while they do not stand on it. A fact.
    """
    recipes = build.recipes
    if recipes is None or not any(each.names for each in recipes.builds_of(build.path)):
        return ()
    found: dict[str, list[str]] = recipes.keep(_taken_of_each, lambda: _taken_of_each(recipes))
    return tuple(found.get(build.path, ()))


def _taken_of_each(recipes: Recipes) -> dict[str, list[str]]:
    """Return what other Dockerfiles copy out of each one's image."""
    found: dict[str, list[str]] = {}
    for path, text in recipes.dockerfiles.items():
        for image, source in _copied_from(recipes, path) if "--from=" in text else ():
            for own in _built_as(recipes, path, image):
                found.setdefault(own, []).append(source)
    return found


def _copied_from(recipes: Recipes, path: str) -> Iterator[tuple[str, str]]:
    """Yield the images that a Dockerfile copies from and does not ship, each with a path."""
    below = _parsed(recipes, path)
    for stage in below.stages:
        for origin, each in copied(below, stage):
            if isinstance(origin, str):
                yield origin, each.source
            elif origin.outermost.image and not below.shipped(origin):
                yield origin.outermost.image, each.source


def is_base_own(build: Build, stage: Stage) -> bool:
    """Tell whether a Dockerfile of the repository builds the image that a stage stands on, or one
    of those does of which a recipe tells name and place but for a part in a variable.
    """
    if stage.outermost.named_image in build.options.bases:
        return True
    base, recipes = likely_base(build, stage), build.recipes
    if recipes is None or base is None or base.is_official:
        return False
    name = base.familiar.partition("@")[0].removesuffix(f":{base.tag}")
    return any(path != build.path for path in hidden_builds(recipes, name))


def _named_in(recipes: Recipes, path: str) -> frozenset[str]:
    """Return the names that a Dockerfile may stand on, without those of its own stages."""
    text = recipes.dockerfiles[path]
    found: frozenset[str] = recipes.keep(
        (_named_in, path),
        lambda: frozenset(_BASE.findall(text)).difference(_STAGE.findall(text)),
    )
    return found


def held_by_base(build: Build, stage: Stage) -> Held:
    """Return what the base of a stage holds for sure, or by its name, where a Dockerfile beside
    this one builds it; nothing where none does.
    """
    held: Held = build.fact(_held)[stage.outermost.index]
    return held


def is_base_renewed_by(build: Build, files: Collection[str]) -> bool:
    """Tell whether one of the files that build an image also builds one that it stands on, of files
    of the repository: a change of those makes another base.
    """
    recipes = build.recipes
    if recipes is None or build.target is None:
        return False
    return any(
        any(each.path in files for each in recipes.builds_of(path))
        and any(_takes_context(each) for each in _parsed(recipes, path).dockerfile.instructions)
        for path in _bases_below(recipes, build, build.target.outermost)
    )


def _takes_context(instruction: Instruction) -> bool:
    return isinstance(instruction, Transfer) and not instruction.from_


def may_set_apt(build: Build, stage: Stage) -> bool:
    """Tell whether the base of a stage is the repository's own and may have set for apt what it
    installs: a Dockerfile of it says so or copies to where that is set, or none is found.
    """
    outer, recipes = stage.outermost, build.recipes
    base = likely_base(build, outer)
    if recipes is None or (base is not None and base.is_official):
        return False
    found = _bases_below(recipes, build, outer)
    if not found:
        return base is not None and is_own(build, base)
    return any(_sets_apt(recipes, each) for each in found)


def _bases_below(recipes: Recipes, build: Build, stage: Stage) -> frozenset[str]:
    """Return the Dockerfiles of the repository that make what a stage stands on, and of what these
    stand on in turn.
    """
    found: set[str] = set()
    todo = _makers(recipes, build, stage) - {build.path}
    while todo:
        path = todo.pop()
        found.add(path)
        below = _parsed(recipes, path)
        if below.target is not None:
            todo |= _makers(recipes, below, below.target.outermost) - found - {build.path}
    return frozenset(found)


def _makers(recipes: Recipes, build: Build, stage: Stage) -> set[str]:
    """Return the Dockerfiles that make an image by the last part of its name, which stays where a
    variable stands for its account.
    """
    base, word = likely_base(build, stage), stage.from_.image
    if base is not None:
        name = "" if base.is_official else base.name
    else:
        name = _last_part(word.text if word else "")
    if not name or "$" in name:
        return set()
    told = _called(recipes, name)
    if base is not None:
        told |= _built_as(recipes, build.path, base.familiar)
    return {path for path in recipes.dockerfiles if path in told or is_called(path, name)}


def _called(recipes: Recipes, image: str) -> set[str]:
    """Return the Dockerfiles of which recipes make an image called so, whatever its account."""
    return {each.dockerfile for each in recipes.builds if image in map(_last_part, each.names)}


def _last_part(name: str) -> str:
    return name.rpartition("/")[2].partition(":")[0]


def _sets_apt(recipes: Recipes, path: str) -> bool:
    """Tell whether a Dockerfile may set for apt what it installs: by a file that it copies, too."""
    if SETS_RECOMMENDED.search(recipes.dockerfiles[path]):
        return True
    places = (
        f"{posixpath.normpath(each.destination.text)}/".replace("//", "/")
        for each in _parsed(recipes, path).dockerfile.instructions
        if isinstance(each, Transfer) and not each.from_ and each.destination is not None
    )
    return any(_APT.startswith(each) or each.startswith(_APT[:-3]) for each in places)


def _held(build: Build) -> dict[int, Held]:
    return {each.index: _of_base(build, each) for each in build.stages if each.base is None}


def _of_base(build: Build, stage: Stage) -> Held:
    image, recipes = _image_of(build, stage), build.recipes
    if not image or recipes is None:
        return Held()
    reference = base_reference(build, stage)
    whole = reference.familiar if reference is not None else image
    built = _built_as(recipes, build.path, whole)
    paths = (path for path in recipes.dockerfiles if path != build.path)
    if reference is None:
        built |= _called(recipes, image)
    found = [_read(recipes, path) for path in paths if path in built or is_called(path, image)]
    return Held(
        frozenset[str]().union(*(each.managers for each in found)),
        frozenset[str]().union(*(each.packages for each in found)),
        frozenset[tuple[str, str, str, bool]]().union(*(each.kept for each in found)),
    )


def _image_of(build: Build, stage: Stage) -> str:
    """Return the name of the image that a stage stands on, whatever its tag, and whatever variable
    stands for its registry or account; "" of an official one, and where a variable is a part of the
    name itself.
    """
    reference, word = base_reference(build, stage), stage.from_.image
    if reference is not None:
        return "" if reference.is_official else reference.name
    account, _, name = (word.text if word else "").rpartition("/")
    name = name.partition(":")[0]
    return name if account and "$" not in name else ""


def _built_as(recipes: Recipes, dockerfile: str, image: str) -> frozenset[str]:
    """Return the Dockerfiles of which recipes or documents make an image of this name, as the
    Dockerfile that stands on it means it.
    """
    builds = builds_of_base(recipes, dockerfile, image) or documented_builds(recipes, image)
    return frozenset(each.dockerfile for each in builds)


def _read(recipes: Recipes, path: str) -> Held:
    held: Held = recipes.keep((_read, path), lambda: _find(recipes, path))
    return held


def _find(recipes: Recipes, path: str) -> Held:
    from dlint.shell.effects import Install

    build = _parsed(recipes, path)
    if build.dockerfile.errors or build.target is None:
        return Held()
    effects = [each for _, each in build.effects_in(build.chain(build.target))]
    found = [install for each in effects for install in each.of(Install)]
    return Held(
        frozenset(each.manager for each in found if each.manifests or each.projects),
        frozenset(name for each in found for name in each.names),
        frozenset((*each, path, _is_used(effects, *each)) for each in _kept(found, effects)),
    )


def _kept(found: Sequence[Install], effects: Sequence[Effects]) -> Iterator[tuple[str, str]]:
    """Yield the packages and groups of some installs that none of the `effects` removes, each with
    its manager.
    """
    from dlint.shell.effects import Remove

    removes = (remove for each in effects for remove in each.of(Remove))
    gone = {(each.manager, name) for each in removes for name in each.names}
    for each in found:
        if (each.manager, each.group) not in gone:
            named = ((each.manager, name) for name in (each.group, *each.names) if name)
            yield from (one for one in named if one not in gone)


def _is_used(effects: Sequence[Effects], manager: str, name: str) -> bool:
    """Tell whether a command behind the install of a package or group may use it."""
    from dlint.shell.effects import Install

    is_there = False
    for each in chain.from_iterable(run.items for run in effects):
        match each:
            case Install() if each.manager == manager and name in {each.group, *each.names}:
                is_there = True
            case _ if is_there and may_use_system(each):
                return True
    return False


def may_use_system(effect: object) -> bool:
    """Tell whether a command may use packages of the system: it installs what is for a language, or
    nothing is known of it.
    """
    from dlint.shell.effects import Install, Unknown
    from dlint.shell.managers import is_system_manager

    is_install = isinstance(effect, Install) and not is_system_manager(effect.manager)
    return is_install or isinstance(effect, Unknown)


def _parsed(recipes: Recipes, path: str) -> Build:
    """Return a build of another Dockerfile of the repository, of which its text alone is known."""
    source = Source.from_bytes(path, recipes.dockerfiles[path].encode())
    build: Build = recipes.keep((_parsed, path), lambda: Build(parse(source), EmptyContext()))
    return build
