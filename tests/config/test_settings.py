"""Settings: which file decides, what it may hold, and what the command line lays over it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from support import check, rule_on, tree

from dlint import DlintError, Rule, Severity, __version__
from dlint.config.settings import Configs, Overrides
from dlint.errors import UnreadableError
from dlint.rule.own import RULES


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


TUNED = Rule(
    "pin.tuned",
    "Tuned.",
    options={
        "level": Level.LOW,
        "count": 3,
        "loud": False,
        "names": ("a",),
        "insecure-registries": (),
    },
    aliases=("DL3009",),
)
KNOWN: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        *RULES,
        TUNED,
        rule_on("pin/plain", "RUN"),
        rule_on("order/one", "RUN"),
        rule_on("order/off", "RUN", default=False),
    )
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configs(**overrides: Any) -> Configs:
    return Configs(lambda: KNOWN, Overrides(**overrides))


def enabled(text: str, here: Path, **overrides: Any) -> set[str]:
    tree(here, {"dlint.toml": text})
    return {
        name for name in configs(**overrides).for_path(Path("Dockerfile")).rules if name[0] in "op"
    }


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"dlint.toml": 1, ".dlint.toml": 2, "pyproject.toml": 3}, 1),
        ({".dlint.toml": 2, "pyproject.toml": 3}, 2),
        ({"pyproject.toml": 3}, 3),
        ({"app/dlint.toml": 4, "dlint.toml": 1}, 4),
        ({"app/pyproject.toml": None, ".dlint.toml": 2}, 2),
        ({"app/x/dlint.toml": 5, "dlint.toml": 1}, 1),
        ({}, 1 << 20),
    ],
)
def test_the_nearest_file_wins(files: dict[str, int | None], expected: int, here: Path) -> None:
    def text(name: str, value: int | None) -> str:
        if value is None:
            return '[project]\nname = "dlint-user"\n'
        return (
            "[tool.dlint]\n" if name.endswith("pyproject.toml") else ""
        ) + f"min-bytes = {value}\n"

    tree(here, {name: text(name, value) for name, value in files.items()})
    (here / "app").mkdir(exist_ok=True)
    assert configs().for_path(Path("app/Dockerfile")).min_bytes == expected


def test_a_named_file_wins_over_the_nearest_and_isolated_over_all(here: Path) -> None:
    tree(here, {"dlint.toml": "min-bytes = 1\n", "other/settings.toml": "min-bytes = 2\n"})
    assert configs(config="other/settings.toml").for_path(Path("Dockerfile")).min_bytes == 2
    assert configs(isolated=True).for_path(Path("Dockerfile")).min_bytes == 1 << 20


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("gone.toml", None, "gone.toml: no such file"),
        ("pyproject.toml", "[project]\n", "pyproject.toml: it has no [tool.dlint] table"),
    ],
)
def test_a_named_file_must_be_one(name: str, text: str | None, message: str, here: Path) -> None:
    tree(here, {name: text} if text else {})
    with pytest.raises(DlintError, match=re.escape(message)):
        configs(config=name).for_path(Path("Dockerfile"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a = \n", "dlint.toml: not valid TOML: Invalid value (at line 1, column 5)", ""),
        ("# x\nselekt = []\n", "dlint.toml:2: unknown key 'selekt'", "did you mean 'select'?"),
        ("[ordr]\n", "dlint.toml:1: unknown key 'ordr'", "did you mean 'order'?"),
        (
            "select = 'pin'\n",
            "dlint.toml:1: select must be an array of strings, not a string ('pin')",
            "",
        ),
        ("select = [1]\n", "dlint.toml:1: select must be an array of strings, not an array", ""),
        (
            "\nfail-on = 'warn'\n",
            "dlint.toml:2: fail-on must be one of error, warning, info, never, not 'warn'",
            "did you mean 'warning'?",
        ),
        (
            "min-bytes = true\n",
            "dlint.toml:1: min-bytes must be a number of bytes, or a size such as 20MB or 1MiB, not a boolean (True)",
            "",
        ),
        (
            "min-bytes = 'lots'\n",
            "dlint.toml:1: min-bytes must be a number of bytes, or a size such as 20MB or 1MiB, not a string ('lots')",
            "",
        ),
        (
            "min-bytes = -1\n",
            "dlint.toml:1: min-bytes must be a number of bytes, or a size such as 20MB or 1MiB, not an integer (-1)",
            "",
        ),
        (
            "[severity]\npin = 'bad'\n",
            "dlint.toml:2: severity.pin must be one of error, warning, info, not 'bad'",
            "",
        ),
        (
            "[build-args]\nA = 1\n",
            "dlint.toml:2: build-args.A must be a string, not an integer (1)",
            "",
        ),
        (
            "persistent-builder = 1\n",
            "dlint.toml:1: persistent-builder must be true or false, not an integer (1)",
            "",
        ),
        ("pin = 1\n", "dlint.toml:1: pin must be a table, not an integer (1)", ""),
        (
            "[pin]\nlevl = 'low'\n",
            "dlint.toml:2: unknown option 'pin.levl'",
            "did you mean 'level'?",
        ),
        (
            "[pin]\nlevel = 'lo'\n",
            "dlint.toml:2: pin.level must be one of low, high, not 'lo'",
            "did you mean 'low'?",
        ),
        (
            "[pin.tuned]\ncount = 'x'\n",
            "dlint.toml:2: pin.tuned.count must be an integer, not a string ('x')",
            "",
        ),
        ("[pin.plain]\nlevel = 'low'\n", "dlint.toml:2: unknown option 'pin.plain.level'", ""),
        ("[pin]\ntuned = 2\n", "dlint.toml:2: pin.tuned must be a table, not an integer (2)", ""),
    ],
)
def test_mistakes_are_named_with_their_place(
    text: str, message: str, hint: str, here: Path
) -> None:
    tree(here, {"dlint.toml": text})
    with pytest.raises(DlintError) as caught:
        configs().for_path(Path("Dockerfile"))
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_table_that_is_none_in_pyproject(here: Path) -> None:
    tree(here, {"pyproject.toml": "[tool]\ndlint = 1\n"})
    with pytest.raises(DlintError, match=r"pyproject.toml:2: dlint must be a table"):
        configs().for_path(Path("Dockerfile"))


@pytest.mark.parametrize(
    ("text", "overrides", "expected"),
    [
        ("", {}, {"pin/tuned", "pin/plain", "order/one"}),
        ("select = ['pin']", {}, {"pin/tuned", "pin/plain"}),
        ("select = ['all']", {}, {"pin/tuned", "pin/plain", "order/one", "order/off"}),
        (
            "select = ['pin']\nextend-select = ['order/one']",
            {},
            {"pin/tuned", "pin/plain", "order/one"},
        ),
        ("ignore = ['pin']", {}, {"order/one"}),
        ("select = ['pin/tuned']\nignore = ['pin']", {}, {"pin/tuned"}),
        ("select = ['pin']\nignore = ['pin']", {}, set()),
        ("select = ['all']\nignore = ['order']", {}, {"pin/tuned", "pin/plain"}),
        ("extend-select = ['order/off']", {}, {"pin/tuned", "pin/plain", "order/one", "order/off"}),
        ("select = ['pin']", {"select": ("order",)}, {"order/one", "order/off"}),
        ("ignore = ['pin']", {"select": ("pin",)}, {"pin/tuned", "pin/plain"}),
        (
            "select = ['pin']",
            {"extend_select": ("order/one",)},
            {"pin/tuned", "pin/plain", "order/one"},
        ),
        ("select = ['pin']", {"ignore": ("pin/plain",)}, {"pin/tuned"}),
        ("select = []", {}, set()),
    ],
)
def test_selection(text: str, overrides: dict[str, Any], expected: set[str], here: Path) -> None:
    assert enabled(text, here, **overrides) == expected


def test_syntax_errors_are_found_whatever_is_selected() -> None:
    text = "FROM scratch\nRUNN\n"
    assert [each.rule for each in check(text, select=("suppression",)).diagnostics] == [
        "syntax/error"
    ]
    assert not check(text, select=("suppression",), ignore=("syntax/error",)).diagnostics


@pytest.mark.parametrize(
    ("text", "overrides", "message", "hint"),
    [
        (
            "\nselect = ['order/on']",
            {},
            "dlint.toml:2: select: no rule or family is called 'order/on'",
            "did you mean 'order/one'?",
        ),
        (
            "[severity]\norders = 'info'",
            {},
            "dlint.toml:1: severity: no rule or family is called 'orders'",
            "did you mean 'order'?",
        ),
        (
            "",
            {"ignore": ("tuned",)},
            "--ignore: no rule or family is called 'tuned'",
            "did you mean 'pin/tuned'?",
        ),
        (
            "",
            {"select": ("ORDER",)},
            "--select: no rule or family is called 'ORDER'",
            "did you mean 'order'?",
        ),
        (
            "",
            {"ignore": ("dl3009",)},
            "--ignore: no rule or family is called 'dl3009'",
            "DL3009 is part of pin/tuned",
        ),
        (
            "",
            {"extend_select": ("zzz",)},
            "--extend-select: no rule or family is called 'zzz'",
            "`dlint rules` lists them",
        ),
    ],
)
def test_unknown_selectors_name_where_they_come_from(
    text: str, overrides: dict[str, Any], message: str, hint: str, here: Path
) -> None:
    tree(here, {"dlint.toml": text})
    settings = configs(**overrides).for_path(Path("Dockerfile"))
    with pytest.raises(DlintError) as caught:
        settings.rules, settings.severity(TUNED, None)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_the_more_specific_severity_wins(here: Path) -> None:
    tree(here, {"dlint.toml": "[severity]\n'pin/tuned' = 'error'\nall = 'warning'\npin = 'info'\n"})
    settings = configs().for_path(Path("Dockerfile"))
    levels = [
        settings.severity(KNOWN[name], None) for name in ("pin/tuned", "pin/plain", "order/one")
    ]
    assert levels == [Severity.ERROR, Severity.INFO, Severity.WARNING]


def test_options_come_from_the_default_the_family_and_the_rule(here: Path) -> None:
    tree(
        here,
        {
            "dlint.toml": (
                "insecure-registries = ['r']\n[pin]\ncount = 4\nnames = ['b']\n[pin.tuned]\ncount = 5\nlevel = 'high'\n"
            )
        },
    )
    settings = configs(config="dlint.toml").for_path(Path("Dockerfile"))
    expected = {
        "min-bytes": 1 << 20,
        "level": Level.HIGH,
        "count": 5,
        "loud": False,
        "names": ("b",),
        "insecure-registries": ("r",),
    }
    assert settings.options(TUNED) == expected


def test_per_file_ignores_of_the_file_and_of_the_command_line(here: Path) -> None:
    tree(
        here,
        {
            "dlint.toml": "[per-file-ignores]\n'legacy' = ['order']\n'*.Dockerfile' = ['pin/plain']\n",
            "legacy/dev/Dockerfile": "",
        },
    )
    settings = configs(per_file_ignores=(("app/*", ("pin/tuned",)),)).for_path(Path("Dockerfile"))
    assert settings.ignored(Path("legacy/dev/Dockerfile")) == {"order/one", "order/off"}
    assert settings.ignored(Path("app/web.Dockerfile")) == {"pin/plain", "pin/tuned"}
    assert settings.ignored(Path("Dockerfile")) == frozenset()


def test_what_concerns_the_build(here: Path) -> None:
    text = (
        "targets = ['Dev']\nbuilder = 'docker'\npersistent-builder = true\nplatform = 'linux/arm64'\n"
        "[build-args]\nA = '1'\nB = '2'\n"
    )
    tree(here, {"dlint.toml": text})
    options = (
        configs(build_args=(("B", "3"),), target="web", cache="cold")
        .for_path(Path("Dockerfile"))
        .build_options
    )
    assert (options.build_args, options.target, options.targets) == (
        {"A": "1", "B": "3"},
        "web",
        frozenset({"dev"}),
    )
    assert (options.builder, options.cache, options.persistent, options.platform) == (
        "docker",
        "cold",
        True,
        "linux/arm64",
    )


def test_contexts(here: Path) -> None:
    tree(
        here,
        {
            "dlint.toml": "[contexts]\n'services/*/Dockerfile' = '.'\n'services' = 'services'\n",
            "services/web/Dockerfile": "",
        },
    )
    settings = configs().for_path(Path("services/web/Dockerfile"))
    assert settings.context_of(Path("services/web/Dockerfile")).resolve() == here
    assert settings.context_of(Path("services/web/dev.Dockerfile")).resolve() == here / "services"
    assert settings.context_of(Path("app/Dockerfile")) == Path("app")
    assert configs(context="x").for_path(Path("Dockerfile")).context_of(
        Path("services/web/Dockerfile")
    ) == Path("x")


def test_patterns_are_relative_to_the_file_that_holds_them(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(
        here,
        {
            "dlint.toml": "exclude = ['/app/vendor', 'old']\n",
            "app/vendor/Dockerfile": "",
            "app/Dockerfile": "",
        },
    )
    monkeypatch.chdir(here / "app")
    settings = configs(exclude=("mine",)).for_path(Path("Dockerfile"))
    taken = [
        settings.excluded(Path(path))
        for path in ("vendor/Dockerfile", "x/old/y/Dockerfile", "mine/Dockerfile", "Dockerfile")
    ]
    assert taken == [True, True, True, False]


@pytest.mark.parametrize(
    ("given", "configured", "expected"),
    [(None, None, Severity.WARNING), (None, "never", None), ("info", "never", Severity.INFO)],
)
def test_fail_on(
    given: str | None, configured: str | None, expected: Severity | None, here: Path
) -> None:
    tree(here, {"dlint.toml": f"fail-on = '{configured}'\n" if configured else ""})
    assert configs(fail_on=given).for_path(Path("Dockerfile")).fail_on is expected


@pytest.mark.parametrize("closed", [True, False])
def test_a_file_that_may_not_be_read_counts_unless_its_folder_is_closed(
    here: Path, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    def refused(path: Path) -> bytes:
        raise UnreadableError(str(path), "Permission denied")

    tree(here, {"secret/Dockerfile": "FROM x\n"})
    monkeypatch.setattr("dlint.config.files.read_if_there", refused)
    monkeypatch.setattr("os.access", lambda *_: not closed)
    if closed:
        assert configs().for_path(here / "secret/Dockerfile").rules
        return
    with pytest.raises(UnreadableError, match="Permission denied"):
        configs().for_path(here / "secret/Dockerfile")


def test_limits_of_images(here: Path) -> None:
    text = "[images.web]\nbudget = '20 MB'\n[images.'services/*']\nbudget = '1MB'\nmax-growth = '10%'\n"
    tree(here, {"dlint.toml": text, "services/web/Dockerfile": ""})
    settings = configs().for_path(Path("Dockerfile"))
    path = Path("services/web/Dockerfile")
    assert {str(each) for each in settings.limits(path, "web")} == {
        "budget of 20 MB",
        "max-growth of 10%",
    }
    assert not settings.limits(Path("Dockerfile"), "other")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[images.a]\nbudgt = '1MB'\n", "unknown key 'images.a.budgt'", "did you mean 'budget'?"),
        (
            "[images.a]\nbudget = '20'\n",
            "images.a.budget must be a size such as 20MB or 20MiB, or a share such as 10%, not a string ('20')",
            "",
        ),
        (
            "[images.a]\nmax-image-size = '20%'\n",
            "images.a.max-image-size must be a size such as 20MB or 20MiB, not a string ('20%')",
            "",
        ),
        ("x = 1\n[images]\na = 'b'\n", "unknown key 'x'", ""),
    ],
)
def test_mistakes_in_limits(text: str, message: str, hint: str, here: Path) -> None:
    tree(here, {"dlint.toml": text})
    with pytest.raises(DlintError) as caught:
        configs().for_path(Path("Dockerfile"))
    assert caught.value.message.partition(": ")[2] == message
    assert caught.value.hint == hint


def test_what_excludes_extends_and_gives_back(here: Path) -> None:
    tree(
        here,
        {"dlint.toml": "exclude = ['vendor/*', '!vendor/ours']\nextend-exclude = ['examples/']\n"},
    )
    settings = configs().for_path(Path("Dockerfile"))
    paths = ("vendor/a/Dockerfile", "vendor/ours/Dockerfile", "x/examples/Dockerfile", "examples")
    assert [settings.excluded(Path(path)) for path in paths] == [True, False, True, False]


def test_a_pattern_after_a_bang_means_all_other_files(here: Path) -> None:
    tree(here, {"dlint.toml": "[per-file-ignores]\n'!prod/' = ['order']\n"})
    settings = configs().for_path(Path("Dockerfile"))
    assert settings.ignored(Path("dev/Dockerfile")) == {"order/one", "order/off"}
    assert not settings.ignored(Path("prod/Dockerfile"))


BASE = """
ignore = ['order/one']
extend-select = ['order/off']
exclude = ['a']
extend-exclude = ['b']
min-bytes = 3
[severity]
pin = 'info'
order = 'error'
[pin.tuned]
count = 8
level = 'high'
"""


def test_what_a_file_extends_lies_below_it(here: Path) -> None:
    text = (
        "extend = '../base.toml'\nselect = ['order']\nexclude = ['c']\nextend-exclude = ['d']\n"
        "[severity]\npin = 'warning'\n[pin]\ncount = 9\n"
    )
    tree(here, {"base.toml": BASE, "app/dlint.toml": text, "app/Dockerfile": "", ".git/HEAD": ""})
    settings = configs().for_path(Path("app/Dockerfile"))
    assert set(settings.rules) == {"syntax/error", "order/one", "order/off"}
    assert settings.min_bytes == 3
    assert settings.severity(KNOWN["pin/plain"], None) is Severity.WARNING
    assert settings.severity(KNOWN["order/one"], None) is Severity.ERROR
    assert settings.options(TUNED)["count"] == 9
    assert settings.options(TUNED)["level"] is Level.HIGH
    # patterns are relative to the file that extends
    taken = [settings.excluded(Path("app", name, "Dockerfile")) for name in "abcd"]
    assert taken == [False, True, True, True]


def test_files_extend_files_that_extend_files(here: Path) -> None:
    tree(
        here,
        {
            "pyproject.toml": "[tool.dlint]\nextend = 'a/b.toml'\n",
            "a/b.toml": "extend = 'c/pyproject.toml'\nmin-bytes = 2\n",
            "a/c/pyproject.toml": "[tool.dlint]\nmin-bytes = 1\nleast-bytes = 1\n",
        },
    )
    settings = configs().for_path(Path("Dockerfile"))
    assert (settings.min_bytes, settings.least_bytes) == (2, 1)


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        ({"dlint.toml": "\nextend = 'b.toml'"}, "dlint.toml:2: b.toml: no such file", ""),
        (
            {"dlint.toml": "extend = 'b.toml'", "b.toml": "\nextend = 'dlint.toml'"},
            "b.toml:2: the files extend one another: dlint.toml extends b.toml extends dlint.toml",
            "",
        ),
        (
            {"dlint.toml": "extend = 'dlint.toml'"},
            "dlint.toml:1: the files extend one another: dlint.toml extends dlint.toml",
            "",
        ),
        (
            {"dlint.toml": "extend = 'pyproject.toml'", "pyproject.toml": "[tool.x]\n"},
            "dlint.toml:1: pyproject.toml: it has no [tool.dlint] table",
            "",
        ),
        (
            {"dlint.toml": "extend = 'b.toml'", "b.toml": "password = 'secret'"},
            "b.toml:1: dlint does not know this key; dlint.toml:1 extends the file",
            "",
        ),
        (
            {"dlint.toml": "extend = 'b.toml'", "b.toml": "secret"},
            "dlint.toml:1: b.toml is not valid TOML",
            "",
        ),
        (
            {"dlint.toml": "extend = 'b.toml'", "b.toml": "\nfail-on = 'warn'"},
            "b.toml:2: fail-on must be one of error, warning, info, never, not 'warn'",
            "did you mean 'warning'?",
        ),
        (
            {"dlint.toml": "extend = ['b.toml']"},
            "dlint.toml:1: extend must be the path of a file that is called *.toml, not an array",
            "",
        ),
        (
            {f"{at}.toml": f"extend = '{at + 1}.toml'" for at in range(30)}
            | {"dlint.toml": "extend = '0.toml'"},
            "8.toml:1: more than 10 files extend one another",
            "",
        ),
    ],
)
def test_mistakes_in_what_is_extended(
    files: dict[str, str], message: str, hint: str, here: Path
) -> None:
    tree(here, files)
    with pytest.raises(DlintError) as caught:
        configs().for_path(Path("Dockerfile"))
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("wanted", [">=0.1", "~=0.1", "==0.1.0", ">0.0.9, <1", "!=0.2"])
def test_a_version_that_is_wanted(wanted: str, here: Path) -> None:
    tree(here, {"dlint.toml": f"required-version = '{wanted}'\nmin-bytes = 5\n"})
    assert configs().for_path(Path("Dockerfile")).min_bytes == 5


@pytest.mark.parametrize("extended", [False, True])
def test_another_version_that_is_wanted_is_told_before_keys_of_its_own(
    here: Path, *, extended: bool
) -> None:
    text = "\nrequired-version = '>=7, <8'\nnew-key = 1\n"
    files = (
        {"dlint.toml": "extend = 'b.toml'", "b.toml": text} if extended else {"dlint.toml": text}
    )
    tree(here, files)
    with pytest.raises(DlintError) as caught:
        configs().for_path(Path("Dockerfile"))
    name = "b.toml" if extended else "dlint.toml"
    what = f"this configuration is for dlint >=7, <8, and this is dlint {__version__}"
    assert caught.value.message == f"{name}:2: {what}"
    assert caught.value.hint == "install that version: pip install 'dlint-dockerfile>=7,<8'"


def test_a_wanted_version_that_is_none(here: Path) -> None:
    tree(here, {"dlint.toml": "required-version = 'newest'\n"})
    with pytest.raises(DlintError, match=r"dlint\.toml:1: required-version must be version spec"):
        configs().for_path(Path("Dockerfile"))


def test_a_key_of_another_kind_sets_no_option_of_its_name(here: Path) -> None:
    rule = Rule("pin.trusted", "Trusted.", options={"images": (), "insecure-registries": ()})
    tree(here, {"named.toml": "insecure-registries = ['r']\n[images.web]\nbudget = '1MB'\n"})
    settings = configs(config="named.toml").for_path(Path("Dockerfile"))
    assert settings.options(rule)["images"] == ()
    assert settings.options(rule)["insecure-registries"] == ("r",)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("dlint.toml", "[pin]\ncount = 1\n[severity]\n\npin = 'x'\n", 5),
        ("dlint.toml", "severity.order = 'info'\nseverity.pin = 'x'\n", 2),
        ("dlint.toml", "\nseverity = {pin = 'x'}\n", 2),
        ("dlint.toml", "[pin.tuned]\ncount = 'x'\n", 2),
        ("dlint.toml", "['pin'.\"tuned\"]\n'count' = 'x'\n", 2),
        ("pyproject.toml", "[tool.x]\nselect = 1\n[tool.dlint]\nselect = 1\n", 4),
    ],
)
def test_the_line_of_a_mistake(name: str, text: str, line: int, here: Path) -> None:
    tree(here, {name: text})
    with pytest.raises(DlintError, match=f"^{name}:{line}: "):
        configs().for_path(Path("Dockerfile"))
