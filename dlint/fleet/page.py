"""The report as one HTML page: nothing is loaded from elsewhere, no script is in it, and it follows
light and dark.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import svg

from dlint.fleet.answers import are_numbers, cell_text
from dlint.text.printable import printable
from dlint.text.shorten import path_end, shortened
from dlint.text.units import human_bytes
from dlint.text.webpage import fact_list, webpage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.fleet.answers import Answer

BARS = 15  # of one drawing; the table below it has the rest
WIDTH, ROW, NAME, FIGURE = 1040, 26, 400, 100  # of a drawing, in its own units
NAMED = 50  # characters of a name beside its bar
PARTS = 8  # tags of one base that are drawn apart
POINT, HEIGHT, LEFT = 3, 220, 90
# The columns of an answer that are drawn as bars; those before the first number name a bar.
DRAWN = {
    "bandwidth": ("pushed",),
    "savings": ("best order saves", "re-packing saves", "bound"),
    "storage": ("size",),
    "bases": ("images",),
    "golden": ("saved",),
    "rules": ("stored", "pushed again"),
    "registry": ("distinct layers", "all tags"),
    "shared": ("stored once", "if not shared"),
}
STYLE = """
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #16181d; --soft: #5c626b; --line: #e3e4e2;
  --hair: #ededeb; --c0: #2a78d6; --c1: #eb6834; --c2: #1b9e77; --c3: #d49a00; --c4: #9aa0a8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --ink: #e9eaec; --soft: #a0a6b0; --line: #30343b; --hair: #24272d;
    --c0: #4d94ea; --c1: #f0804f; --c2: #31b78c; --c3: #dcae2c; --c4: #737a85; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1088px; margin: 0 auto; padding: 56px 24px 96px; }
.kicker { margin: 0 0 6px; color: var(--soft); }
h1 { margin: 0 0 28px; font-size: clamp(1.6rem, 4vw, 2.25rem); font-weight: 650; line-height: 1.18;
  letter-spacing: -.021em; text-wrap: balance; }
