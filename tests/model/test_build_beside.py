"""Findings in a stage that a Compose file builds, and a pushed image only takes files from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
FROM node:20 AS deps
WORKDIR /deps
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile
FROM node:20 AS web
COPY --from=deps /deps/node_modules /app/node_modules
COPY server.js /app/
CMD ["node", "/app/server.js"]
"""
COMPOSE = "services:\n  deps:\n    image: shop/deps\n    build: {context: ., target: deps}\n"
WORKFLOW = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
    - uses: shop/actions/build-docker-image@v1
      with: {context: ., target: TARGET}
"""


@pytest.mark.parametrize(("target", "lines"), [("web", []), ("deps", [4])])
def test_the_cache_of_a_stage_whose_layers_are_in_no_image(
    tmp_path: Path, target: str, lines: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    workflow = tmp_path / ".github/workflows/a.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW.replace("TARGET", target))
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    assert checked(tmp_path, "bloat/pm-cache", TEXT, "package.json\nyarn.lock").lines == lines
