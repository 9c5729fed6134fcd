"""`--show-settings`, `--show-files`, `dlint config`, and what environment variables say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from house import PROJECT
from support import tree

from dlint.cli import main
from dlint.config.settings import VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    ".git/HEAD": "",
    "base.toml": "ignore = ['mount']\nmin-bytes = '2MiB'\n[pin]\nprecision = 'minor'\n[severity]\npin = 'info'\n",
    "dlint.toml": (
        "extend = 'base.toml'\nfail-on = 'error'\nignore = ['stage']\nexclude = ['old']\n"
        "[severity]\norder = 'error'\n[images.web]\nbudget = '2MB'\n"
    ),
    "Dockerfile": "FROM scratch\n",
    "old/Dockerfile": "FROM scratch\n",
    "web/Dockerfile": "FROM scratch\n",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = tree(tmp_path / "project", FILES)
    monkeypatch.chdir(folder)
    return folder


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[tuple[Any, str, str]]]:
    """Return the settings of one path: by key, the values with their places."""
    assert main(["check", "--show-settings", "--output-format", "json", *words]) == 0
    (path,) = json.loads(capsys.readouterr().out)["paths"]
    found: dict[str, list[tuple[Any, str, str]]] = {}
    for row in path["settings"]:
        found.setdefault(row["key"], []).append((row["value"], row["source"], row["place"]))
    return found


def test_each_setting_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "web")
    assert found["fail-on"] == [("error", "file", "dlint.toml:2")]
    assert found["min-bytes"] == [("2MiB", "file", "base.toml:2")]
    assert found["ignore"] == [
        (["mount"], "file", "base.toml:1"),
        (["stage"], "file", "dlint.toml:3"),
    ]
    assert found["severity.pin"] == [("info", "file", "base.toml:6")]
    assert found["severity.order"] == [("error", "file", "dlint.toml:6")]
    assert found["images.web"] == [({"budget": "2MB"}, "file", "dlint.toml:7")]
    assert found["pin.tag-precision.precision"] == [("minor", "file", "base.toml:4")]
    assert found["push.hot-layer.budget"] == [("8MB", "default", None)]
    assert found["builder"] == [("buildkit", "default", None)]
    assert found["output-format"] == [("json", "option", "--output-format")]
    assert "select" not in found


def test_options_go_before_variables_and_these_before_files(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLINT_FAIL_ON", "info")
    monkeypatch.setenv("DLINT_BUILDER", "docker")
    monkeypatch.setenv("DLINT_CACHE", "")  # says nothing
    found = shown(capsys, "--builder", "buildah", "--exclude", "new", "--build-arg", "A=1")
    assert found["fail-on"] == [("info", "environment", "DLINT_FAIL_ON")]
    assert found["builder"] == [("buildah", "option", "--builder")]
    assert found["cache"] == [("warm", "default", None)]
    assert found["exclude"] == [
        (["old"], "file", "dlint.toml:4"),
        (["new"], "option", "--exclude"),
    ]
    assert found["build-args.A"] == [("1", "option", "--build-arg")]


def test_what_of_the_users_own_file_holds_under_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = "online = false\nmin-bytes = 7\n[pin]\nprecision = 'patch'\nresolve = true\n"
    path = tree(tmp_path / "home", {"dlint/dlint.toml": own}) / "dlint" / "dlint.toml"
    found = shown(capsys)
    assert found["online"] == [(False, "file", f"{path}:1")]
    assert found["min-bytes"] == [("2MiB", "file", "base.toml:2")]
    assert found["pin.tag-precision.precision"] == [("minor", "file", "base.toml:4")]
    assert found["pin.remote-fetch.checksums"] == [(False, "default", None)]


def test_what_a_selection_replaces_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "--select", "pin")
    assert found["select"] == [(["pin"], "option", "--select")]
    assert found["ignore"] == [([], "default", None)]


def test_settings_as_text_say_the_same_again(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shown(capsys, "Dockerfile")
    assert main(["check", "--show-settings", "--output-format", "text", "Dockerfile"]) == 0
    text = capsys.readouterr().out
    head, *lines = text.splitlines()
    assert head == "# Dockerfile: dlint.toml, base.toml"
    assert 'fail-on = "error"                         # dlint.toml:2' in lines
    assert lines[-1].startswith("# ")
    kept = [line for line in lines if not line.startswith(("extend ", "ignore ", "images"))]
    (here / "again.toml").write_text("\n".join([*kept, "ignore = ['mount', 'stage']"]))
    again = shown(capsys, "--config", "again.toml", "Dockerfile")
    same = before.keys() - {"extend", "ignore", "images.web"}
    assert {key: [row[0] for row in before[key]] for key in same} == {
        key: [row[0] for row in again[key]] for key in same
    }


def test_the_files_that_would_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--show-files"]) == 0
    assert capsys.readouterr().out == "Dockerfile\nweb/Dockerfile\n"
    assert main(["check", "--show-files", "--output-format", "json", "--isolated", "old"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "files": ["old/Dockerfile"]}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FAIL_ON", "warn", "'warn' is not one of error, warning, info, never; did you mean 'warning'?"),
        ("JOBS", "0", "'0' is not a whole number of at least 1; `dlint check --help` lists the options"),
        ("JOBS", "many", "'many' is not a whole number of at least 1; `dlint check --help` lists the options"),
        ("BUILDER", "x", "'x' is not one of buildkit, docker, classic, buildah; `dlint check --help` lists the options"),
        ("CONFIG", "gone.toml", "gone.toml: no such file"),
        ("OUTPUT_FORMAT", "jso", "no output format is called 'jso'; did you mean 'json'?"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named(
    variable: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"DLINT_{variable}", value)
    assert main(["check", "Dockerfile"]) == 2
    message, _, hint = said.partition("; ")
    hinted = f"hint: {hint}\n" if hint else ""
    assert capsys.readouterr().err == f"dlint: error: DLINT_{variable}: {message}\n{hinted}"


def test_isolated_goes_before_a_named_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLINT_CONFIG", "gone.toml")
    assert main(["check", "--isolated", "Dockerfile"]) == 0
    assert main(["check", "--config", "dlint.toml", "Dockerfile"]) == 0


def test_variables_hold_in_other_processes_and_verbs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLINT_OUTPUT_FORMAT", "json")
    monkeypatch.setenv("DLINT_JOBS", "2")
    monkeypatch.setenv("DLINT_PLATFORM", "linux/arm64")
    assert main(["check", "Dockerfile", "web/Dockerfile"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["files"] == 2
    assert main(["layers"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == "Dockerfile"


def test_help_names_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert not [each for each in VARIABLES.values() if f"[env: {each}]" not in text]
    page = (PROJECT / "docs" / "configuration.md").read_text()
    assert not [each for each in VARIABLES.values() if f"`{each}`" not in page]


def test_a_key_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "fail-on", "--output-format", "json"]) == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    assert (key["default"], key["option"], key["variable"]) == (
        "warning",
        "--fail-on",
        "DLINT_FAIL_ON",
    )
    assert main(["config", "fail"]) == 2
    assert "no key is called 'fail'" in capsys.readouterr().err
    assert main(["config", "--output-format", "text"]) == 0
    assert capsys.readouterr().out.startswith("extend ")
