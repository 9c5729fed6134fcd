"""What was built of the source, in another stage or before the image, where a stage takes it above
an install that does without it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.changing import PROGRAMS
from dlint.facts.handed_on import change_with_source, source_of
from dlint.facts.volatility import SOURCE
from dlint.reads.arrivals import Arrival, arrivals, names_below
from dlint.syntax import Copy, Run
from dlint.text.paths import nested, within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage

# Where a copied file may be, or change, what managers work with.
_OF_THE_SYSTEM = regex(
    r"/(?:bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|usr(?!/src/|/share/)|var(?!/www/))?(?:/|\Z)"
)
_PROGRAM = regex(r"/(?:usr/(?:local/)?)?s?bin/([\w.-]+)\Z")
_IN_BIN = regex(r"/s?bin/[\w.-]+\Z")
_INTERPRETER = regex(r"(?:node|npm|npx|corepack|yarn|pnpm|bun|python|pip|uv|ruby|gem|php|composer)")
_READS_AROUND = regex(
    r"workspaces|(?:file|link|workspace|portal):|\bworkspace\s{0,8}[=\]]|\bpath\s{0,8}="
)
# npm's lock file repeats what packages of the registry say of their own workspaces.
_NPM_LOCK = regex(r"(?:.*/)?(?:package-lock|npm-shrinkwrap)\.json")
_LINKS = regex(r'file:|"link"\s{0,8}:\s{0,8}true')


def built_above(build: Build, stage: Stage, found: Installation) -> Iterator[tuple[Arrival, str]]:
    """Yield what COPYs of `stage` take from other stages, or of what is built before the image,
    above an install that surely does without it, with how often that changes: what is built of the
    source is new with that.
    """
    if not _reads_what_is_known(build, found):
        return
    lists = {each.arrival.instruction.index for each in found.above}
    for step in build.steps_before(stage, found.run):
        copy = step.instruction
        if not isinstance(copy, Copy) or step.stage is not stage or copy.link:
            continue
        place = _place(step, copy)
        if place is None:
            continue
        change = _change(build, found, step, copy, is_list=copy.index in lists)
        if change is None:
            continue
        arrival = Arrival(step, copy, place)
        arrival.made_of = source_of(build, step)
        if _does_without(build, found, arrival):
            yield arrival, change


def _change(
    build: Build, found: Installation, step: Step, copy: Copy, *, is_list: bool
) -> str | None:
    """Tell in words how often what a COPY takes is built anew; None where it is not built of the
    source. What an install is given as a list came from the context.
    """
    if _is_built_outside(build, found, step, copy):
        return SOURCE
    return None if is_list else change_with_source(build, step)


def _is_built_outside(build: Build, found: Installation, step: Step, copy: Copy) -> bool:
    """Tell whether a COPY takes what is built before the image, of which an install reads nothing
    that is there.
    """
    arrival = build.fact(arrivals).of(step, copy)
    if arrival is None or not arrival.sources.isdisjoint(found.needs.files):
        return False
    return build.fact(arrivals).is_built_outside(arrival)


def _reads_what_is_known(build: Build, found: Installation) -> bool:
    """Tell whether all that an install reads is told by its own words, or by manifests of the
    context.
    """
    install = found.install
    if install.hidden or build.fact(arrivals).doubtful:
        return False
    if install.projects:
        return _can_leave_project_out(build, found)
    if install.packages:
        return found.is_movable(build, found.above) and not found.needs.files
    return found.needs.proved and not any(
        _leads_around(build, path) for path in found.needs.manifests
    )


def _can_leave_project_out(build: Build, found: Installation) -> bool:
    """Tell whether a flag lets an install do without its project (`uv sync --no-install-project`),
    whose manifests and lock file are there and name no folder of packages beside it.
    """
    given, needs = found.install.command.forms, found.needs
    has_flag = any(each.fits(given) for each in found.install.managed_by.apart)
    if not has_flag or not needs.locked or not found.install.manifests:
        return False
    manifests = (path for path in needs.manifests if path.endswith("pyproject.toml"))
    return not any(_leads_around(build, path) for path in manifests)


def _leads_around(build: Build, path: str) -> bool:
    """Tell whether a manifest may name packages in folders beside it."""
    try:
        text = build.context.read(path)
    except DlintError:
        return True
    around = _LINKS if _NPM_LOCK.fullmatch(path) else _READS_AROUND
    return around.search(text.decode("utf-8", "replace")) is not None


def _place(step: Step, copy: Copy) -> str | None:
    """Return where a COPY puts its one file or folder; a file in a folder by its own name."""
    place = step.destination("/?")
    if place is None or len(copy.sources) != 1:
        return place
    source = (step.state.expand(copy.sources[0].text) or "").rstrip("/")
    name, to = posixpath.basename(source), copy.destination.text if copy.destination else ""
    is_file_in_folder = "." in name.strip(".") and to.endswith(("/", "."))
    is_program = place.rstrip("/") in PROGRAMS and _IN_BIN.search(source) is not None
    return posixpath.join(place, name) if is_file_in_folder or is_program else place


def _does_without(build: Build, found: Installation, arrival: Arrival) -> bool:
    """Tell whether neither the install, nor what its RUN does before it, nor a step between may
    meet what arrived.
    """
    place = arrival.destination
    if _may_matter_to_managers(place) or _is_at_project(found, place):
        return False
    if _names(build, found.step, found.run, place):
        return False
    between = (
        (step, step.instruction)
        for step in build.steps_before(found.step.stage, found.run)
        if step.instruction.index > arrival.instruction.index
    )
    return not any(
        isinstance(run, Run)
        and not _only_sets_owners(build, step, run)
        and (_names(build, step, run, place) or not build.effects(run, step.state).known)
        for step, run in between
    )


def _only_sets_owners(build: Build, step: Step, run: Run) -> bool:
    """Tell whether a RUN does nothing but change owners and modes, which helps no install."""
    from dlint.shell.effects import Rewrite

    effects = build.effects(run, step.state)
    changes = [each for each in effects.items if isinstance(each, Rewrite)]
    is_all = effects.known and 0 < len(changes) == len(effects.items)
    return is_all and all(each.how in {"chgrp", "chmod", "chown"} for each in changes)


def _may_matter_to_managers(place: str) -> bool:
    program = _PROGRAM.match(place)
    if program:
        return _INTERPRETER.match(program[1]) is not None
    return _OF_THE_SYSTEM.match(place) is not None


def _is_at_project(found: Installation, place: str) -> bool:
    """Tell whether something may arrive beside the manifests, such as settings of the manager."""
    folders = found.install.folders
    if found.install.packages and found.install.everywhere:
        return False
    return any(within(each, place) for each in folders)


def _names(build: Build, step: Step, run: Run, place: str) -> bool:
    """Tell whether a RUN names a place, or a program that stands there, or mounts something."""
    if any(mount.type == "bind" and nested(mount.target or "/", place) for mount in run.mounts):
        return True
    name, workdir = posixpath.basename(place), step.state.workdir
    commands = build.script(run).commands
    forms = (word.form.rstrip("/") for each in commands for word in each.args)
    words = {form.rpartition("/")[2] for form in forms if not form.startswith("/")}
    return name in words or any(  # of absolute paths that which leads there
        each.name == name or names_below(each, workdir, place) for each in commands
    )
