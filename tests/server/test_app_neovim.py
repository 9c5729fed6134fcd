"""The server in a real editor, started by the recipe of the docs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from house import ENVIRONMENT, PROJECT, commit
from support import tree

pytest.importorskip("pygls", reason="dlint's extra `server` is not installed")

REQUIRED = "DLINT_NEOVIM_REQUIRED"  # set where it must be there: no test is skipped
RECIPES = re.findall(
    r"^```lua\n(.*?)^```$",
    (PROJECT / "docs" / "editors.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
TEXT = """\
FROM debian
RUN apt-get update && apt-get install -y --no-install-recommends curl
COPY "dateï" /srv/
"""
SCRIPT = """
local seen = {}
local function wait(what, holds)
  if not vim.wait(60000, holds, 20) then error("never: " .. what) end
end
local function codes()
  return vim.tbl_map(function(each) return each.code end, vim.diagnostic.get(0))
end
local function has(code) return function() return vim.tbl_contains(codes(), code) end end
local function lacks(code) return function() return not vim.tbl_contains(codes(), code) end end

vim.cmd.edit("Dockerfile")
wait("findings", has("pin/base-tag"))
seen.opened = codes()
vim.api.nvim_buf_set_text(0, 0, 11, 0, 11, { ":12.5-slim" })
wait("a finding that goes as its cause is mended", lacks("pin/base-tag"))
seen.typed = codes()

vim.lsp.inlay_hint.enable(true)
wait("hints", function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) == 3 end)
seen.hints = vim.tbl_map(
  function(each) return each.inlay_hint.label end,
  vim.lsp.inlay_hint.get({ bufnr = 0 })
)

vim.api.nvim_win_set_cursor(0, { 2, 0 })
vim.lsp.buf.code_action({
  filter = function(action) return action.isPreferred end,
  apply = true,
})
wait("a fix", lacks("bloat/pm-cache"))
seen.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)

vim.lsp.buf.hover()
wait("a hover", function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      local buffer = vim.api.nvim_win_get_buf(window)
      seen.hover = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\\n")
    end
  end
  return seen.hover ~= nil
end)

local client = vim.lsp.get_clients({ name = "dlint" })[1]
client.stop()
wait("the end of the server", function() return client.is_stopped() end)
vim.fn.writefile({ vim.json.encode(seen) }, "seen.json")
"""


def neovim() -> str:
    """Return the program; skip where it is not there, unless it must be."""
    found = shutil.which("nvim")
    if found is None:
        if os.environ.get(REQUIRED):
            pytest.fail("Neovim is not installed")
        pytest.skip("Neovim is not installed")
    return found


def test_neovim_shows_findings_hints_and_fixes(tmp_path: Path) -> None:
    program = neovim()
    (recipe,) = (each for each in RECIPES if "vim.lsp.start" in each)
    tree(tmp_path, {"Dockerfile": TEXT, "dateï": "", "init.lua": recipe, "script.lua": SCRIPT})
    commit(tmp_path)
    places = {f"XDG_{each}_HOME": str(tmp_path / each) for each in ("CONFIG", "DATA", "STATE")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{ENVIRONMENT['PATH']}"
    done = subprocess.run(
        [program, "--headless", "-n", "-u", "init.lua", "-c", "luafile script.lua", "-c", "qall!"],
        cwd=tmp_path,
        env=ENVIRONMENT | places | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert (tmp_path / "seen.json").exists(), done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert {"pin/base-tag", "bloat/pm-cache"} <= set(seen["opened"])
    assert "bloat/pm-cache" in seen["typed"]
    assert [each.rpartition(" · ")[2] for each in seen["hints"]] == ["rebuilt"] * 3
    assert seen["text"][1].endswith("curl && rm -rf /var/lib/apt/lists/*")
    assert "The layer of stage `0`" in seen["hover"]
