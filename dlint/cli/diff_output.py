"""What a change does, in plain text, JSON and Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli.changes import State
from dlint.cli.several import cache_lines
from dlint.push import cache_output
from dlint.push.limits import Outcome
from dlint.push.plan import mounted_in
from dlint.push.rows import WORKTREE, layer_dict, overhead_text, pushed_count, status_text
from dlint.push.several import whole
from dlint.reporters.failures import as_json, in_markdown
from dlint.reporters.json_ import diagnostic
from dlint.reporters.words import figures, with_cost
from dlint.text.printable import comment, json_text, markdown_code, markdown_message, printable
from dlint.text.shorten import shortened
from dlint.text.units import plural
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.cli.base_revision import BaseRevision
    from dlint.cli.changes import Change, ImageChange
    from dlint.lint.engine import Checker
    from dlint.lint.report import Diagnostic
    from dlint.push.limits import Verdict
    from dlint.push.plan import PushPlan

SCHEMA = 1
WIDTH = 60  # characters of an instruction
ARROW = "→"
UNBUILT = "cannot be built"  # beside the reason; a table says `broken`
# Rows of Markdown: a comment on GitHub has at most 65,536 characters.
MOST_IMAGES, MOST_LAYERS, MOST_FINDINGS = 50, 60, 40


class Shown(NamedTuple):
    """What is printed: the change, the commit it is compared with, and what limits say of it."""

    change: Change
    base: BaseRevision
    verdicts: tuple[Verdict, ...]
    checker: Checker

    @property
    def changed(self) -> list[ImageChange]:
        """The images that are not as they were."""
        return [each for each in self.change.images if each.state is not State.UNCHANGED]

    @property
    def unchanged(self) -> int:
        """How many images are as they were."""
        return len(self.change.images) - len(self.changed)

    @property
    def met(self) -> list[Verdict]:
        """The limits that hold."""
        return [each for each in self.verdicts if each.outcome is Outcome.WITHIN]

    @property
    def told(self) -> list[Verdict]:
        """The limits that people are shown: those that do not hold, or of which that cannot be
        told. Of many images most change nothing, so those that hold are counted, unless it is one.
        """
        shown = self.met if len(self.met) == 1 else []
        return [each for each in self.verdicts if each not in self.met or each in shown]

    @property
    def total(self) -> PushPlan:
        """All that is pushed, each layer once."""
        return whole(self.change.parts)

    @property
    def caches(self) -> list[str]:
        """What the caches of images send that are not as they were, and what is fetched of them."""
        changed = {each.name for each in self.changed}
        return [*cache_lines(done for done in self.change.done if done.unit.name in changed)]

    def worth_showing(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the findings that people are shown, the weightiest first."""
        kept = [
            each
            for each in found
            if not each.costs_less_than(
                self.checker.configs.for_path(Path(each.place.path)).least_bytes
            )
        ]
        return sorted(kept, key=lambda each: each.by_weight)


def as_json_text(shown: Shown) -> str:
    """Return the JSON document."""
    return json_text(as_dict(shown), ascii_only=True) + "\n"


def as_dict(shown: Shown) -> dict[str, Any]:
    """Return the JSON object (schema 1)."""
    total, findings = shown.total, shown.change.findings
    failures = [as_json(each) for each in shown.change.failures]
    caches = {
        each.unit.name: cache_output.as_dict(each.planned.cached) for each in shown.change.done
    }
    return {
        "schema": SCHEMA,
        "base": {
            "revision": shown.base.revision,
            "commit": shown.base.commit,
            "merge_base": shown.base.is_merge_base,
        },
        "after": WORKTREE,
        "images": [_image(each, caches.get(each.name, {})) for each in shown.change.images],
        "pushed_bytes": total.pushed.told,
        "at_least": total.pushed.is_bound,
        "at_most": total.pushed.at_most,
        "basis": str(total.basis),
        "distinct_bytes": total.image.told,
        "distinct_at_least": total.image.is_bound,
        "overhead_bytes": total.overhead_bytes,
        "findings": {
            "new": [diagnostic(each) for each in findings.new],
            "gone": [diagnostic(each) for each in findings.gone],
        },
        "limits": [_verdict(each) for each in shown.verdicts],
        "failures": failures,
    }


