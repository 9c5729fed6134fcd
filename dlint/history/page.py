"""A replay as one HTML page: nothing is loaded from elsewhere, no script is in it, and it follows
light and dark.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import svg

from dlint.findings import Basis
from dlint.history.replay import blame, cause_text, ceiling, known_text, subject_text, totals
from dlint.text.printable import printable
from dlint.text.units import human_bytes
from dlint.text.values import NamedTuple
from dlint.text.webpage import fact_list, webpage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.history.replay import Blame, CommitPush

NAMED = 4  # instructions that have a colour of their own; the rest share one
WIDTH, HEIGHT = 1040, 300  # of the drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = (
    76,
    8,
    26,
    30,
)  # around the bars: "12.5 MB" in the narrow page's type stands left of them
SLOT, BAR = (
    160,
    72,
)  # widths of a bar with what stands free beside it, and of the bar alone, at most
# Bars closer than this touch, and each reaches a little below the next: hair lines between them
# would flicker.
CLOSE, REACH = 3, 0.5
UNKNOWN = 8  # where a ring says that not all is known
TICKS, DATES = 3, 6  # lines across at least, and dates below at most
BLAMED = 12  # instructions that are listed
STYLE = """
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #16181d; --soft: #5c626b; --line: #e3e4e2; --hair: #ededeb;
  --hover: #f1f2ef; --c0: #2a78d6; --c1: #eb6834; --c2: #1b9e77; --c3: #d49a00; --c4: #9aa0a8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --ink: #e9eaec; --soft: #a0a6b0; --line: #30343b; --hair: #24272d; --hover: #1e2126;
    --c0: #4d94ea; --c1: #f0804f; --c2: #31b78c; --c3: #dcae2c; --c4: #737a85; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
