"""Draw what Neovim shows of the language server, for docs/editors.md:
`python tools/editors/pictures.py`.

Neovim runs in a terminal of tmux, which tells what is on it. Needs tmux, Neovim 0.10 and dlint with
the extra `server`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
WIDTH, HEIGHT = 126, 14  # columns and lines of the terminal
PICTURES = ("findings", "fixed")
PATIENCE = 120  # seconds for each
# Each picture is waited for, and taken before the next step.
SCRIPT = """
local function wait(what, holds)
  if not vim.wait(60000, holds, 20) then error("never: " .. what) end
end
local function has(code)
  return vim.iter(vim.diagnostic.get(0)):any(function(each) return each.code == code end)
end
local function label(each) return each.inlay_hint.label end
local function hints()
  return vim.tbl_map(label, vim.lsp.inlay_hint.get({ bufnr = 0 }))
end
local function draw(name)
  vim.cmd.echo("''")
  vim.cmd.redraw()
  vim.fn.writefile({}, name .. ".drawn")
  wait(name, function() return vim.uv.fs_stat(name .. ".taken") end)
end

vim.cmd.edit("Dockerfile")
wait("findings", function() return has("bloat/pm-cache") end)
vim.lsp.inlay_hint.enable(true)
wait("hints", function() return #hints() > 3 end)
draw("findings")
local before = hints()
vim.api.nvim_win_set_cursor(0, { 5, 0 })
vim.lsp.buf.code_action({ filter = function(each) return each.isPreferred end, apply = true })
wait("a fix", function()
  return vim.api.nvim_buf_get_lines(0, 4, 5, false)[1]:find("rm %-rf") ~= nil
end)
wait("hints of the new text", function() return not vim.deep_equal(before, hints()) end)
draw("fixed")
vim.cmd("qall!")
"""
INIT = """
vim.o.termguicolors, vim.o.number, vim.o.signcolumn = true, true, "yes"
vim.o.showmode, vim.o.ruler, vim.o.laststatus, vim.o.wrap = false, false, 0, false
vim.o.background = "dark"
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
    text = (DOCS / "editors.md").read_text(encoding="utf-8")
    recipes = re.findall(r"^```lua\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (recipe,) = (each for each in recipes if "vim.lsp.start" in each)
    with tempfile.TemporaryDirectory() as folder:
        for name, screen in _screens(Path(folder), recipe).items():
            path = DOCS / f"editor-{name}.svg"
            path.write_text(_svg(screen, name), encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(PROJECT)} written\n")
    return 0


def _screens(folder: Path, recipe: str) -> dict[str, str]:
    """Return each screen as a text with its colors."""
    shop = folder / "shop"
    shutil.copytree(PROJECT / "fixtures/shop", shop)
    identity = ("-c", "user.name=shop", "-c", "user.email=shop@example.com")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "The shop")):
        subprocess.run(["git", *identity, *words], cwd=shop, check=True)
    (folder / "init.lua").write_text(INIT + recipe, encoding="utf-8")
    (folder / "script.lua").write_text(SCRIPT, encoding="utf-8")
    places = {f"XDG_{each}_HOME": str(folder / each) for each in ("CONFIG", "DATA", "STATE")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **places, "PATH": path, "COLORTERM": "truecolor"}
    tmux = ["tmux", "-S", str(folder / "tmux"), "-f", os.devnull]
    start = f"lua vim.schedule(function() dofile('{folder}/script.lua') end)"
    size = ["-x", str(WIDTH), "-y", str(HEIGHT + 1)]  # tmux takes a line
    neovim = ["nvim", "-n", "-u", str(folder / "init.lua"), "-c", start]
    subprocess.run(
        [*tmux, "new-session", "-d", *size, *neovim], cwd=shop, env=environment, check=True
    )
    try:
        return {name: _taken(tmux, shop, name) for name in PICTURES}
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def _taken(tmux: list[str], shop: Path, name: str) -> str:
    """Wait for a screen, and return it."""
    until = time.monotonic() + PATIENCE
    while not (shop / f"{name}.drawn").exists():
        if time.monotonic() > until:
            raise SystemExit(f"{name}: Neovim did not come so far")
        time.sleep(0.05)
    time.sleep(0.5)  # until tmux has drawn what Neovim wrote
    command = [*tmux, "capture-pane", "-e", "-p"]
    screen = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    (shop / f"{name}.taken").touch()
    return screen


def _svg(screen: str, name: str) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(screen.rstrip("\n")), soft_wrap=True)
    drawn = console.export_svg(title="", code_format=SVG, unique_id=name)
    return re.sub(r" +$", "", drawn, flags=re.MULTILINE).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
