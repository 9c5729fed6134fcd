"""The page on editors shows what there is."""

from __future__ import annotations

import json
import re

from house import PROJECT

TEXT = (PROJECT / "docs/editors.md").read_text(encoding="utf-8")


def test_the_commands_of_the_extension_are_listed() -> None:
    package = json.loads((PROJECT / "editors/vscode/package.json").read_text(encoding="utf-8"))
    commands = [
        (each["command"], f"{each['category']}: {each['title']}")
        for each in package["contributes"]["commands"]
    ]
    assert re.findall(r"^\| `([\w.]+)` \| (.+) \|$", TEXT, re.MULTILINE) == commands


def test_the_pictures_are_of_the_example() -> None:
    pictures = re.findall(r"\]\(([\w-]+\.svg)\)", TEXT)
    assert len(pictures) == 2
    for name in pictures:
        drawn = (PROJECT / "docs" / name).read_text(encoding="utf-8")
        assert "GIT_COMMIT" in drawn
        assert "rebuilt" in drawn
