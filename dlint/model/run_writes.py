"""Where a RUN may have written, from what its commands are known to do."""

from __future__ import annotations

from itertools import chain

from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import OF_PACKAGES, Copied, Write, token
from dlint.shell.managers import manager_named
from dlint.syntax import Env
from dlint.syntax.instructions import MOUNT_TYPES
from dlint.text.paths import nested
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dlint.model.build import Build, Step
    from dlint.shell import Command, Create, Install, Place, Refresh, Remove, Unknown
    from dlint.syntax import Run

SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/run", "/sbin", "/srv", "/usr", "/var")
# Where languages keep what is installed, and images of theirs besides: golang /go, conda
# /opt/conda.
LANGUAGES = ("/usr", "/opt", "/go", "/home")
_OF_PROGRAMS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")  # of packages of the system
_PROGRAMS = regex(r"(?<=[^/])/bin(?:/.*)?\Z")

_ANYWHERE = Write("", {}, None)
_CLEARED = _ANYWHERE._replace(kept=(), clears=True)
# They leave the content of what they store again as it was; mv deletes what it copied, and says so.
KEEPS_CONTENT = frozenset(("chgrp", "chmod", "chown", "cp", "mv", "setcap", "setfacl", "touch"))
_KEEPS_FOLDER = frozenset(("mkdir", "touch"))  # what they make may stand already
# Git's verbs that are no effect of their own, and still write to the folder of the files.
_GIT_WRITES = frozenset(("checkout", "fetch", "init", "reset", "switch"))
# Filters that may write a file which an option or an operand names.
_FILTERS = frozenset(("gpg", "gpg2", "sort", "uniq", "xxd", "yq"))
_AWKS = frozenset(("awk", "gawk", "mawk"))
_SETS_VARIABLES = regex(r"activate|/etc/|nvm\.sh|cargo/env|profile|bashrc|conda\.sh|\.env\Z")
_SEARCHES = regex(r"PATH\Z|\A(?:PWD|HOME|SHELL)\Z")  # variables that name folders to read


def run_writes(build: Build, step: Step, run: Run) -> Iterator[Write | Copied]:
    """Yield what the RUN does to its stage's files, in order.

    A copy of what stands elsewhere is known to be just that; all else is known by the places it may
    change.
    """
    from dlint.shell.effects import (
        Create,
        Delete,
        Install,
        Place,
        Refresh,
        Remove,
        Rewrite,
        Unknown,
    )

    found = build.effects(run, step.state)
    if not found.known:
        yield _ANYWHERE
        yield Write("", {}, OF_PACKAGES)
        return
    yield from _beside_effects(build, step, run)
    for effect in found.items:
        match effect:
            case Unknown() | Install(hidden=True):
                yield from _of_program(step, effect, found.mentions)
            case Create(source=Place()):
                yield _copied(build, step, run, effect)
            case Install() | Remove() | Refresh():
                yield _by_manager(build, step, effect, found.mentions)
                if isinstance(effect, Install):
                    yield from _of_install(step, effect, found.mentions)
            case Create():
                yield _made(effect)
            case Delete():
                yield _at(effect.place)._replace(clears=True)
            case Rewrite():
                yield _at(effect.place)._replace(clears=effect.how not in KEEPS_CONTENT)
            case _:
                yield from (_at(place) for place in effect if isinstance(place, Place))


def _beside_effects(build: Build, step: Step, run: Run) -> Iterator[Write]:
    """Yield what commands may write that have no effect of their own."""
    for command in build.script(run).commands:
        forms = [word.form for word in command.args]
        match command.name:
            case "git" if not _GIT_WRITES.isdisjoint(forms):
                here = None if "-C" in forms else _here(step, command)
                yield _ANYWHERE if here is None else Write("", {}, (here,))
            case "." | "source" if forms and not _SETS_VARIABLES.search(forms[0]):
                yield _ANYWHERE
            case name if name in _AWKS and any(">" in form for form in forms):
                yield _ANYWHERE
            case name if name in _FILTERS:
                yield Write("", {}, tuple(_named(step, command, forms)))


def _made(create: Create) -> Write:
    """Return what a command makes: of a folder it is known that it stands there."""
    command, place = create.command, create.place
    keeps = create.tree or command.name in _KEEPS_FOLDER
    is_folder = command.name == "mkdir" and command.certain and not place.glob
    written = _at(place)._replace(clears=not keeps)
    return written._replace(files={place.path: "folder"}) if is_folder and place.path else written


def _here(step: Step, command: Command) -> str | None:
    """Return the folder that a command runs in; None where it is not known."""
    if command.cwd is None:
        return None
    return step.works_in(command)


