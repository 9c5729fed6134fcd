"""What steps start in scripts."""

from __future__ import annotations

from dlint.project.script_calls import with_scripts, with_settings


def test_a_script_is_read_where_it_is_started_first() -> None:
    scripts = {"ci/image.sh": "docker build -t shop .\n"}
    found = with_scripts("ci/image.sh web\nci/image.sh api\n", ".", scripts)
    assert found == "docker build -t shop .\n\nci/image.sh api\n"


def test_settings_are_read_once() -> None:
    assert with_settings(". ./.env\n. ./.env\n", lambda _: "TAG=1") == "TAG=1\n. ./.env\n"
