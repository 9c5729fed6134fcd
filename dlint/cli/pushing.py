"""The plan of one image's push, as the command line asks for it: both builds, what is printed, and
what a budget says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import against, common, delivery, limits, mounting
from dlint.cli.sound import require_file, require_sound
from dlint.context.repositories import NOWHERE
from dlint.errors import DlintError
from dlint.model.keys import content_keys
from dlint.project.facts_file import NAME
from dlint.push import cache_output, output
from dlint.push.caches import Cached, Caches
from dlint.push.plan import Before, base_layers, make_plan, passed_arguments
from dlint.push.revisions import Project
from dlint.push.rows import ASSUMED, WORKTREE, Labels, compared_text, seconds_text
from dlint.push.sizes import Sizes
from dlint.sizes import recorded_base
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from dlint.cli.past import Pasts
    from dlint.cli.units import Unit
    from dlint.images import ImageFacts, RegistrySettings
    from dlint.lint.engine import Checker, Task
    from dlint.model.keys import Keys
    from dlint.push.plan import PushPlan
    from dlint.push.wire import Delivery
    from dlint.rule.build import Build

HEAD = "HEAD"
FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")


@dataclass(frozen=True)
class Planned:
    """A push, what stood before, the keys of the build that is pushed, and what layers weigh."""

    plan: PushPlan
    labels: Labels
    stood: Before
    after: Keys
    sizes: Sizes
    builds: Sides
    delivery: Delivery
    cached: Cached

    @property
    def before(self) -> Keys | None:
        """The keys of the build before; None where nothing was built then."""
        return self.stood.keys

    @cached_property
    def image_before(self) -> PushPlan | None:
        """The image before, as it would be pushed once more; None where there was none."""
        if self.before is None:
            return None
        return make_plan(self.stood, self.before, self.sizes, self.labels.cache)


class Stood(NamedTuple):
    """What stands for the images that others are built on, by their names: before, and now."""

    before: Mapping[str, str] = {}
    after: Mapping[str, str] = {}


def push_one(args: argparse.Namespace, chosen: str, unit: Unit, pasts: Pasts) -> int:
    """Print the plan of one image that is pushed alone; the exit status. Raises DlintError."""
    planned = plan_for(args, unit, pasts)
    common.emit(args, _write(args, chosen, planned))
    verdicts = limits.of_push(args, planned.plan, unit.name)
    verdicts += limits.of_image(args, unit, planned.plan, lambda: planned.image_before)
    return limits.status(args, verdicts)


def plan_for(
    args: argparse.Namespace,
    unit: Unit,
    pasts: Pasts,
    stood: Stood | None = None,
    sizes: dict[str, Sizes] | None = None,
) -> Planned:
    """Plan the push of one image; `sizes`, by builders, are those of images that are pushed with
    it. Raises DlintError.
    """
    stood = stood or Stood()
    checker, task = unit.checker, unit.task
    facts = against.read_image(args, checker, task)
    sides = sides_of(args, unit, pasts, facts)
    common.ask_ahead(args, checker.settings(task), [sides.after])
    common.note_stale(args, sides.after)
    before = Before(content_keys(sides.before, stood.before) if sides.before else None, facts)
    moved: dict[str, str] = {}
    settings = against.registries(args, checker, task)
    if mounting.is_base(args, sides.after):
        before = Before(None, base=facts)
    elif args.pull or mounting.needs_base(args, sides.after):
        before, moved = _pulled(before, sides.after, checker, settings)
        if moved and recorded_base(sides.after) and facts is None:
            common.note(args, f"{task.path}: {NAME} is stale: {next(iter(moved))} has moved")
    options = sides.after.options
    after = content_keys(sides.after, {**stood.after, **moved})
    sent = delivery.of(args, sides.after)
    own = Sizes(options.builder, compression=sent.compression)
    known = own if sizes is None else sizes.setdefault(options.builder, own)
    where = mounting.found(args, before, sides.after, settings)
    if where.is_first:
        before = before._replace(keys=None)
    sent = sent._replace(held=where.held, mounted=where.mounted)
    plan = make_plan(before, after, known, options.cache, sent)
    labels = Labels(
        task.path,
        sides.after.named_target,
        options.builder,
        options.cache,
        sides.since if before.keys else args.against,
        args.rev or WORKTREE,
    )
    caches = Caches(before.keys, after, plan, known, mounting.home(args, unit))
    cached = delivery.cached(args, caches, delivery.told(unit, sides.after))
    return Planned(plan, labels, before, after, known, sides, sent, cached)


def _write(args: argparse.Namespace, chosen: str, planned: Planned) -> str:
    """Return one plan in one of the formats."""
    plan, labels, cached = planned.plan, planned.labels, planned.cached
    if chosen == "json":
        return output.as_json(plan, labels, args.bandwidth, cached)
    head = compared_text(labels, assumed(args))
    ends = [*cache_output.lines(cached, labels.before)]
    if args.bandwidth is not None:
        ends.append(seconds_text(plan, args.bandwidth))
    if chosen == common.PRETTY:
        from dlint.cli import push_pretty

        return push_pretty.write(
            plan, head, ends, color=common.use_color(args), width=common.width(args)
        )
    form = output.as_markdown if chosen == "markdown" else output.as_text
    return "".join(f"{line}\n" for line in form(plan, head, ends))


def assumed(args: argparse.Namespace) -> list[str]:
    """Return what a plan assumes: an image says its arguments, and a registry what the base's tag
    stands for.
    """
    known = (args.against is not None, args.pull)
    return [each for each, told in zip(ASSUMED, known, strict=True) if not told]


class Sides(NamedTuple):
    """Both builds, and the revision that names the one before."""

    before: Build | None
    after: Build
    since: str | None


def sides_of(args: argparse.Namespace, unit: Unit, pasts: Pasts, facts: ImageFacts | None) -> Sides:
    """Return the build that is pushed, of `--rev` or the working tree, and the one before it, of
    `--since` or what `facts` tell. Raises DlintError.
    """
    checker, task = unit.checker, unit.task
    path = Path(task.path)
    context = checker.settings(task).context_of(path)
    project = Project.find(path, context, checker.opened)
    after = _after(args, checker, task, project)
    require_sound(after)
    if project is None:
        if (why := Project.lacking(path, context)) != NOWHERE:
            common.note(args, f"{task.path}: {why}; nothing counts as pushed before")
        since = before = None
    else:
        since = _since(args, project, facts, after)
        passed = passed_arguments(facts) if facts else {}
        before = _before(
            args, project, since, lambda at: pasts.at(project.repository, at).build(unit, passed)
        )
    if facts is not None:
        after = _after(args, against.knowing(checker, task, facts, before), task, project)
    return Sides(before, after, since)


def _after(
    args: argparse.Namespace, checker: Checker, task: Task, project: Project | None
) -> Build:
    """Return the build that is pushed: of `--rev`, or of the working tree."""
    if project is None and (wanted := args.rev or args.since) is not None:
        path = Path(task.path)
        why = Project.lacking(path, checker.settings(task).context_of(path))
        raise DlintError(f"{task.path}: revision {wanted!r} cannot be read: {why}")
    if project is None or args.rev is None:
        if task.text is None:
            require_file(task.path)
        return checker.build(task)
    found = project.build(args.rev, checker.options(task))
    if found is None:
        raise DlintError(f"{args.rev}: no {project.dockerfile} with its context in that revision")
    return found


def _since(
    args: argparse.Namespace, project: Project, facts: ImageFacts | None, after: Build
) -> str | None:
    """Return the revision that stood before: the one that is named, by the user or the image
    before, or else the one before what is pushed. An image that was pushed though no commit is
    before this one was made of this one.
    """
    named = args.since or (against.named_commit(facts, project) if facts else None)
    found = named or (project.parent(args.rev) if args.rev else project.before(after))
    if found is None and facts is not None and not project.repository.is_shallow:
        return args.rev or HEAD
    return found


def _before(
    args: argparse.Namespace,
    project: Project,
    since: str | None,
    build_at: Callable[[str], Build | None],
) -> Build | None:
    """Return the build that stood before; None, and why, where nothing was pushed then."""
    if since is None:
        if project.repository.is_shallow:
            common.note(
                args,
                "this clone is shallow: the commit before is cut off, so nothing counts as pushed"
                " before (git fetch --deepen=1 brings it)",
            )
        return None
    found = build_at(since)
    if found is None or found.dockerfile.first_error is None:
        return found
    common.note(
        args,
        f"{since}: no builder takes {project.dockerfile} there ({found.dockerfile.first_error}),"
        " so nothing counts as pushed before",
    )
    return None


def _pulled(
    before: Before, after: Build, checker: Checker, settings: RegistrySettings
) -> tuple[Before, dict[str, str]]:
    """Ask the registry for the target's base as it is now; name it anew where its layers are not
    those of before.
    """
    image = against.external_base(after)
    if image is None:
        return before, {}
    facts = checker.plugins.image_facts(f"docker://{image}", after.options.platform, settings)
    # an image before, or else what was recorded of one
    known = base_layers(before) or recorded_base(after)
    now, then = ([layer.diff_id for layer in layers] for layers in (facts.layers, known))
    return before._replace(base=facts), {} if now == then else {image: facts.digest or facts.source}
