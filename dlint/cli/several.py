"""`dlint push` for several images: those of a Compose or Bake file, of several Dockerfiles, or all
of a repository.
"""

from __future__ import annotations

from contextlib import closing
from copy import copy
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common, limits, pushed_images, pushing, units
from dlint.cli.mounting import place_named, tagged_place
from dlint.cli.past import Pasts
from dlint.errors import DlintError
from dlint.images.reference import parse_reference
from dlint.project.image import TARGET
from dlint.push import cache_output
from dlint.push.mounts import Place
from dlint.push.plan import PUSHED, PushPlan, mounted_in
from dlint.push.revisions import Project
from dlint.push.rows import (
    as_dict,
    cause_text,
    compared_text,
    overhead_text,
    pushed_count,
    seconds_text,
    sum_text,
)
from dlint.push.several import Part, blobs_of, together, whole
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.units import plural
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.cli.pushing import Planned
    from dlint.lint.engine import Checker
    from dlint.lint.units import Unit
    from dlint.model import Build
    from dlint.model.keys import Keys
    from dlint.push.limits import Verdict
    from dlint.push.sizes import Sizes

ONE_IMAGE = ("against", "to")  # options that speak of one image alone


def is_asked(args: argparse.Namespace) -> bool:
    """Tell whether the words of the command line mean anything but one Dockerfile."""
    words = args.dockerfiles
    many = args.all or len(words) > 1 or len(_platforms(args)) > 1
    return many or any(map(_is_no_dockerfile, words))


def _platforms(args: argparse.Namespace) -> list[str]:
    """Return the platforms that `--platform` names, each once."""
    told = (args.platform or "").split(",")
    return list(dict.fromkeys(filter(None, map(str.strip, told))))


def _is_no_dockerfile(word: str) -> bool:
    return units.names_image(word) or Path(word).is_dir()


def run(args: argparse.Namespace) -> int:
    """Print what the images push together; the exit status."""
    chosen = common.output_format(args, pushing.FORMATS)
    for option in ONE_IMAGE:
        if getattr(args, option) is not None:
            raise DlintError(f"--{option} speaks of one image", "name its Dockerfile alone")
    platforms = _platforms(args)
    args = copy(args)
    args.platform = None
    checker = common.checker_for(args)
    with closing(checker.share()):
        return _push(args, checker, chosen, platforms)


def _push(args: argparse.Namespace, checker: Checker, chosen: str, platforms: Sequence[str]) -> int:
    if args.all:
        every = units.every_unit(args, checker, Path(*args.dockerfiles[:1]))
        stands_on = partial(_stands_on, every, _by_tag(every))
        found = pushed_images.chosen(args, checker, every, stands_on)
    else:
        words = args.dockerfiles or [units.DOCKERFILE]
        found = each_once(units.named(args, checker, words))
    found = [
        each
        for unit in found
        for each in units.each_platform(
            unit, platforms or (pushed_images.platforms_of(unit) if args.all else ())
        )
    ]
    if not found:
        raise DlintError("no image is found to push", "name a Dockerfile, a Compose or a Bake file")
    pasts = Pasts(checker)
    if len(found) == 1:
        return pushing.push_one(args, chosen, found[0], pasts)
    planned = plan_all(args, found, _stood_before(args, found), pasts)
    parts = together([each.part for each in planned])
    common.emit(args, _write(args, chosen, planned, parts))
    return limits.status(args, verdicts(args, planned, parts))


def verdicts(
    args: argparse.Namespace, planned: Sequence[Done], parts: Sequence[Part]
) -> list[Verdict]:
    """Return what limits say of each image, and of the whole push."""
    found = limits.of_push(args, whole(parts))
    stood = cache(lambda: stood_before(planned))
    for at, (each, part) in enumerate(zip(planned, parts, strict=True)):
        found += limits.of_image(args, each.unit, part.plan, partial(_of, stood, at))
    return found


def _of(stood: Callable[[], Sequence[PushPlan | None]], at: int) -> PushPlan | None:
    return stood()[at]


def stood_before(planned: Sequence[Done]) -> list[PushPlan | None]:
    """Return each image as it stood before, with the layers of those that it was built on."""
    plans = [each.planned.image_before for each in planned]
    parts = [_part_before(*each) for each in zip(planned, plans, strict=True)]
    whole_images = together(parts)
    return [plan and part.plan for plan, part in zip(plans, whole_images, strict=True)]


def _part_before(done: Done, plan: PushPlan | None) -> Part:
    before = done.planned.before
    stood = before is not None and _base_of(before.build) == _base(done.unit)
    base = done.part.base if stood else None
    return done.part._replace(plan=plan or PushPlan((), 0), base=base)


def each_once(found: Iterable[Unit]) -> list[Unit]:
    """Leave out what is the same image again: services of one project often share theirs."""
    kept: dict[object, Unit] = {}
    for unit in found:
        tags = unit.image.tags if unit.image else ()
        kept.setdefault((unit.image.recipe, tags) if unit.image and tags else unit.name, unit)
    return list(kept.values())