def _named(step: Step, command: Command, forms: Iterable[str]) -> Iterator[str]:
    """Yield the paths that the operands of a command, and the values of its options, may be."""
    here = _here(step, command) or UNKNOWN_WORKDIR
    for form in forms:
        word = form.partition("=")[2] if form.startswith("-") else form
        path = join(here, word) if word else None
        if path and path != "/":
            yield path


def _copied(build: Build, step: Step, run: Run, create: Create) -> Write | Copied:
    """Return a copy of what stands in the stage; what a mount or the kernel brings is not known
    there.
    """
    source, place, command = create.source, create.place, create.command
    assert source is not None  # noqa: S101  the caller asked
    if source.path is None or place.path is None or source.glob or place.glob:
        return _at(place)
    links = command.name == "ln"
    start = _link_target(command, source.path, place.path) if links else source.path
    if _is_foreign(build, run, start):
        return _at(place)
    words = (command.name, *(word.form for word in command.args), step.state.user)
    return Copied(token(*words), start, place.path, merges=create.tree, follows=links)


def _is_foreign(build: Build, run: Run, path: str) -> bool:
    """Tell whether a mount, or the kernel, may bring what stands at a path."""
    from dlint.model.mounts import KERNEL, may_be_anywhere, mounts_of

    mounts = (each.target for each in mounts_of(build, run, MOUNT_TYPES))
    is_near = path != "/" and any(nested(path, each) for each in (*mounts, *KERNEL))
    return is_near or may_be_anywhere(build, run, MOUNT_TYPES)


def _link_target(command: Command, source: str, place: str) -> str:
    """Return where a link leads: the target of a symbolic one counts from the link's folder."""
    flags = (word.form for word in command.args if word.form.startswith("-"))
    if not any("s" in flag for flag in flags):
        return source
    name = source.rpartition("/")[2]
    words = (word.form for word in command.args if not word.form.startswith("-"))
    given = next((form for form in words if form.rstrip("/").rpartition("/")[2] == name), source)
    return given if given.startswith("/") else join(place.rpartition("/")[0] or "/", given) or "/"


def _of_install(step: Step, install: Install, mentions: Collection[str]) -> Iterator[Write]:
    """Yield what an install surely makes anew, and what the project's own scripts may write."""
    from dlint.model.programs import runs_scripts
    from dlint.model.renewals import renewals

    yield Write("", {}, renewed=renewals(step, install))
    names = install.managed_by.lock_files
    read = (place.path for place in install.manifests if place.path is not None)
    yield Write("", {}, tuple(path for path in read if path.rpartition("/")[2] in names))
    if runs_scripts(install):
        yield from _of_program(step, install, mentions)


def _of_program(
    step: Step, effect: Unknown | Install, mentions: Collection[str]
) -> Iterator[Write]:
    """Yield what a program may write: anything, but for what its kind leaves alone; what the script
    or a variable names is not left alone.
    """
    from dlint.model.programs import (
        environments,
        kept_by_build,
        spared_by,
        spared_by_build,
        spares_environments,
    )
    from dlint.shell.effects import Install

    built = isinstance(effect, Install)
    spared = spared_by_build(effect) if isinstance(effect, Install) else spared_by(effect.command)
    here = _here(step, effect.command)
    kept: tuple[str, ...] = OF_PACKAGES
    if isinstance(effect, Install):
        kept += kept_by_build(effect.manager, effect.command, here)
    if spares_environments(spared):
        kept += environments(step.state.known_environment)
    is_known = built or spared is not None
    anywhere = _ANYWHERE._replace(
        kept=kept, spared=spared, edits=not is_known, keeps_programs=is_known
    )
    yield anywhere
    named = [*mentions, *_in_variables(step, effect.command)]
    yield Write("", {}, tuple(_left_alone_but_for(anywhere, named)))
    if anywhere.edits:
        yield from _edited(step, effect.command)


def _edited(step: Step, command: Command) -> Iterator[Write]:
    """Yield the files that a program of which nothing is known may change, since it is told of
    them; those that `xargs` adds may be any.
    """
    if any(not word.raw and word.text is None for word in command.args):
        yield _CLEARED
    files = _named(step, command, [word.form for word in command.args])
    places = tuple(path for path in files if "." in path.rpartition("/")[2])
    yield Write("", {}, places, clears=True)