h2 { margin: 52px 0 4px; font-size: 1.08rem; font-weight: 650; }
p { margin: 0 0 14px; max-width: 46em; color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 10px 44px; margin: 0; }
.facts dt { color: var(--soft); font-size: .86rem; }
.facts dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 28px 0 0; } a { color: var(--c0); }
figure { margin: 14px 0; overflow-x: auto; }
svg { display: block; width: 100%; min-width: 640px; height: auto; }
svg text { fill: var(--ink); font-size: 13px; } svg .soft { fill: var(--soft); }
svg .axis { stroke: var(--line); } svg .line { fill: none; stroke-width: 2; }
svg a:hover text, svg a:focus text { text-decoration: underline; }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); }
.c3 { fill: var(--c3); } .c4 { fill: var(--c4); }
.line.c0 { fill: none; stroke: var(--c0); } .line.c1 { fill: none; stroke: var(--c1); }
summary { cursor: pointer; color: var(--c0); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th { padding: 6px 16px 6px 0; color: var(--soft); font-weight: 500; text-align: left;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 6px 16px 6px 0; vertical-align: top; border-bottom: 1px solid var(--hair);
  overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
footer { margin-top: 56px; color: var(--soft); font-size: .86rem; }
"""


def page(told: dict[str, Any], found: Sequence[Answer], since: str) -> str:
    """Return the page for a report; changes are told `since` a moment."""
    shown = [each for each in found if each.rows]
    body = "\n".join((*_head(told, shown), *(_section(each, since) for each in shown), _foot()))
    return webpage("dlint fleet report", STYLE, body)


def _head(told: dict[str, Any], shown: Sequence[Answer]) -> Iterator[str]:
    yield '<p class="kicker">dlint fleet report</p>'
    yield (
        f"<h1>{told['images']:,} images of {told['repositories']:,} repositories store"
        f" {escape(cell_text(told['stored']))}</h1>"
    )
    facts = {"pushed by the last commits": cell_text(told["pushed"]) or "not replayed"}
    if told["failures"]:
        facts["without an answer"] = f"{told['failures']:,} repositories"
    if told["seen"]:
        facts["last run"] = f"{told['seen']:%Y-%m-%d}"
    yield fact_list({term: escape(fact) for term, fact in facts.items()})
    links = "".join(f'<a href="#{each.key}">{escape(each.title)}</a>' for each in shown)
    yield f"<nav>{links}</nav>"


def _section(answer: Answer, since: str) -> str:
    about = f"Since {since[:10]}. {answer.about}" if answer.key == "changes" else answer.about
    drawing = _drawing(answer)
    title = f'<h2 id="{answer.key}">{escape(answer.title)}</h2>\n<p>{escape(about)}</p>'
    figure = f"<figure>{drawing}</figure>" if drawing else ""
    table = f'<div class="scroll">{_table(answer)}</div>'
    if drawing or answer.key == "moves":
        rows = len(answer.rows)
        table = f"<details><summary>all {rows:,} rows</summary>{table}</details>"
    return f"{title}\n{figure}\n{table}"


def _table(answer: Answer) -> str:
    numbers = are_numbers(answer.columns, answer.rows)
    heads = "".join(
        f'<th scope="col"{_class(number)}>{escape(name)}</th>'
        for name, number in zip(answer.columns, numbers, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(number)}>{escape(cell_text(value))}</td>"
            for value, number in zip(row, numbers, strict=True)
        )
        + "</tr>"
        for row in answer.rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _class(number: bool) -> str:  # noqa: FBT001  what a column is
    return ' class="number"' if number else ""


def _drawing(answer: Answer) -> str:
    """Draw an answer, if it is one that a picture tells faster."""
    at = {name: number for number, name in enumerate(answer.columns)}
    if answer.key == "sprawl":
        return _sprawl(answer)
    if answer.key == "over-time":
        return _lines(answer, (at["stored"], at["pushed again"]))
    parts = [at[name] for name in DRAWN.get(answer.key, ())]
    return _bars(answer, parts) if parts else ""


def _amount(value: Any) -> float:  # noqa: ANN401  whatever a column holds
    """Return what a value is drawn as."""
    return float((value["bytes"] if isinstance(value, dict) else value) or 0)


def _bars(answer: Answer, parts: Sequence[int]) -> str:
    """Draw a bar for each of the first rows and each of the columns `parts`, below each other."""
    rows = answer.rows[:BARS]
    most = max((_amount(row[part]) for row in rows for part in parts), default=0)
    if not most:
        return ""
    room = WIDTH - NAME - FIGURE * max(2, len(parts))
    named = next(at for at, value in enumerate(rows[0]) if not isinstance(value, str))
    thick = 14 / len(parts)
    elements: list[svg.Element] = []
    for number, row in enumerate(rows):
        y = number * ROW
        whole = " ".join(row[:named])
        drawn: list[svg.Element] = [svg.Title(text=escape(printable(whole)))]
        label = escape(printable(_label(row[:named])))
        drawn.append(svg.Text(x=NAME - 10, y=y + 15, text_anchor="end", text=label))
        for at, part in enumerate(parts):
            wide = round(max(1.0, room * _amount(row[part]) / most), 1)
            top = y + 4 + at * thick
            drawn.append(
                svg.Rect(x=NAME, y=top, width=wide, height=thick - 1, rx=2, class_=[f"c{at}"])
            )
        longest = max(room * _amount(row[part]) / most for part in parts)
        figure = escape(" · ".join(cell_text(row[part]) for part in parts))
        drawn.append(
            svg.Text(x=round(NAME + longest + 8, 1), y=y + 15, class_=["soft"], text=figure)
        )
        elements.append(svg.G(elements=drawn))
    return _svg(elements, len(rows) * ROW, answer.title) + _legend(answer, parts)


def _label(names: Sequence[str]) -> str:
    """Write the names of a row in the room beside its bar: of an image's path the end, which tells
    it from its neighbors.
    """
    room = NAMED // len(names)
    *first, last = names
    return " ".join([*(shortened(each, room) for each in first), path_end(last, room)])


def _sprawl(answer: Answer) -> str:
    """Draw each base as a bar of its tags, as wide as the images that stand on each."""
    rows = answer.rows[:BARS]
    tags_at = answer.columns.index("in use")
    most = max(sum(each["images"] for each in row[tags_at]) for row in rows)
    room = WIDTH - NAME - 2 * FIGURE
    elements: list[svg.Element] = []
    for number, row in enumerate(rows):
        y, x = number * ROW, float(NAME)
        label = escape(printable(shortened(str(row[0]), NAMED)))
        elements.append(svg.Text(x=NAME - 10, y=y + 15, text_anchor="end", text=label))
        for at, each in enumerate(row[tags_at]):
            wide = room * each["images"] / most
            told = escape(printable(f"{row[0]}:{each['tag']}, {each['images']} images"))
            color = f"c{at % 4}" if at < PARTS else "c4"
            title = svg.Title(text=told)
            elements.append(
                svg.Rect(
                    x=round(x, 1),
                    y=y + 3,
                    width=round(max(0.5, wide - 1.5), 1),
                    height=16,
                    rx=2,
                    class_=[color],
                    elements=[title],
                )
            )
            x += wide
        text = f"{len(row[tags_at])} tags"
        elements.append(svg.Text(x=round(x + 8, 1), y=y + 15, class_=["soft"], text=text))
    return _svg(elements, len(rows) * ROW, answer.title)


def _lines(answer: Answer, parts: Sequence[int]) -> str:
    """Draw columns over the days; nothing where there is only one."""
    rows = answer.rows
    most = max((_amount(row[part]) for row in rows for part in parts), default=0)
    if len(rows) <= 1 or not most:
        return ""
    first = rows[0][0].toordinal()
    span = max(1, rows[-1][0].toordinal() - first)
    low, room = HEIGHT - 30, WIDTH - LEFT - 20
    elements: list[svg.Element] = [
        svg.Line(x1=LEFT, x2=WIDTH - 20, y1=low, y2=low, class_=["axis"]),
        svg.Text(x=LEFT - 8, y=18, text_anchor="end", class_=["soft"], text=human_bytes(int(most))),
        svg.Text(x=LEFT - 8, y=low, text_anchor="end", class_=["soft"], text="0"),
        svg.Text(x=LEFT, y=HEIGHT - 8, class_=["soft"], text=f"{rows[0][0]}"),
        svg.Text(
            x=WIDTH - 20, y=HEIGHT - 8, text_anchor="end", class_=["soft"], text=f"{rows[-1][0]}"
        ),
    ]
    for at, part in enumerate(parts):
        points = [
            (
                round(LEFT + room * (row[0].toordinal() - first) / span, 1),
                round(low - (low - 14) * _amount(row[part]) / most, 1),
            )
            for row in rows
        ]
        line = [svg.Point(x, y) for x, y in points]
        elements.append(svg.Polyline(points=line, class_=["line", f"c{at}"]))
        elements += [svg.Circle(cx=x, cy=y, r=POINT, class_=[f"c{at}"]) for x, y in points]
    return _svg(elements, HEIGHT, answer.title) + _legend(answer, parts)


def _svg(elements: list[svg.Element], height: int, title: str) -> str:
    label = {"role": "img", "aria-label": f"{title}; the table below has the numbers"}
    box = svg.ViewBoxSpec(0, 0, WIDTH, height)
    return str(svg.SVG(viewBox=box, extra=label, elements=elements))


def _legend(answer: Answer, parts: Sequence[int]) -> str:
    """Say which color is which column, where there are several."""
    if len(parts) == 1:
        return ""
    items = "".join(
        f'<svg style="display:inline;width:12px;min-width:12px;height:12px" aria-hidden="true">'
        f'<rect width="12" height="12" rx="2" class="c{at}"/></svg>'
        f" {escape(answer.columns[part])} &nbsp; "
        for at, part in enumerate(parts)
    )
    return f"<p>{items}</p>"


def _foot() -> str:
    return (
        "<footer>Sizes are compressed bytes. ≈ marks an estimate, ≥ a lower bound: something of it"
        " is not known. dlint models them from what git holds, and reads registries' manifests."
        "</footer>"
    )