def _image(image: ImageChange, caches: dict[str, Any]) -> dict[str, Any]:
    grown, after = image.growth, image.after
    return {
        "image": image.name,
        "path": image.path,
        "status": str(image.state),
        "error": image.error or None,
        "before": _size(image.before),
        "after": _size(image.after),
        "growth": None
        if grown is None
        else {
            "bytes": grown.told,
            "at_least": bool(grown.more),
            "at_most": bool(grown.less),
            "basis": str(grown.basis),
        },
        "pushed_bytes": after.pushed.told if after else None,
        "at_least": bool(after and after.pushed.is_bound),
        "at_most": bool(after and after.pushed.at_most),
        "basis": str(after.basis) if after else None,
        "unknown_layers": after.unknown_layers if after else 0,
        "overhead_bytes": after.overhead_bytes if after else 0,
        "layers_kept": image.kept,
        "layers_pushed": [
            {**layer_dict(each.layer), "why": str(each.why)} for each in image.missed
        ],
        **caches,
    }


def _size(plan: PushPlan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    size = plan.image
    return {"bytes": size.told, "at_least": size.is_bound, "basis": str(size.basis)}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "image": verdict.name,
        "limit": str(verdict.limit.kind),
        "value": verdict.limit.text,
        "outcome": str(verdict.outcome),
        "message": verdict.message,
        "hint": verdict.hint or None,
    }


def head(shown: Shown) -> str:
    """Say what was compared with what."""
    images = plural(len(shown.change.images), "image")
    return f"{images}: {shown.base} {ARROW} working tree (same base images)"


def size_texts(image: ImageChange) -> tuple[str, str, str]:
    """Return the size before, the size now, and the difference."""
    before, after = (str(plan.image) if plan else "" for plan in (image.before, image.after))
    return before, after, str(image.state if image.growth is None else image.growth)


def pushed_text(image: ImageChange) -> str:
    """Say what is pushed of an image."""
    if image.after is None:
        return ""
    return str(image.after.pushed) if image.missed else "nothing"


def pushed_layers(image: ImageChange) -> str:
    """Say how many of the layers are pushed."""
    return f"{len(image.missed)} of {len(image.after.layers)}" if image.after else ""


def mounted_layers(image: ImageChange) -> int:
    """Count the layers that another repository has."""
    return mounted_in(image.after.layers) if image.after else 0


def _layers_text(image: ImageChange) -> str:
    mounted = mounted_layers(image)
    return pushed_layers(image) + (f", {mounted} mounted" if mounted else "")


def total_text(shown: Shown) -> str:
    """Say what is pushed of all images together."""
    total = shown.total
    distinct = plural(len(total.layers), "distinct layer")
    unknown = total.unknown_layers
    notes = [f"{plural(unknown, 'layer')} of unknown size"] if unknown else []
    notes.append(overhead_text(total))
    layers = f"{pushed_count(total.layers)} of {distinct}"
    return f"merging pushes {layers}, {total.pushed} ({'; '.join(notes)})"


def findings_text(new: Sequence[Diagnostic], gone: Sequence[Diagnostic]) -> str:
    """Count the findings that came and went."""
    if not new and not gone:
        return "no new findings"
    return f"{plural(len(new), 'new finding')}, {len(gone)} gone"


def unchanged_text(shown: Shown) -> str:
    """Count the images that are as they were."""
    return f"{plural(shown.unchanged, 'image')} unchanged"


def met_text(shown: Shown) -> str:
    """Count the limits that hold; empty where none is left out."""
    count = len(shown.met)
    return f"{plural(count, 'limit')} met" if count > 1 else ""


def place_of(found: Diagnostic) -> str:
    """Return path and line of a finding."""
    return f"{found.place.path}:{found.place.start.line}"


def as_text(shown: Shown) -> Iterator[str]:
    """Yield lines, the pushed layers below their images."""
    yield printable(head(shown))
    for image in shown.changed:
        yield printable(_summary(image))
        for each in image.missed:
            layer, said = each.layer, each.why.beside_layer
            why = f"  ({said})" if said else ""
            line = "-" if layer.line is None else str(layer.line)
            text = shortened(layer.instruction, WIDTH)
            yield printable(f"{line:>4}  {status_text(layer)}  {layer.size}  {text}{why}")
    if shown.unchanged:
        yield unchanged_text(shown)
    yield total_text(shown)
    yield from shown.caches
    new, gone = map(shown.worth_showing, shown.change.findings)
    yield findings_text(new, gone)
    for word, found in (("new", new), ("gone", gone)):
        for finding in found:
            said = with_cost(finding) if word == "new" else finding.message
            where = f"{place_of(finding)}: {finding.severity} {finding.rule}"
            yield printable(f"{word}: {where} {said}")
    for verdict in shown.told:
        yield printable(f"{verdict.outcome}: {verdict.name}: {verdict.message}")
    yield from filter(None, [met_text(shown)])