def _stood_before(args: argparse.Namespace, found: Sequence[Unit]) -> dict[str, str | None]:
    """Return the revision before each image, by their names: the one that is named, or HEAD where
    the working tree changes any of them, which is before all of them then; else each has a last
    commit of its own.
    """
    before = dict.fromkeys((unit.whole_name for unit in found), args.since or None)
    if args.since or args.rev is not None:
        return before
    for unit in found:
        path = Path(unit.task.path)
        context = unit.checker.settings(unit.task).context_of(path)
        project = Project.find(path, context, unit.checker.opened)
        if project is not None:
            before[unit.whole_name] = project.before(unit.checker.build(unit.task))
        if before[unit.whole_name] == pushing.HEAD:
            return dict.fromkeys(before, pushing.HEAD)
    return before


class _Node(NamedTuple):
    """An image, what its target is built on, and the number of the image of this push that this
    is.
    """

    unit: Unit
    base: str
    on: int | None


class Done(NamedTuple):
    """An image that is pushed with others, and its plan as if it was pushed alone."""

    unit: Unit
    planned: Planned
    part: Part


def _ordered(found: Sequence[Unit]) -> list[_Node]:
    """Return the images so that each comes after the one that it is built on."""
    names = _by_tag(found)
    bases = [_base(unit) for unit in found]
    on = [_built_on(unit, base, found, names) for unit, base in zip(found, bases, strict=True)]
    order: list[int] = []
    for start in range(len(found)):
        chain = [start]
        while (above := on[chain[-1]]) is not None and above not in chain:
            chain.append(above)
        order += [at for at in reversed(chain) if at not in order]
    at_place = {at: number for number, at in enumerate(order)}
    nodes = []
    for number, at in enumerate(order):
        above = on[at]
        place = at_place[above] if above is not None else None
        earlier = place if place is not None and place < number else None
        nodes.append(_Node(found[at], bases[at], earlier))
    return nodes


def _by_tag(found: Sequence[Unit]) -> dict[tuple[str, str], int]:
    """Return which of several images have a tag for a platform, by their places."""
    return {(name, unit.platform): at for at, unit in enumerate(found) for name in _tags(unit)}


def _stands_on(
    found: Sequence[Unit], names: Mapping[tuple[str, str], int], unit: Unit
) -> Unit | None:
    """Return the one of several images that another is built on."""
    at = _built_on(unit, _base(unit), found, names)
    return None if at is None else found[at]


def _tags(unit: Unit) -> list[str]:
    return [_whole_name(tag) for tag in (unit.image.tags if unit.image else ())]


def _whole_name(name: str) -> str:
    """Return an image's name with what it leaves out."""
    try:
        reference = parse_reference(name)
    except ValueError:
        return name
    return f"{reference.registry}/{reference.repository}:{reference.tag or 'latest'}"


def _base(unit: Unit) -> str:
    """Return the name of what the target stands on; "" where it is nothing with a name."""
    return _base_of(unit.checker.build(unit.task))


def _base_of(build: Build) -> str:
    return (build.target.outermost.image or "") if build.target is not None else ""


def _built_on(
    unit: Unit, base: str, found: Sequence[Unit], names: Mapping[tuple[str, str], int]
) -> int | None:
    contexts = dict(unit.image.contexts) if unit.image else {}
    meant = contexts.get(base, "")
    if unit.image is not None and meant.startswith(TARGET):
        wanted = (unit.image.path, meant.removeprefix(TARGET))
        return next(
            (
                at
                for at, each in enumerate(found)
                if each.image is not None
                and each.platform == unit.platform
                and (each.image.path, each.image.name) == wanted
            ),
            None,
        )
    if not base or base in contexts:
        return None
    return names.get((_whole_name(base), unit.platform))


def plan_all(
    args: argparse.Namespace,
    found: Sequence[Unit],
    since: Mapping[str, str | None],
    pasts: Pasts,
) -> list[Done]:
    """Plan the push of each image; each comes after the one that it is built on."""
    done: list[Done] = []
    sizes: dict[str, Sizes] = {}  # a layer that several images hold is measured once
    for unit, base, on in _ordered(found):
        stood = pushing.Stood()
        if on is not None:
            below = done[on].planned
            stood = pushing.Stood(_top(base, below.before), _top(base, below.after))
        own = copy(args)
        own.since = since[unit.whole_name]
        planned = pushing.plan_for(own, unit, pasts, stood, sizes)
        part = Part(
            unit.whole_name,
            planned.plan,
            _place(unit),
            planned.delivery,
            on,
            None if on is not None else place_named(base),
            _blobs_before(planned),
            _sibling(unit, done),
        )
        done.append(Done(unit, planned, part))
    return done


def _sibling(unit: Unit, done: Sequence[Done]) -> int | None:
    """Return the number of the first platform of the same image, for each further one."""
    if not unit.platform:
        return None
    names = ((at, each.unit) for at, each in enumerate(done))
    return next((at for at, each in names if each.platform and each.name == unit.name), None)