def _in_variables(step: Step, command: Command) -> Iterator[str]:
    """Yield the folders that variables tell a program to write to (GOBIN, CARGO_TARGET_DIR)."""
    from dlint.model.programs import environments

    seen = step.state.known_environment
    no_output = {"/", *environments(seen)}
    for name, value in {**seen, **command.assignments}.items():
        told = name == "GOPATH" or not _SEARCHES.search(name)
        if told and value and value.startswith("/") and value not in no_output:
            yield value


def _left_alone_but_for(write: Write, mentions: Iterable[str]) -> Iterator[str]:
    """Yield the paths that a script names of those that its programs otherwise leave alone."""
    for path in mentions:
        is_near = any(nested(path, place) for place in write.kept)
        if path != "/" and (is_near or not write.touches(path)):
            yield path


def _by_manager(
    build: Build, step: Step, effect: Install | Refresh | Remove, mentions: Collection[str]
) -> Write:
    """Return what a package manager writes. A program of a package's name is that package's: no
    install of a language's packages brings another in the place of one of the system's.
    """
    from dlint.shell.effects import Remove

    places = _managed(build, step, effect, mentions)
    is_systems = manager_named(effect.manager).is_system
    keeps = places is not None and (not is_systems or isinstance(effect, Remove))
    return Write(
        "",
        {},
        places,
        edits=not keeps or _edits(effect),
        programs=_programs(effect),
        keeps_programs=keeps,
    )


def _edits(effect: Install | Refresh | Remove) -> bool:
    """Tell whether a package manager edits a project's manifest: for what is added, or removed."""
    from dlint.shell.effects import Install

    return not isinstance(effect, Install) or (bool(effect.packages) and not effect.everywhere)


def _programs(effect: Install | Refresh | Remove) -> frozenset[str]:
    """Return where the programs stand, if there are any, that are called as packages are which a
    command surely installs or removes.
    """
    from dlint.shell.effects import Refresh

    if isinstance(effect, Refresh) or not effect.command.certain:
        return frozenset()
    return frozenset(f"{folder}/{name}" for folder in _OF_PROGRAMS for name in effect.names)


def _managed(
    build: Build, step: Step, effect: Install | Refresh | Remove, mentions: Collection[str]
) -> tuple[str, ...] | None:
    """Return where a package manager writes: what a flag or a variable names goes before what is
    usual.

    None: one of them names what is not known.
    """
    from dlint.model.programs import kept_by_build

    command = effect.command
    if _has_unknown_value(command):
        return None
    mentioned = [path for path in mentions if path != "/"]
    if manager_named(effect.manager).is_system:
        return (*SYSTEM, *mentioned)
    home = step.state.values.get("HOME", "/root")
    here = _here(step, command)
    if here is None:
        return None
    in_variables = _paths_in(chain(variables_seen(build, step), command.assignments.values()))
    # a program's folder stands for what it belongs to: /venv/bin for /venv
    named = (_PROGRAMS.sub("", path) for path in (*mentioned, *in_variables))
    kept = kept_by_build(effect.manager, command, here)
    return (home, here, *(each for each in LANGUAGES if each not in kept), *named)


def _has_unknown_value(command: Command) -> bool:
    """Tell whether a flag's value, or what stands behind a `=`, is not known."""
    flags = zip((command.word, *command.args), command.args, strict=False)
    return any(
        word.text is None and (before.form.startswith("-") or "=" in word.form)
        for before, word in flags
    )


def _paths_in(values: Iterable[str | None]) -> Iterator[str]:
    """Yield the paths in the values of variables, each of which may be a list such as PATH."""
    for value in values:
        for part in (value or "").split(":"):
            if part.startswith("/") and part != "/":
                yield part


def variables_seen(build: Build, step: Step) -> Iterator[str | None]:
    """Yield what is known of the variables that a step sees: of `/venv/bin:$PATH` the first
    part.
    """
    for each, count in build.parts_before(step.stage, step.instruction):
        for at, parts in build.fact(_variables_set)[each.index]:
            if at < count:
                yield from parts
    yield from step.state.known_environment.values()


def _variables_set(build: Build) -> list[list[tuple[int, list[str | None]]]]:
    """Return the parts of the values that ENVs set, by stage, with the number of the step."""
    return [
        [
            (at, [step.state.expand(part) for part in _parts_of(pair.value)])
            for at, step in enumerate(build.steps(stage))
            if isinstance(step.instruction, Env)
            for pair in step.instruction.pairs
        ]
        for stage in build.stages
    ]


def _parts_of(value: str | None) -> list[str]:
    return (value or "").strip("\"'").split(":")


def _at(place: Place) -> Write:
    if place.path is None:
        return _ANYWHERE
    return Write("", {}, (place.path.rpartition("/")[0] or "/" if place.glob else place.path,))
