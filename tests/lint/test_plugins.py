"""Plugins: found where they are installed, named where they are broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from house import PROJECT
from support import dlint, install_plugin, rule_on, tree

from dlint import DlintError, hookimpl, walk_rules
from dlint.images.facts import ImageFacts, RegistrySettings
from dlint.lint.plugins import Plugins
from dlint.sizes.python import FIRST_PIP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlint import Rule

OLD = "FROM debian:12.5-slim\nMAINTAINER me\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return install_plugin(tmp_path / "site")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tree(tmp_path / "work", {"Dockerfile": OLD})


def test_an_installed_plugin_adds_its_rule(site: Path, work: Path) -> None:
    words = ("check", "--no-push", "--select", "corp")
    done = dlint(*words, cwd=work, PYTHONPATH=str(site))
    assert (done.returncode, done.stderr) == (1, "")
    assert (
        done.stdout
        == "Dockerfile:2:1: warning corp/maintainer write `LABEL org.opencontainers.image.authors=…`"
        " — help: write a label\n"
    )
    without = dlint(*words, "--no-plugins", cwd=work, PYTHONPATH=str(site))
    assert without.returncode == 2
    assert "--select: no rule or family is called 'corp'" in without.stderr


def test_its_options_and_its_fix_are_like_any_others(site: Path, work: Path) -> None:
    tree(work, {"dlint.toml": "[corp]\nlabel = 'owner'\n"})
    done = dlint("check", "--no-push", "--fix", cwd=work, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stderr
    assert (work / "Dockerfile").read_text() == 'FROM debian:12.5-slim\nLABEL owner="me"\n'
    tree(work, {"dlint.toml": "[corp]\nlabels = 'owner'\n"})
    done = dlint("check", "--no-push", cwd=work, PYTHONPATH=str(site))
    assert done.returncode == 2
    assert "dlint.toml:2: unknown option 'corp.labels'\nhint: did you mean 'label'?" in done.stderr


def test_its_alias_silences_it(site: Path, work: Path) -> None:
    tree(work, {"Dockerfile": "FROM debian:12.5-slim\n# hadolint ignore=DL4000\nMAINTAINER me\n"})
    assert (
        dlint("check", "--no-push", "--select", "corp", cwd=work, PYTHONPATH=str(site)).returncode
        == 0
    )


def test_its_output_format_is_known(site: Path, work: Path) -> None:
    done = dlint(
        "check",
        "--no-push",
        "--select",
        "corp",
        "--output-format",
        "count",
        cwd=work,
        PYTHONPATH=str(site),
    )
    assert (done.returncode, done.stdout) == (1, "1\n")


def test_it_is_listed_and_explained(site: Path, work: Path) -> None:
    listed = json.loads(
        dlint("plugins", "--output-format", "json", cwd=work, PYTHONPATH=str(site)).stdout
    )
    expected = {
        "name": "corp",
        "distribution": "dlint-corp",
        "version": "1.2.0",
        "rules": ["corp/maintainer"],
    }
    assert listed == {"schema": 1, "plugins": [expected]}
    assert "corp/maintainer" in dlint("rules", cwd=work, PYTHONPATH=str(site)).stdout
    assert dlint("explain", "corp/maintainer", cwd=work, PYTHONPATH=str(site)).stdout.startswith(
        "# corp/maintainer\n"
    )


def test_its_examples_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlint.testing import check_rule

    monkeypatch.syspath_prepend(PROJECT / "fixtures" / "plugin")
    (rule,) = walk_rules("dlint_corp.rules")
    check_rule(rule)


def test_its_image_facts_come_first(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    facts = Plugins().image_facts("corp:thing", "linux/amd64", RegistrySettings())
    assert facts == ImageFacts(
        source="corp:thing", digest="", platform="linux/amd64", layers=(), history=(), config={}
    )


def test_facts_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlint.images.asking.read_facts", lambda *_, **__: None)
    with pytest.raises(DlintError, match="nothing:x: not a transport"):
        Plugins(third_party=False).image_facts("nothing:x", "linux/amd64", RegistrySettings())


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        (
            "raise RuntimeError('no licence')",
            "plugin corp (dlint-corp 1.2.0) does not load: RuntimeError: no licence",
        ),
        (
            "import nonexistent",
            "plugin corp (dlint-corp 1.2.0) does not load: ModuleNotFoundError: No module named 'nonexistent'",
        ),
        ("def dlint_rules(): return [1]", "plugin corp: dlint_rules gives 1, which is not a Rule"),
        ("def dlint_rules(): return 1 // 0", "plugin corp: dlint_rules failed: ZeroDivisionError"),
        ("def dlint_rules(): yield 1 // 0", "plugin corp: dlint_rules failed: ZeroDivisionError"),
        (
            "def dlint_rulez(): return []",
            "plugin corp (dlint-corp 1.2.0) does not load: PluginValidationError: unknown hook 'dlint_rulez'",
        ),
        (
            "def dlint_rules(wrong): return []",
            "plugin corp (dlint-corp 1.2.0) does not load: PluginValidationError",
        ),
        (
            "def dlint_rules(): from dlint import Rule; return [Rule('syntax.error', 'x')]",
            "plugin corp: the rule syntax/error exists already, in dlint",
        ),
    ],
)
def test_a_broken_plugin_is_named_and_ends_the_run(
    hooks: str, message: str, site: Path, work: Path
) -> None:
    marked = hooks.replace("def ", "from dlint import hookimpl\n@hookimpl\ndef ")
    (site / "dlint_corp" / "hooks.py").write_text(f"{marked}\n")
    done = dlint("check", "--no-push", cwd=work, PYTHONPATH=str(site))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert (
        dlint(
            "check",
            "--no-push",
            "--no-plugins",
            "--select",
            "syntax",
            cwd=work,
            PYTHONPATH=str(site),
        ).returncode
        == 0
    )


def test_a_distribution_that_is_found_twice_counts_once(
    site: Path, work: Path, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    second = install_plugin(tmp_path / "second")
    done = dlint("plugins", cwd=work, PYTHONPATH=f"{site}:{second}")
    assert done.stdout == "corp (dlint-corp 1.2.0): 1 rule\n"


def test_dlints_own_rules_are_found_by_walking() -> None:
    files = sorted((PROJECT / "rules").glob("*/[a-z]*.py"))
    names = {f"{path.parent.name}/{path.stem}".replace("_", "-") for path in files}
    found = Plugins(third_party=False).rules
    assert names == {name for name in found if not name.startswith(("syntax/", "suppression/"))}
    assert list(found) == sorted(found)


def test_an_installation_without_rules_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"empty_rules/__init__.py": ""})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DlintError, match="no rule is installed below empty_rules"):
        list(walk_rules("empty_rules"))


def test_a_plugin_may_replace_an_output_format() -> None:
    class Mine:
        @hookimpl
        def dlint_reporters(self) -> dict[str, object]:
            return {"text": len}

        @hookimpl
        def dlint_rules(self) -> Iterator[Rule]:
            yield rule_on("mine/own", "RUN")

    plugins = Plugins(third_party=False)
    plugins.manager.register(Mine(), "mine")
    assert plugins.reporters["text"] is len
    assert plugins.rules_of("mine") == ["mine/own"]


def test_its_index_tells_what_a_company_s_packages_weigh(site: Path, work: Path) -> None:
    install = "RUN pip install --no-cache-dir corp-"
    tree(work, {"Dockerfile": f"FROM python:3.12\n{install}tools\n{install}no\n"})
    words = ("layers", "--output-format", "json")
    layers = json.loads(dlint(*words, cwd=work, PYTHONPATH=str(site)).stdout)["layers"]
    assert layers[0]["gzip_bytes"] == pytest.approx(3_000_000 + FIRST_PIP, rel=0.001)
    assert layers[0]["sources"] == ["our own index, 2026-01-01"]
    assert (layers[1]["gzip_bytes"], layers[1]["missing"]) == (
        None,
        ["corp-no: our index has none"],
    )
    without = dlint(*words, "--no-plugins", cwd=work, PYTHONPATH=str(site)).stdout
    assert json.loads(without)["layers"][0]["gzip_bytes"] is None