def _blobs_before(planned: Planned) -> frozenset[str] | None:
    """Return the blobs that an image held before, by which a warm builder's are known again; None
    where it was never pushed.
    """
    if planned.before is None:
        return None
    return blobs_of(planned.before) if planned.labels.cache == "warm" else frozenset()


def _top(name: str, keys: Keys | None) -> dict[str, str]:
    """Return what stands for a base of this push: the key of its last step."""
    chain = keys.image if keys else ()
    return {name: chain[-1].key} if chain else {}


def _place(unit: Unit) -> Place:
    """Return where an image goes; one without a name is taken to go beside the others."""
    return tagged_place(unit) or Place("", unit.name)


def _write(
    args: argparse.Namespace, chosen: str, planned: Sequence[Done], parts: Sequence[Part]
) -> str:
    total = whole(parts)
    if chosen == "json":
        images = [
            {
                "image": part.name,
                **as_dict(part.plan, each.planned.labels),
                **cache_output.as_dict(each.planned.cached),
            }
            for each, part in zip(planned, parts, strict=True)
        ]
        data = {
            "schema": 1,
            "images": images,
            "pushed_bytes": total.pushed.told,
            "at_least": total.pushed.is_bound,
            "at_most": total.pushed.at_most,
            "distinct_bytes": total.image.told,
            "distinct_at_least": total.image.is_bound,
            "overhead_bytes": total.overhead_bytes,
        }
        return json_text(data, ascii_only=True) + "\n"
    labels = planned[0].planned.labels._replace(path=plural(len(parts), "image"))
    head = compared_text(labels, pushing.assumed(args))
    rows = [_row(part, parts) for part in parts]
    ends = [_total(parts), *cache_lines(planned)]
    if args.bandwidth is not None:
        ends.append(seconds_text(total, args.bandwidth))
    if chosen == common.PRETTY:
        return _pretty(args, head, rows, ends)
    form = _markdown if chosen == "markdown" else _text
    return "".join(f"{line}\n" for line in form(head, rows, ends))


def cache_lines(planned: Iterable[Done]) -> Iterator[str]:
    """Yield what the caches of each image send, and what a new builder fetches of them."""
    for each in planned:
        for line in cache_output.lines(each.planned.cached, each.planned.labels.before):
            yield f"{each.part.name}: {line}"


class _Row(NamedTuple):
    name: str
    layers: str
    mounted: str
    pushed: str
    image: str
    cause: str


def _row(part: Part, parts: Sequence[Part]) -> _Row:
    layers = part.plan.layers
    return _Row(
        part.name,
        f"{pushed_count(layers)} of {len(layers)}",
        str(mounted_in(layers) or ""),
        str(part.plan.pushed),
        str(part.plan.image),
        _cause(part, parts),
    )


def _cause(part: Part, parts: Sequence[Part]) -> str:
    """Say why layers go up: a base that is pushed as well, or what changed first."""
    base = None if part.base is None else parts[part.base]
    if base is not None and any(layer.status == PUSHED for layer in base.plan.layers):
        return f"base {base.name}"
    return next(filter(None, map(cause_text, part.plan.layers)), "")


def _total(parts: Sequence[Part]) -> str:
    total = whole(parts)
    return (
        f"{plural(len(parts), 'image')}: {pushed_count(total.layers)} of"
        f" {plural(len(total.layers), 'distinct layer')} pushed,"
        f" {sum_text(total.pushed, total.unknown_layers)}"
        f" ({overhead_text(total)});"
        f" all distinct layers {total.image}"
    )


def _text(head: str, rows: Sequence[_Row], ends: Sequence[str]) -> Iterator[str]:
    yield head
    for row in rows:
        why = f"  ({row.cause})" if row.cause else ""
        shared = f", {row.mounted} mounted" if row.mounted else ""
        yield printable(
            f"{row.name}: {row.layers} layers pushed{shared}, {row.pushed}; image {row.image}{why}"
        )
    yield from ends


def _markdown(head: str, rows: Sequence[_Row], ends: Sequence[str]) -> Iterator[str]:
    yield markdown(head)
    yield ""
    yield "| image | layers pushed | mounted | pushed | image size | because of |"
    yield "|---|---|--:|--:|--:|---|"
    for row in rows:
        cells = (markdown_code(row.name), *row[1:-1], markdown_code(row.cause))
        yield f"| {' | '.join(cells)} |"
    for end in ends:
        yield ""
        yield markdown(end)


def _pretty(args: argparse.Namespace, head: str, rows: Sequence[_Row], ends: Sequence[str]) -> str:
    from rich.text import Text

    from dlint.reporters.terminal import Column, render, table

    width = common.width(args)
    columns = (
        Column("image", least=12, path=True),
        Column("layers pushed"),
        Column("mounted", right=True, shown=any(row.mounted for row in rows)),
        Column("pushed", right=True),
        Column("image size", right=True),
        Column("because of", least=16, beyond=79),
    )
    cells = [tuple(map(printable, row)) for row in rows]
    parts = [
        *(Text(head), Text("")),
        table(columns, cells, width),
        *(Text(""), *(Text(end, "bold") for end in ends)),
    ]
    return render(parts, color=common.use_color(args), width=width)