main { max-width: 1088px; margin: 0 auto; padding: 56px 24px 96px; }
code, .id { font: .87em/1.45 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.kicker { margin: 0 0 6px; color: var(--soft); }
h1 { margin: 0 0 28px; max-width: 26em; font-size: clamp(1.6rem, 4vw, 2.25rem); font-weight: 650; line-height: 1.18;
  letter-spacing: -.021em; text-wrap: balance; }
h2 { margin: 52px 0 12px; font-size: 1.08rem; font-weight: 650; letter-spacing: -.006em; }
p { margin: 0 0 12px; max-width: 46em; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 44px; margin: 0; }
.facts dt { color: var(--soft); font-size: .86rem; }
.facts dd { margin: 0; font-size: 1.3rem; font-weight: 600; letter-spacing: -.012em; }
.scroll + p { margin-top: 12px; }
.notes { margin: 24px 0 0; padding: 0; list-style: none; color: var(--soft); }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--soft); font-size: 12px; paint-order: stroke; stroke: var(--page); stroke-width: 4px; }
.chart .grid { stroke: var(--hair); }
.chart .axis { stroke: var(--line); }
.chart .mean { stroke: var(--ink); stroke-dasharray: 2 4; opacity: .55; }
.chart .cut { stroke: var(--page); stroke-width: 2.5; }
.chart .lost { fill: none; stroke: var(--soft); stroke-width: 1.1; }
.chart .hit { fill: transparent; }
.chart a:hover .hit, .chart a:focus .hit { fill: var(--ink); fill-opacity: .07; }
.chart a:focus { outline: none; } .chart a:focus-visible .hit { stroke: var(--ink); }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); }
.c3 { fill: var(--c3); } .c4 { fill: var(--c4); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { padding: 6px 20px 6px 0; color: var(--soft); font-size: .86rem; font-weight: 500; text-align: left;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 7px 20px 7px 0; vertical-align: top; border-bottom: 1px solid var(--hair); }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.soft { color: var(--soft); }
td code { overflow-wrap: anywhere; }
.words { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  padding-left: 21px; text-indent: -21px; }
.swatch { display: inline-block; width: 11px; height: 11px; margin-right: 10px; vertical-align: -1px; }
.option { white-space: nowrap; }
.blame td:nth-child(2), .commits td:nth-child(5) { min-width: 15em; }
.share { width: 22%; min-width: 110px; } .share svg { margin-top: 7px; height: 9px; }
.commits td { overflow-wrap: anywhere; } .commits .nowrap { overflow-wrap: normal; }
.commits tbody tr:hover, tr:target { background: var(--hover); }
tr:target td { box-shadow: inset 0 -1px var(--c0); }
@media (max-width: 720px) {
  main { padding: 32px 16px 64px; }
  .chart { min-width: 680px; } .chart text { font-size: 17px; }
  .share, .swatch:empty { display: none; } .words { padding: 0; text-indent: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: auto 1fr auto; gap: 3px 16px; padding: 11px 0;
    border-bottom: 1px solid var(--hair); }
  td, .blame td:nth-child(2), .commits td:nth-child(5) { min-width: 0; padding: 0; border: 0; }
  td:empty { display: none; }
  .blame td:nth-child(1), .blame td:nth-child(3) { color: var(--soft); text-align: left; }
  .blame td:nth-child(2) { grid-area: 1 / 1 / 2 / -1; }
  .blame td:nth-child(1)::before { content: "line "; } .blame td:nth-child(3)::after { content: " \\d7"; }
  .commits td:nth-child(6) { grid-area: 1 / 1 / 2 / -1; }
  .commits td:nth-child(4) { grid-area: 3 / 1 / 4 / -1; text-align: right; }
  .commits td:nth-child(4)::before { content: "and "; } .commits td:nth-child(4)::after { content: " of unknown size"; }
  .commits td:nth-child(5) { grid-area: 4 / 1 / 5 / -1; } }
footer { margin-top: 56px; color: var(--soft); font-size: .86rem; }
"""  # noqa: E501  its lines are shown as they are


def page(path: str, pushes: Sequence[CommitPush], notes: Iterable[str]) -> str:
    """Return the page for the replay of the Dockerfile `path`, oldest commit first; `notes` are
    said as they are.
    """
    shown = [push for push in pushes if push.counted or push.problem]
    blamed = blame(pushes)
    colors = {
        each.instruction: f"c{at}" for at, each in enumerate(blamed[:NAMED]) if each.size.bytes
    }
    body = "\n".join(
        (
            *_head(path, pushes, notes),
            *_timeline(shown, colors),
            *_blame(blamed, colors),
            *_commits(shown),
            *_foot(totals(shown).basis),
        )
    )
    return webpage(f"{printable(path)}: what each commit pushed", STYLE, body)


def _image(pushes: Sequence[CommitPush]) -> dict[str, str]:
    """Return how large the newest image is, the base's layers and its own, where the base's are
    known.
    """
    plan = next((push.plan for push in reversed(pushes) if push.plan), None)
    if plan is None or not plan.base_day:
        return {}
    return {f"image, its base as of {plan.base_day}": f"{plan.image}"}


def _head(path: str, pushes: Sequence[CommitPush], notes: Iterable[str]) -> Iterator[str]:
    total = totals(pushes)
    yield f'<p class="kicker">dlint history of <code>{escape(printable(path))}</code></p>'
    if not total.commits:
        yield "<h1>No commit has one before it: nothing to compare</h1>"
    else:
        plural = "commits" if total.commits > 1 else "commit"
        is_unknown = total.sum.is_unknown
        pushed = "layers of unknown size" if is_unknown else str(total.sum)
        yield f"<h1>{total.commits:,} {plural} pushed {pushed}</h1>"
        facts = {"mean of a commit": str(total.mean), "95th percentile": str(total.p95)}
        facts = {} if is_unknown else facts
        if total.nothing:
            facts["pushed nothing"] = f"{total.nothing:,} commit{'s' * (total.nothing > 1)}"
        if total.unknown:
            facts["layers of unknown size"] = f"{total.unknown:,}"
        facts |= _image(pushes)
        facts["basis"] = str(total.basis)
        counted = [push for push in pushes if push.counted]
        facts["period"] = f"{_day(counted[0])} &ndash; {_day(counted[-1])}"
        yield fact_list(facts)
    if items := "".join(
        f"<li>{escape(printable(note[:1].upper() + note[1:]))}.</li>" for note in notes
    ):
        yield f'<ul class="notes">{items}</ul>'


def _day(push: CommitPush) -> str:
    return datetime.fromtimestamp(push.commit.when, UTC).strftime("%Y-%m-%d")


def _said(push: CommitPush) -> str:
    """Say in one line what a commit pushed and why."""
    said = ", ".join(filter(None, ("" if push.problem else known_text(push), cause_text(push))))
    return f"{subject_text(push)}\n{push.commit.id[:10]}, {_day(push)}\n{said}"


class _Scale(NamedTuple):
    """Where a commit and a number of bytes are drawn. `top` is what the highest line stands for."""

    top: float
    step: float
    slot: float

    @classmethod
    def of(cls, sizes: Sequence[int]) -> _Scale:
        top = ceiling(sizes)
        step = _step(top / TICKS)
        return cls(max(top, step), step, min(SLOT, (WIDTH - LEFT - RIGHT) / max(1, len(sizes))))

    def x(self, at: int) -> float:
        return LEFT + at * self.slot

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(value / self.top, 1)


def _step(largest: float) -> float:
    """Return the roundest number that is not more than `largest`: 1, 2, 2.5 or 5 of some power of
    ten.
    """
    if largest < 1:
        return 1
    power = 10.0 ** floor(log10(largest))
    return max(power * factor for factor in (1, 2, 2.5, 5) if power * factor <= largest)


def _timeline(shown: Sequence[CommitPush], colors: Mapping[str, str]) -> Iterator[str]:
    if not shown:
        return
    sizes = [push.pushed.bytes for push in shown]
    scale = _Scale.of(sizes)
    right = WIDTH - RIGHT
    elements: list[svg.Element] = []
    for tick in range(1, ceil(scale.top / scale.step) + 1):
        value = tick * scale.step
        if value > scale.top * 1.001:
            break
        y = round(scale.y(value), 1)
        elements.append(svg.Line(x1=LEFT, x2=right, y1=y, y2=y, class_=["grid"]))
        elements.append(
            svg.Text(x=LEFT - 8, y=y + 4, text_anchor="end", text=human_bytes(round(value)))
        )
    elements += [_bar(at, push, scale, colors) for at, push in enumerate(shown)]
    bottom = HEIGHT - BOTTOM
    elements.append(svg.Line(x1=LEFT, x2=right, y1=bottom, y2=bottom, class_=["axis"]))
    mean = totals(shown).mean.bytes
    if mean and len(shown) > 1:
        y = round(scale.y(mean), 1)
        elements.append(svg.Line(x1=LEFT, x2=right, y1=y, y2=y, class_=["mean"]))
        elements.append(svg.Text(x=right, y=y - 6, text_anchor="end", text="mean"))
    elements += _dates(shown, scale)
    drawing = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, WIDTH, HEIGHT),
        class_=["chart"],
        extra={
            "role": "group",
            "aria-label": "Bytes pushed by each commit, oldest first; the table below lists them",
        },
        elements=elements,
    )
    yield (
        f'<h2 id="timeline">What each commit pushed</h2>\n<figure class="scroll">{drawing}</figure>'
    )
    cut = len([size for size in sizes if size > scale.top])
    if cut:
        largest = human_bytes(max(sizes))
        bars = "bars are cut off: the largest commit" if cut > 1 else "bar is cut off: that commit"
        yield f'<p class="soft">{cut} {bars} pushed {largest}.</p>'
    if any(push.unknown_layers for push in shown):
        yield (
            '<p class="soft">A ring above the chart marks a commit that also pushed layers of'
            " unknown size. A built image makes the size of a RUN known (<code"
            ' class="option">--against IMAGE</code>).</p>'
        )


def _bar(at: int, push: CommitPush, scale: _Scale, colors: Mapping[str, str]) -> svg.Element:
    """Draw one commit: its layers above each other, and over the whole height what shows its text
    on hover.
    """
    wide = scale.slot - min(2.0, scale.slot * 0.25) if scale.slot > CLOSE else scale.slot + REACH
    width = round(min(wide, BAR), 2)
    x = round(scale.x(at) + (scale.slot - width) / 2, 2)
    elements: list[svg.Element] = [svg.Title(text=escape(_said(push)))]
    below = 0.0
    for color, size in _layers(push, colors):
        high, low = scale.y(below + size), scale.y(below)
        if low > high:
            elements.append(
                svg.Rect(
                    x=x,
                    y=round(high, 2),
                    width=width,
                    height=round(max(low - high, 0.6), 2),
                    class_=[color],
                )
            )
        below += size
    if below > scale.top:
        y = TOP + 9
        elements.append(svg.Line(x1=x - 1, x2=x + width + 1, y1=y + 3, y2=y - 3, class_=["cut"]))
    if push.unknown_layers:
        radius = round(max(0.8, min(2.8, width / 2)), 2)
        elements.append(
            svg.Circle(cx=round(x + width / 2, 2), cy=UNKNOWN, r=radius, class_=["lost"])
        )
    height = HEIGHT - BOTTOM - TOP
    hit = svg.Rect(
        x=round(scale.x(at), 2), y=TOP, width=round(scale.slot, 2), height=height, class_=["hit"]
    )
    return svg.A(href=f"#c{at}", elements=[*elements, hit])


def _layers(push: CommitPush, colors: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return what a push uploaded by colour, in the order of the colours."""
    found: Counter[str] = Counter()
    for layer in push.plan.layers if push.plan and push.counted else ():
        if layer.upload.bytes:
            found[colors.get(layer.instruction, f"c{NAMED}")] += layer.upload.bytes
    return sorted(found.items())


def _dates(shown: Sequence[CommitPush], scale: _Scale) -> Iterator[svg.Element]:
    """Write a date below some of the bars."""
    every = max(1, ceil(len(shown) / DATES))
    for at in range(0, len(shown), every):
        if at == 0 or _day(shown[at]) != _day(shown[at - every]):
            x = round(scale.x(at), 1)
            yield svg.Text(x=x, y=HEIGHT - BOTTOM + 20, text_anchor="start", text=_day(shown[at]))


def _blame(blamed: Sequence[Blame], colors: Mapping[str, str]) -> Iterator[str]:
    if not blamed:
        return
    most = max(each.size.bytes for each in blamed) or 1
    rows = []
    for each in blamed[:BLAMED]:
        color = colors.get(each.instruction, f"c{NAMED}")
        square: list[svg.Element] = (
            [svg.Rect(width=11, height=11, rx=2, class_=[color])] if each.size.bytes else []
        )
        swatch = svg.SVG(width=11, height=11, class_=["swatch"], elements=square)
        share = svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, 100, 9),
            extra={"aria-hidden": "true", "preserveAspectRatio": "none"},
            elements=(
                [
                    svg.Rect(
                        width=max(0.4, round(100 * each.size.bytes / most, 2)),
                        height=9,
                        class_=[color],
                    )
                ]
                if each.size.bytes
                else []
            ),
        )
        size = "unknown" if each.size.is_unknown else str(each.size)
        words = escape(printable(each.instruction))
        rows.append(
            f'<tr><td class="number">{each.line}</td><td><div class="words"'
            f' title="{words}">{swatch}<code>{words}</code></div></td><td'
            f' class="number">{each.misses:,}</td><td class="number">{size}</td><td'
            f' class="share">{share}</td></tr>'
        )
    yield '<h2 id="blame">Which instruction cost it</h2>\n<div class="scroll"><table class="blame">'
    yield (
        '<thead><tr><th scope="col" class="number">line</th><th scope="col">instruction</th>'
        '<th scope="col" class="number">uploads</th><th scope="col" class="number">bytes</th>'
        '<th scope="col" class="share">compared</th></tr></thead>'
    )
    yield f"<tbody>{''.join(rows)}</tbody></table></div>"
    if len(blamed) > BLAMED:
        yield f'<p class="soft">and {len(blamed) - BLAMED} more</p>'


