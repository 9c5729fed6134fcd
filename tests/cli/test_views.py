"""What each view shows at a terminal of 60, 80, 120 and 200 columns.

DLINT_UPDATE_VIEWS=1 writes the snapshots anew: look at what has changed before you commit it. They
are in `views/`: a text for each width, and a drawing with the colors for one.
"""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from viewed import DOCKERFILE, INSTRUCTIONS, LAYERS, VIEWS

KEPT = Path(__file__).with_name("views")
UPDATE = os.environ.get("DLINT_UPDATE_VIEWS") == "1"
WIDTHS = (60, 80, 120, 200)
DRAWN = 100  # columns of the drawing
# rich's own, without the typeface that it takes from elsewhere
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px monospace; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect width="{width}" height="{height}" fill="#0c0c0c"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def held_against(name: str, text: str) -> None:
    path = KEPT / name
    if UPDATE:
        path.write_text(text, encoding="utf-8")
        pytest.skip("the snapshot was written anew")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_what_it_was(view: str, width: int) -> None:
    held_against(f"{view}-{width}.txt", VIEWS[view](color=False, width=width))


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_colors_that_it_had(view: str) -> None:
    held_against(f"{view}.svg", drawing(VIEWS[view](color=True, width=DRAWN), DRAWN))


def drawing(text: str, width: int) -> str:
    console = Console(record=True, width=width, file=StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(text), soft_wrap=True)
    drawn = console.export_svg(title="", code_format=SVG, unique_id="view")
    return re.sub(r" +$", "", drawn, flags=re.MULTILINE)


@pytest.mark.parametrize("width", [*WIDTHS, 73, 99, 100, 110])
@pytest.mark.parametrize("view", VIEWS)
def test_no_line_is_wider_than_the_terminal(view: str, width: int) -> None:
    lines = VIEWS[view](color=False, width=width).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("width", [*WIDTHS, 73, 99, 100, 110])
def test_a_layer_is_a_row_with_its_line_status_and_size(width: int) -> None:
    lines = VIEWS["push"](color=False, width=width).splitlines()
    for layer in LAYERS:
        [row] = [
            line
            for line in lines
            if re.match(rf" *{layer.line or ''}  {layer.instruction[:3]}", line)
            and str(layer.size) in line
        ]
        assert layer.status in row


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_rule_finds_is_wrapped_not_cut(width: int) -> None:
    shown = " ".join(VIEWS["rules"](color=False, width=width).split())
    assert "…" not in shown
    if width < 100:
        assert "so every source change installs them again" in shown


def test_an_instruction_is_shown_whole_where_there_is_room() -> None:
    longest = max((each.one_line for each in INSTRUCTIONS.values()), key=len)
    assert longest in DOCKERFILE
    for view in ("push", "layers"):
        assert longest not in VIEWS[view](color=False, width=120)
        assert longest in VIEWS[view](color=False, width=260)


@pytest.mark.parametrize("view", VIEWS)
def test_without_color_nothing_is_left_of_it(view: str) -> None:
    assert "\x1b" not in VIEWS[view](color=False, width=80)
    assert "\x1b[" in VIEWS[view](color=True, width=80)
