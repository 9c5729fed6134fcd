"""What a change does to the images of a project: their layers, their sizes and their findings."""

from __future__ import annotations

from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import several
from dlint.cli.sound import require_file, require_sound
from dlint.errors import DlintError
from dlint.lint.compared import compare
from dlint.lint.engine import agreed
from dlint.lint.images import ImageReport, by_file
from dlint.model.keys import content_keys
from dlint.push.growth import growth
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.several import together
from dlint.push.sizes import Sizes
from dlint.push.why import NEW_IMAGE, UNBUILT, Why, why
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from dlint.cli.paired import Paired
    from dlint.cli.past import Past, Pasts
    from dlint.cli.several import Done
    from dlint.cli.units import Unit
    from dlint.lint.compared import Compared
    from dlint.lint.report import Diagnostic, Failure, FileReport
    from dlint.push.growth import Growth
    from dlint.push.plan import LayerPlan, PushPlan
    from dlint.push.several import Part
    from dlint.rule.build import Build


class State(StrEnum):
    """What a change does to an image; one whose Dockerfile no builder takes is broken."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BROKEN = "broken"


class Missed(NamedTuple):
    """A layer that is pushed, and why."""

    layer: LayerPlan
    why: Why


class ImageChange(NamedTuple):
    """One image before and after: None where there is none. `path` is its Dockerfile."""

    name: str
    path: str
    state: State
    before: PushPlan | None = None
    after: PushPlan | None = None
    missed: tuple[Missed, ...] = ()
    error: str = ""

    @property
    def growth(self) -> Growth | None:
        """How much larger it became; None where it came or went."""
        if self.before is None or self.after is None:
            return None
        return growth(self.before, self.after)

    @property
    def kept(self) -> int:
        """How many layers are not pushed."""
        return len(self.after.layers) - len(self.missed) if self.after else 0


class Change(NamedTuple):
    """All of it. `parts` are the images that are pushed together, `done` their plans."""

    images: tuple[ImageChange, ...]
    parts: tuple[Part, ...]
    done: tuple[Done, ...]
    findings: Compared
    failures: tuple[Failure, ...]


class _Seen(NamedTuple):
    """The images as they were modelled: those that are built, those of them in whose files anything
    differs, those that cannot be built, with the reason, and those that are in the commit alone.
    """

    done: list[Done]
    touched: list[Done]
    broken: list[tuple[Unit, str]]
    removed: list[tuple[Unit, Build]]


def change_of(args: argparse.Namespace, found: Paired, pasts: Pasts) -> Change:
    """Compare the images in the working tree with those of the commit. Raises DlintError."""
    errors = [(unit, _error(unit)) for unit in found.now]
    sound = [unit for unit, error in errors if not error]
    since = dict.fromkeys((unit.name for unit in sound), found.past.commit)
    done = several.plan_all(args, sound, since, pasts)
    seen = _Seen(
        done,
        [each for each in done if not _is_untouched(each, found.past)],
        [each for each in errors if each[1]],
        [(unit, build) for unit in found.gone if (build := found.past.build_of(unit)) is not None],
    )
    parts = together([each.part for each in seen.done])
    now, then = _reports(seen, found.past)
    failures = [failure for each in (*now, *then) for failure in each.report.failures]
    return Change(
        tuple(_images(seen, parts, found)),
        tuple(parts),
        tuple(seen.done),
        compare(_diagnostics(then), _diagnostics(now)),
        tuple(dict.fromkeys(failures)),
    )


def _images(seen: _Seen, parts: Sequence[Part], found: Paired) -> Iterator[ImageChange]:
    before = several.stood_before(seen.done)
    for done, part, plan in zip(seen.done, parts, before, strict=True):
        yield _changed(done, part.plan, plan, _base_of(part, parts), found)
    for unit, error in seen.broken:
        yield ImageChange(unit.name, unit.task.path, State.BROKEN, error=error)
    for unit, build in seen.removed:
        yield _removed(unit, build)


def _reports(seen: _Seen, past: Past) -> tuple[list[ImageReport], list[ImageReport]]:
    """Return what is found now and what was found then, by today's settings on both sides."""
    now, then = [], []
    for each in seen.touched:
        unit, (report, builds) = each.unit, _checked(each)
        now.append(ImageReport(unit.name, report))
        # one that no builder took has findings too
        build = each.planned.builds.before or past.build(unit, {})
        if build is not None:
            then.append(_checked_then(unit, build, past, builds))
    for unit, _ in seen.broken:
        now.append(ImageReport(unit.name, unit.checker.check(unit.task)))
        if (build := past.build(unit, {})) is not None:
            then.append(_checked_then(unit, build, past))
    then += [_checked_then(unit, build, past) for unit, build in seen.removed]
    return now, then


