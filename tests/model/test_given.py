"""Images that stand on others of the same Bake file, or take files from them: `target:NAME`."""

from __future__ import annotations

import json

import pytest
from past import commit, git

from dlint.cli import main

FILES = {
    "main/Dockerfile": """
FROM scratch AS tools
COPY tools /tools
FROM scratch AS rest
COPY app /app
""",
    "bake/shop.hcl": """
target tools {
  dockerfile = "main/Dockerfile"
  target = "tools"
}
target shop {
  dockerfile = "shop/Dockerfile"
  contexts = { tools = "target:tools" }
}
""",
    "shop/start.sh": "run",
    "app/a": "1",
    "tools/t": "1",
}
COPIES = "FROM scratch\nCOPY shop/start.sh /start.sh\nCOPY --from=tools /tools /usr/tools\n"


BASE = "FROM tools\nCOPY shop/start.sh /srv/start.sh\n"


@pytest.fixture(params=["bake/shop.hcl#shop", "shop/Dockerfile"])
def signs(request, tmp_path, monkeypatch, capsys):
    """Return what tells of each layer whether it is pushed after a change of a file."""

    def asked(text: str, changed: str) -> str:
        git(tmp_path, "init")
        commit(tmp_path, "one", {**FILES, "shop/Dockerfile": text})
        commit(tmp_path, "two", {changed: "2"})
        monkeypatch.chdir(tmp_path)
        assert main(["push", "--output-format", "json", request.param]) == 0
        layers = json.loads(capsys.readouterr().out)["layers"]
        told = {"Layer already exists": "=", "Pushed": "+"}
        return "".join(told.get(each["status"], "?") for each in layers)

    return asked


@pytest.mark.parametrize(
    ("text", "changed", "expected"),
    [
        (COPIES, "tools/t", "=+"),
        (COPIES, "app/a", "=="),
        (COPIES, "shop/start.sh", "++"),
        (BASE, "tools/t", "++"),
        (BASE, "app/a", "=="),
    ],
)
def test_what_another_target_brings(signs, text, changed, expected):
    assert signs(text, changed) == expected
