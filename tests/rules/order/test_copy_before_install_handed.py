"""Installs whose manifests come from another stage, with all that is built there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

copy_before_install = partial(checked, rule="order/copy-before-install")
MANIFEST = 'package.json: {{"name": "shop", "dependencies": {{"express": "4.19.2"}}{}}}\\n\n'
REST = (
    'package-lock.json: {"name": "shop", "lockfileVersion": 3}\\n\n'
    "requirements.txt: requests==2.32.3\\n\nsrc/index.js 3kB\nscript.py 1kB\n"
    ".dockerignore: node_modules\\n\n"
)
NODE = MANIFEST.format("") + REST
BUILDER = (
    "FROM node:22 AS builder\nWORKDIR /src\nCOPY package.json package-lock.json requirements.txt ./\n"
    "RUN npm ci\nCOPY . .\nRUN npm run build{}\n"
)
FINAL = "FROM node:22-slim\nWORKDIR /app\n{}COPY --from=builder /src ./\nRUN {}\n"
GONE = " && rm -rf node_modules"


def found_in(tmp_path: Path, text: str, context: str = NODE) -> list[str]:
    found = copy_before_install(tmp_path, text=text, context=context).found
    return [each.help for each in found if "--from=builder" in each.message]


@pytest.mark.parametrize(
    ("build", "install", "advice"),
    [
        (GONE, "npm ci --omit=dev", "install, and then copy the rest"),
        (GONE, "npm install --production", "install, and then copy the rest"),
        (
            GONE,
            "npm ci --omit=dev && node src/tidy.js",
            "install in a `RUN` of its own, and then copy the rest",
        ),
        (
            GONE,
            "sed -i /electron/d package.json && npm ci",
            "install in a `RUN` of its own that edits them, too, and then copy the rest",
        ),
        ("", "npm ci --omit=dev", "install, and then copy the rest without `node_modules`"),
    ],
)
def test_manifests_with_all_that_is_built_beside_them(
    tmp_path: Path, build: str, install: str, advice: str
) -> None:
    [told] = found_in(tmp_path, BUILDER.format(build) + FINAL.format("", install))
    first = "copy `package-lock.json` and `package.json` from `builder` first"
    assert told == f"{first}, {advice}"


def test_a_list_of_pip(tmp_path: Path) -> None:
    install = "pip install -r requirements.txt"
    [told] = found_in(tmp_path, BUILDER.format("") + FINAL.format("", install))
    assert told.startswith("copy `requirements.txt` from `builder` first, install, and")


def test_manifests_that_a_build_has_moved(tmp_path: Path) -> None:
    context = NODE + ".npmrc: engine-strict=true\\n\n"
    build = (
        "FROM node:22 AS builder\nWORKDIR /src/build\nCOPY . .\n"
        "RUN npm ci && npm run build && mv dist/* /src/ && rm -rf /src/build\n"
    )
    [told] = found_in(tmp_path, build + FINAL.format("", "npm ci --omit=dev"), context)
    first = (
        "copy `package-lock.json` and `package.json` (and `.npmrc`, if it is there) from `builder`"
    )
    assert told == f"{first} first, install, and then copy the rest"


@pytest.mark.parametrize(
    ("above", "build", "install"),
    [
        ("COPY package.json package-lock.json ./\nRUN npm ci\n", GONE, "npm run check"),
        ("COPY package.json package-lock.json ./\n", GONE, "npm ci"),
        ("COPY --from=builder /src/package*.json ./\nRUN npm ci\n", GONE, "npm run check"),
        ("COPY --from=builder /src/dist /srv\n", GONE, "npm ci"),  # runs again with that as well
        ("COPY . /srv\n", GONE, "npm ci"),
        ("", "", "npm install --omit=dev"),  # of what is there it only takes away
        ("", GONE, "./prepare.sh && npm ci"),
        ("", GONE, "npm install express"),
        ("", GONE, "node src/index.js"),
    ],
)
def test_where_nothing_is_known_to_be_spared(
    tmp_path: Path, above: str, build: str, install: str
) -> None:
    assert not found_in(tmp_path, BUILDER.format(build) + FINAL.format(above, install))


def test_an_install_that_may_read_more(tmp_path: Path) -> None:
    context = MANIFEST.format(', "scripts": {"postinstall": "node src/index.js"}') + REST
    text = BUILDER.format(GONE) + FINAL.format("", "npm ci")
    assert not any("first, install" in each for each in found_in(tmp_path, text, context))


def test_a_stage_that_does_not_ship(tmp_path: Path) -> None:
    text = BUILDER.format(GONE) + FINAL.format("", "npm ci").replace("slim", "slim AS check")
    last = "FROM node:22-slim\nCOPY --from=check /app/report /report\n"
    assert not found_in(tmp_path, text + last)
