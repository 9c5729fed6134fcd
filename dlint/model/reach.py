"""Where a RUN may have written, from what its commands are known to do."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import Tree, Write, token
from dlint.syntax import Env
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlint.model.build import Build, Step
    from dlint.shell import Install, Place, Remove
    from dlint.syntax import Run

SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/run", "/sbin", "/srv", "/usr", "/var")
# Where languages keep what is installed, and images of theirs besides: golang /go, conda
# /opt/conda.
LANGUAGES = ("/usr", "/opt", "/go", "/home")
_PROGRAMS = regex(r"(?<=[^/])/bin(?:/.*)?\Z")
SYSTEM_MANAGERS = frozenset(("apk", "apt", "dnf", "pacman", "zypper"))


def run_writes(build: Build, step: Step, run: Run, tree: Tree) -> Iterator[Write]:
    """Yield what the RUN does to its stage's files, in order; the caller adds each to `tree` before
    the next.

    A copy of what stands elsewhere is known to be just that; all else is known by the places it may
    change.
    """
    from dlint.shell import Create, Delete, Install, Place, Remove, Rewrite, Unknown

    found = build.effects(run, step.state)
    if not found.known:
        yield Write("", {}, None)
        return
    for effect in found.items:
        if isinstance(effect, Unknown):
            yield Write("", {}, None)
        elif (
            isinstance(effect, Create)
            and effect.source
            and effect.source.path
            and effect.place.path
        ):
            source, place = effect.source.path, effect.place.path
            if effect.source.glob or effect.place.glob:
                yield Write("", {}, (place,))
            else:
                yield Write("", {place: token("copy", tree.token(source))})
        elif isinstance(effect, Install | Remove):
            hidden = isinstance(effect, Install) and effect.hidden
            yield Write("", {}, None if hidden else _managed(build, step, effect, found.mentions))
        elif isinstance(effect, Create | Delete | Rewrite):
            yield _at(effect.place)
        else:
            places = [value for value in effect if isinstance(value, Place)]
            yield from (_at(place) for place in places)


def _managed(
    build: Build, step: Step, effect: Install | Remove, mentions: Collection[str]
) -> tuple[str, ...] | None:
    """Return where a package manager writes: what it is told by a flag or a variable goes before
    what is usual.

    None: it is told by something that is not known.
    """
    command = effect.command
    flags = zip((command.word, *command.args), command.args, strict=False)
    if any(
        word.text is None and (before.form.startswith("-") or "=" in word.form)
        for before, word in flags
    ):
        return None
    told = [*mentions]
    if effect.manager in SYSTEM_MANAGERS:
        return (*SYSTEM, *(path for path in told if path != "/"))
    home = step.state.values.get("HOME", "/root")
    here = join(step.state.workdir or UNKNOWN_WORKDIR, command.cwd or ".")
    if command.cwd is None or here is None:
        return None
    values = [*variables_seen(build, step), *command.assignments.values()]
    told += [path for value in values if value for path in value.split(":") if path.startswith("/")]
    # a program's folder stands for what it belongs to: /venv/bin for /venv
    return (home, here, *LANGUAGES, *(_PROGRAMS.sub("", path) for path in told if path != "/"))


def variables_seen(build: Build, step: Step) -> Iterator[str | None]:
    """Yield what is known of the variables that a step sees: of `/venv/bin:$PATH` the first
    part.
    """
    for earlier in takewhile(lambda each: each is not step, build.chain(step.stage)):
        if isinstance(earlier.instruction, Env):
            for pair in earlier.instruction.pairs:
                yield from (
                    earlier.state.expand(part)
                    for part in (pair.value or "").strip("\"'").split(":")
                )
    yield from (
        step.state.values[name] for name in step.state.environment if name in step.state.values
    )


def _at(place: Place) -> Write:
    if place.path is None:
        return Write("", {}, None)
    return Write("", {}, (place.path.rpartition("/")[0] or "/" if place.glob else place.path,))
