"""Draw what Neovim shows of the language server, for docs/editors.md:
`python tools/editors/pictures.py`.

Neovim runs at a terminal that nobody looks at, and is asked for each cell of its screen, so that
the pictures are what somebody would see. Needs Neovim 0.10 and dlint with the extra `server`.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
WIDTH, HEIGHT = 126, 13  # columns and lines of the screen
SCRIPT = """
local function wait(what, holds)
  if not vim.wait(60000, holds, 20) then error("never: " .. what) end
end
local function has(code)
  return vim.iter(vim.diagnostic.get(0)):any(function(each) return each.code == code end)
end
local shown = {}
local function draw(name)
  vim.cmd.redraw()
  vim.wait(100, function() return false end)
  local rows = {}
  for row = 0, vim.o.lines - 1 do
    local cells = {}
    for column = 0, vim.o.columns - 1 do
      -- a cell that was never drawn has no look
      local drawn, cell = pcall(vim.api.nvim__inspect_cell, 1, row, column)
      local text, look = " ", {}
      if drawn and cell[1] then text, look = cell[1], cell[2] end
      local words = {}
      for _, name in ipairs({ "bold", "italic", "underline", "reverse" }) do
        if look[name] then table.insert(words, name) end
      end
      if look.foreground then table.insert(words, ("#%06x"):format(look.foreground)) end
      if look.background then table.insert(words, ("on #%06x"):format(look.background)) end
      table.insert(cells, { text, table.concat(words, " ") })
    end
    table.insert(rows, cells)
  end
  shown[name] = rows
end

vim.cmd.edit("Dockerfile")
wait("findings", function() return has("bloat/pm-cache") end)
vim.lsp.inlay_hint.enable(true)
wait("hints", function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 3 end)
draw("findings")
local function label(each) return each.inlay_hint.label end
local hints = vim.tbl_map(label, vim.lsp.inlay_hint.get({ bufnr = 0 }))
vim.api.nvim_win_set_cursor(0, { 5, 0 })
vim.lsp.buf.code_action({ filter = function(each) return each.isPreferred end, apply = true })
wait("a fix", function()
  return vim.api.nvim_buf_get_lines(0, 4, 5, false)[1]:find("rm %-rf") ~= nil
end)
wait("hints of the new text", function()
  return not vim.deep_equal(hints, vim.tbl_map(label, vim.lsp.inlay_hint.get({ bufnr = 0 })))
end)
draw("fixed")
vim.fn.writefile({ vim.json.encode(shown) }, "shown.json")
vim.cmd("qall!")
"""
INIT = """
vim.o.termguicolors, vim.o.number, vim.o.signcolumn = true, true, "yes"
vim.o.showmode, vim.o.ruler, vim.o.laststatus = false, false, 0
vim.o.wrap = false
"""
# rich's own, without the typeface that it takes from elsewhere
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px monospace; }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect width="{width}" height="{height}" fill="#14161b"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    """Draw all; the exit status."""
    recipes = re.findall(
        r"^```lua\n(.*?)^```$", (DOCS / "editors.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (recipe,) = (each for each in recipes if "vim.lsp.start" in each)
    with tempfile.TemporaryDirectory() as folder:
        shown = _shown(Path(folder), recipe)
    for name, rows in shown.items():
        path = DOCS / f"editor-{name}.svg"
        path.write_text(_svg(rows, name), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(PROJECT)} written\n")
    return 0


def _shown(folder: Path, recipe: str) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the cells of each screen."""
    shop = folder / "shop"
    shutil.copytree(PROJECT / "fixtures/shop", shop)
    identity = ("-c", "user.name=shop", "-c", "user.email=shop@example.com")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "The shop")):
        subprocess.run(["git", *identity, *words], cwd=shop, check=True)
    (folder / "init.lua").write_text(INIT + recipe)
    (folder / "script.lua").write_text(SCRIPT)
    places = {f"XDG_{each}_HOME": str(folder / each) for each in ("CONFIG", "DATA", "STATE")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = ["nvim", "-n", "-u", folder / "init.lua"]
    words += ["-c", f"lua vim.schedule(function() dofile('{folder}/script.lua') end)"]
    _at_terminal(words, shop, {**os.environ, **places, "PATH": path, "TERM": "xterm-256color"})
    if not (shop / "shown.json").exists():
        raise SystemExit("Neovim did not come to the end of the script")
    shown: dict[str, list[list[tuple[str, str]]]] = json.loads((shop / "shown.json").read_bytes())
    return shown


def _at_terminal(words: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    """Run a program at a terminal that nobody looks at, to its end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    with suppress(OSError):  # the other end is closed
        while os.read(ours, 1 << 16):
            pass
    os.close(ours)
    process.wait()


def _svg(rows: list[list[tuple[str, str]]], name: str) -> str:
    console = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        legacy_windows=False,
        color_system="truecolor",
        force_terminal=True,
    )
    for row in rows:
        line = Text(no_wrap=True)
        for style, cells in groupby(row, key=lambda cell: cell[1]):
            line.append("".join(text for text, _ in cells), style)
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title="", code_format=SVG, unique_id=name)
    return re.sub(r" +$", "", drawn, flags=re.MULTILINE).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
