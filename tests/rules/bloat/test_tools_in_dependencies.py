"""Which tools of the build a manifest lists among what the program needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN {}\n{}CMD {}\n"
PRODUCTION = "npm install --omit=dev"


@pytest.mark.parametrize(
    ("dependencies", "scripts", "run", "more", "start", "wanted"),
    [
        (["grunt", "bower"], {}, PRODUCTION, "", "node .", [4]),
        (["express", "eslint-plugin-vue"], {}, PRODUCTION, "", "node .", [4]),
        (["express"], {}, PRODUCTION, "", "node .", []),
        (["@types/node"], {}, PRODUCTION, "", "node .", []),  # small, and no program
        (["grunt"], {}, "npm install", "", "node .", []),  # which brings tools anyway
        (["bower"], {"postinstall": "bower install"}, PRODUCTION, "", "node .", []),
        (["nodemon"], {"start": "nodemon ."}, PRODUCTION, "", "npm start", []),
        (["webpack"], {"build": "webpack"}, PRODUCTION, "RUN npm run build\n", "node .", []),
        (["gulp"], {}, PRODUCTION, "RUN node_modules/.bin/gulp\n", "node .", []),
        (["mocha"], {}, PRODUCTION, "", "npx mocha", []),
        (["webpack"], {}, PRODUCTION, "RUN bundle exec rake assets:precompile\n", "puma", []),
        (["webpack"], {}, PRODUCTION, "RUN bundle exec rake db:schema:load\n", "puma", [4]),
        (["webpack"], {}, PRODUCTION, "RUN mix assets.deploy\n", "mix start", []),
    ],
)
def test_tools(  # noqa: PLR0913, PLR0917  a row of the table
    tmp_path: Path,
    dependencies: list[str],
    scripts: dict[str, str],
    run: str,
    more: str,
    start: str,
    wanted: list[int],
) -> None:
    told = json.dumps({"dependencies": dict.fromkeys(dependencies, "1"), "scripts": scripts})
    text = TEXT.format(run, more, start)
    found = checked(tmp_path, "bloat/tools-in-dependencies", text, f"package.json: {told}")
    assert found.lines == wanted


def test_an_image_without_command_may_be_there_to_build_on(tmp_path: Path) -> None:
    text = TEXT.format(PRODUCTION, "", "").replace("CMD ", "")
    context = 'package.json: {"dependencies": {"grunt": "1"}}'
    assert checked(tmp_path, "bloat/tools-in-dependencies", text, context).lines == []


def test_a_program_that_is_made_outside_may_load_any_tool(tmp_path: Path) -> None:
    text = TEXT.format(PRODUCTION, "COPY . .\n", "node dist/main.js")
    context = (
        'package.json: {"dependencies": {"prettier": "3"}}\n.dockerignore: *\\n!dist\\n!package.json\\n\n'
        "src/main.ts: const tool = require('prettier');"
    )
    assert checked(tmp_path, "bloat/tools-in-dependencies", text, context).lines == []


@pytest.mark.parametrize(
    ("path", "source", "wanted"),
    [
        ("src/build.js", "const webpack = require('webpack');", []),
        ("src/build.mjs", 'import webpack from "webpack";', []),
        ("src/build.ts", "await import('webpack/lib/x')", []),
        ("src/build.js", "require('webpack-merge')", [4]),
        ("webpack.config.js", "require('webpack')", [4]),
        ("test/build.js", "require('webpack')", [4]),
    ],
)
def test_a_tool_that_the_program_loads(
    tmp_path: Path, path: str, source: str, wanted: list[int]
) -> None:
    text = TEXT.format(PRODUCTION, "COPY . .\n", "node .")
    context = f'package.json: {{"dependencies": {{"webpack": "1"}}}}\n{path}: {source}'
    assert checked(tmp_path, "bloat/tools-in-dependencies", text, context).lines == wanted