def _error(unit: Unit) -> str:
    """Say why no builder takes a Dockerfile; empty where one does."""
    try:
        if unit.task.text is None:
            require_file(unit.task.path)
        require_sound(unit.checker.build(unit.task))
    except DlintError as error:
        return error.message
    return ""


def _base_of(part: Part, parts: Sequence[Part]) -> Part | None:
    return None if part.base is None else parts[part.base]


def _changed(
    done: Done, plan: PushPlan, before: PushPlan | None, base: Part | None, found: Paired
) -> ImageChange:
    name, path = done.unit.name, done.unit.task.path
    is_new = name in found.added
    pushed = (layer for layer in plan.layers if layer.status == PUSHED)
    missed = tuple(Missed(layer, _why(layer, base, done, is_new=is_new)) for layer in pushed)
    if is_new:
        return ImageChange(name, path, State.ADDED, None, plan, missed)
    is_same = before is not None and not missed and growth(before, plan) == growth(plan, plan)
    state = State.UNCHANGED if is_same else State.CHANGED
    return ImageChange(name, path, state, before, plan, missed)


def _why(layer: LayerPlan, base: Part | None, done: Done, *, is_new: bool) -> Why:
    before, after = done.planned.builds.before, done.planned.builds.after
    if base is not None and layer.line is None:
        return Why("the base", f"{base.name} is pushed")
    if before is None:
        return NEW_IMAGE if is_new else UNBUILT
    return why(layer, before, after)


def _removed(unit: Unit, build: Build) -> ImageChange:
    keys, sizes = content_keys(build, {}), Sizes(build.options.builder)
    plan = make_plan(Before(keys), keys, sizes, build.options.cache)
    return ImageChange(unit.name, unit.task.path, State.REMOVED, before=plan)


def _is_untouched(done: Done, past: Past) -> bool:
    """Tell whether no finding can be new or gone: the image is built of the same files in the same
    way.
    """
    before, after = done.planned.builds.before, done.planned.builds.after
    if before is None or before.dockerfile.source.text != after.dockerfile.source.text:
        return False
    if before.options._replace(packages=None) != after.options._replace(packages=None):
        return False
    return past.has_context_of(done.unit)


def _checked(done: Done) -> tuple[FileReport, tuple[Build, ...]]:
    """Check an image as it is built; a Dockerfile by itself in each of its contexts."""
    unit, build = done.unit, done.planned.builds.after
    if _more_contexts(unit):
        checked = unit.checker.check_text(unit.task.source())
        return checked.report, checked.builds
    return unit.checker.check_build(build, unit.checker.settings(unit.task)), (build,)


def _checked_then(unit: Unit, build: Build, past: Past, now: Sequence[Build] = ()) -> ImageReport:
    """Check a build of the commit. What the repository tells beside its Dockerfile, such as how
    often files change, is that of the builds now, one in each context.
    """
    runner = unit.checker.runner(unit.checker.settings(unit.task))
    more = [past.build(unit, {}, root) for root in _more_contexts(unit)]
    reports = []
    for each, other in zip_longest((build, *more), now):
        if each is not None:
            if other is not None:
                each.take_surroundings(other)
            reports.append(runner.run(each, past.read))
    return ImageReport(unit.name, agreed(reports))


def _more_contexts(unit: Unit) -> tuple[Path, ...]:
    """Return the contexts of a Dockerfile beside the likeliest: only what holds in all of them is
    reported.
    """
    if unit.image is not None:
        return ()
    return unit.checker.settings(unit.task).contexts_of(Path(unit.task.path))[1:]


def _diagnostics(reports: Sequence[ImageReport]) -> Iterator[Diagnostic]:
    """Yield the findings of images, each once: several Dockerfiles may have one ignore file."""
    seen = set()
    for file in by_file(reports):
        for each in file.diagnostics:
            key = (each.claim, each.message)
            if key not in seen:
                yield each
            seen.add(key)