def _commits(shown: Sequence[CommitPush]) -> Iterator[str]:
    if not shown:
        return
    yield (
        '<h2 id="commits">The commits, newest first</h2>\n<div class="scroll"><table'
        ' class="commits">'
    )
    yield (
        '<thead><tr><th scope="col">commit</th><th scope="col">date</th><th scope="col"'
        ' class="number">pushed</th><th scope="col">unknown</th><th scope="col">because of</th><th'
        ' scope="col">subject</th></tr></thead>\n<tbody>'
    )
    for at in range(len(shown) - 1, -1, -1):
        push = shown[at]
        pushed = str(push.pushed) if push.counted else "&ndash;"
        if push.pushed.is_unknown:
            pushed = "unknown"
        unknown = (
            f"{push.unknown_layers} layer{'s' * (push.unknown_layers > 1)}"
            if push.unknown_layers
            else ""
        )
        why, subject = escape(cause_text(push)), escape(subject_text(push))
        yield (
            f'<tr id="c{at}"><td class="id nowrap">{push.commit.id[:10]}</td><td class="nowrap'
            f' soft">{_day(push)}</td><td class="number">{pushed}</td><td class="nowrap'
            f' soft">{unknown}</td><td class="soft">{why}</td><td>{subject}</td></tr>'
        )
    yield "</tbody></table></div>"


def _foot(basis: Basis) -> Iterator[str]:
    guessed = (
        ", what installs add guessed by the names and lists of their packages"
        if basis is Basis.GUESSED
        else ""
    )
    yield (
        f"<footer>Sizes are compressed bytes, modelled from what git holds{guessed}; each commit is"
        " held against the one before it, as one builder that keeps its cache would push"
        " them.</footer>"
    )