def _summary(image: ImageChange) -> str:
    before, after, change = size_texts(image)
    match image.state:
        case State.BROKEN:
            return f"{image.name}: {UNBUILT}: {image.error}"
        case State.REMOVED:
            return f"{image.name}: removed, image was {before}"
        case State.ADDED:
            size = f"added, image {after}"
        case _:
            size = f"image {before} {ARROW} {after} ({change})"
    pushed = f"{_layers_text(image)} layers pushed, {pushed_text(image)}"
    return f"{image.name}: {size}; {pushed}"


def as_markdown(shown: Shown) -> Iterator[str]:
    """Yield a comment on a pull request: short, with what is long folded away."""
    yield "## dlint: what merging this pushes"
    yield ""
    yield f"**{comment(_capital(total_text(shown)))}**"
    yield from _limits(shown)
    if shown.changed:
        yield from _images(shown)
    yield ""
    assumed = "Same base images"
    yield comment(f"{assumed}; compared with {shown.base}; {unchanged_text(shown)}.")
    yield from _caches(shown.caches)
    yield from _layers(shown.changed)
    new, gone = map(shown.worth_showing, shown.change.findings)
    yield ""
    yield f"### {_capital(findings_text(new, gone))}"
    if new:
        yield from _new(new)
    if gone:
        yield from _gone(gone)
    yield from in_markdown(shown.change.failures)


def _message(text: str) -> str:
    return markdown_message(text, comment)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


MARKS = {Outcome.WITHIN: "✅", Outcome.OVER: "❌", Outcome.UNKNOWN: "❔"}


def _limits(shown: Shown) -> Iterator[str]:
    if shown.verdicts:
        yield ""
    if met := met_text(shown):
        yield f"- {MARKS[Outcome.WITHIN]} {met}"
    for each in shown.told:
        hint = f" ({each.hint})" if each.hint else ""
        said = _message(f"{each.message}{hint}")
        yield f"- {MARKS[each.outcome]} {markdown_code(each.name, cell=False)}: {said}"


def _images(shown: Shown) -> Iterator[str]:
    yield ""
    yield "| image | before | now | change | push | layers pushed |"
    yield "|---|--:|--:|--:|--:|--:|"
    for image in shown.changed[:MOST_IMAGES]:
        cells = (*size_texts(image), pushed_text(image), _layers_text(image))
        yield f"| {' | '.join((markdown_code(image.name), *map(comment, cells)))} |"
    yield from _more(len(shown.changed) - MOST_IMAGES, "image")


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield ""
        yield f"… and {plural(count, noun)} more"


def _caches(lines: Sequence[str]) -> Iterator[str]:
    """Yield what build caches send and what is fetched of them."""
    if lines:
        yield ""
    for line in lines[:MOST_IMAGES]:
        yield f"- {_message(line)}"


def _layers(images: Sequence[ImageChange]) -> Iterator[str]:
    rows = [(image, each) for image in images for each in image.missed]
    if not rows:
        return
    yield ""
    yield f"<details><summary>{plural(len(rows), 'layer')} pushed, and why</summary>"
    yield ""
    yield "| image | line | instruction | size | because |"
    yield "|---|--:|---|--:|---|"
    for image, (layer, why) in rows[:MOST_LAYERS]:
        cells = (
            markdown_code(image.name),
            str(layer.line or ""),
            markdown_code(shortened(layer.instruction, WIDTH)),
            comment(str(layer.size)),
            _message(why.beside_layer),
        )
        yield f"| {' | '.join(cells)} |"
    yield from _more(len(rows) - MOST_LAYERS, "layer")
    yield ""
    yield "</details>"


def _new(found: Sequence[Diagnostic]) -> Iterator[str]:
    yield ""
    yield "| | place | finding | push | image | rule |"
    yield "|---|---|---|--:|--:|---|"
    for each in found[:MOST_FINDINGS]:
        rule = f"[{each.rule}]({each.url})" if each.url else markdown_code(each.rule)
        cells = (
            str(each.severity),
            markdown_code(place_of(each)),
            _message(each.text),
            *map(comment, figures(each.cost)),
            rule,
        )
        yield f"| {' | '.join(cells)} |"
    yield from _more(len(found) - MOST_FINDINGS, "finding")


def _gone(found: Sequence[Diagnostic]) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{plural(len(found), 'finding')} gone</summary>"
    yield ""
    for each in found[:MOST_FINDINGS]:
        said = _message(each.message)
        place = markdown_code(place_of(each), cell=False)
        yield f"- {place} {markdown_code(each.rule, cell=False)} {said}"
    yield from _more(len(found) - MOST_FINDINGS, "finding")
    yield ""
    yield "</details>"
