"""The house: what the project's own files promise each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from house import FLOOR, PROJECT, circles, files, modules, room_of, upward
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dlint
from dlint.lint.plugins import Plugins
from dlint.rule.rule import SITE

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())
LOCKS = ("requirements/run.lock", "requirements/dev.lock")
SOURCES = [path for path in files() if path.suffix == ".py" and path.parts[0] in {"dlint", "rules"}]
TEXTS = [
    path
    for path in files()
    if path.parts[0] not in {"fixtures", "tests"}
    and path.parts[:2] != ("fuzz", "corpus")
    and path.suffix not in {".png", ".sqlite", ".svg"}
]


def pins(lock: str) -> dict[str, str]:
    """Read the versions that a lock file names."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def wanted(group: str) -> list[str]:
    """List a dependency group's requirements, with those of the groups in it."""
    entries = SETTINGS["dependency-groups"][group]
    nested = chain.from_iterable(
        wanted(entry["include-group"]) for entry in entries if isinstance(entry, dict)
    )
    return [entry for entry in entries if isinstance(entry, str)] + list(nested)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_hashes_and_no_registry(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(lock))
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    asked = SETTINGS["project"]["dependencies"].copy()
    if lock.endswith("dev.lock"):
        asked += wanted("dev") + list(
            chain.from_iterable(SETTINGS["project"]["optional-dependencies"].values())
        )
    locked = pins(lock)
    for requirement in map(Requirement, asked):
        version = locked.get(canonicalize_name(requirement.name))
        assert version, requirement.name
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_tests_run_with_what_users_get() -> None:
    run, dev = map(pins, LOCKS)
    assert {name: dev.get(name) for name in run} == run


def test_the_version_is_the_same_everywhere() -> None:
    version = SETTINGS["project"]["version"]
    assert f"## {version}" in (PROJECT / "CHANGELOG.md").read_text().splitlines()
    assert dlint.__version__ == version
    texts = [path for path in TEXTS if path.suffix == ".md" and path.name != "CHANGELOG.md"]
    named = re.findall(
        r"\brev: v(\S+)|OWNER/dlint@v(\S+)",
        "".join((PROJECT / path).read_text() for path in texts),
    )
    assert {"".join(pair) for pair in named} == {version}


def test_every_page_is_on_the_site_that_pyproject_names() -> None:
    assert SETTINGS["project"]["urls"]["Documentation"] == SITE
    rules = Plugins(third_party=False).rules
    assert {rule.url for rule in rules.values()} == {f"{SITE}rules/{name}/" for name in rules}


@pytest.mark.parametrize("path", [path for path in files() if path.suffix == ".md"], ids=str)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", (PROJECT / path).read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if "://" in target:
            continue
        page = (PROJECT / path).parent / name if name else PROJECT / path
        assert page.exists(), target
        assert not anchor or anchor in _anchors(page.read_text()), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_texts_end_their_lines_as_the_editor_settings_say() -> None:
    for path in TEXTS:
        text = (PROJECT / path).read_bytes().decode()
        assert "\r" not in text, path
        assert not text or (text.endswith("\n") and not text.endswith("\n\n")), path
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path


@pytest.mark.parametrize("script", [".ci/run", ".ci/lock"])
def test_scripts_are_valid_bash(script: str) -> None:
    subprocess.run(["bash", "-n", PROJECT / script], check=True)


def test_every_room_is_on_a_floor() -> None:
    assert {room_of(module) for module in modules()} == set(FLOOR)


def test_every_room_imports_only_from_floors_below() -> None:
    assert not [str(each) for each in upward()]


def test_only_instructions_and_their_problems_import_each_other() -> None:
    assert circles() == [{"dlint.syntax.instructions", "dlint.syntax.problems"}]


# Who alone may import what: each is slow to load, or has an interface that only one place should
# know.
BORDERS = {
    "dockerfile_parse": r"dlint/syntax/library\.py",
    "e2b_dockerfile_utils": r"dlint/context/moby\.py",
    "libcst": r"dlint/reads/python_code\.py",
    "msgspec": r"dlint/config/(kinds|reading|schema)\.py",
    "packaging": r"dlint/(config/extending\.py|manifests/|sizes/indexes/)",
    "yaml": r"dlint/manifests/",
    "hcl2": r"dlint/project/hcl\.py",
    "lark": r"dlint/project/hcl\.py",
    "tree_sitter": r"dlint/shell/",
    "tree_sitter_bash": r"dlint/shell/",
    "docker": r"dlint/images/",
    "requests": r"dlint/(network/|images/|sizes/indexes/http\.py)",
    "svg": r"dlint/(history|fleet)/page\.py",
    "pyarrow": r"dlint/fleet/",
    "duckdb": r"dlint/fleet/views\.py",
    "distributed": r"dlint/fleet/engine\.py",
    "fsspec": r"dlint/fleet/store\.py",
    "rich": r"dlint/(cli|reporters)/",
    "dlint_rules": r"$",
}


@pytest.mark.parametrize("module", BORDERS)
def test_only_its_own_place_imports(module: str) -> None:
    importers = {
        path.as_posix()
        for path in SOURCES
        if module in {name.partition(".")[0] for name in _imports(path)}
    }
    assert not [name for name in importers if not re.match(BORDERS[module], name)]


RULES = [
    path
    for path in SOURCES
    if path.parts[0] == "rules" and path.name not in {"__init__.py", "index.py"}
]
MOST_IMPORTS = 12  # public names that one rule takes, types included
MOST_LINES = 200  # of a rule's file, its page aside


@pytest.mark.parametrize("path", RULES, ids=str)
def test_a_rule_imports_nothing_of_dlint_but_its_public_api(path: Path) -> None:
    """What it imports is in the stub's list, and what it takes of a namespace in `__all__`."""
    inner = {name for name in _imports(path) if name.startswith(("dlint.", "dlint_rules"))}
    assert not inner
    assert _public_imports(path) <= set(dlint.__all__)
    namespaces = {
        name: set(value.__all__)
        for name in _public_imports(path)
        if isinstance(value := getattr(dlint, name), ModuleType)
    }
    taken = [
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse((PROJECT / path).read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    assert not [
        f"{namespace}.{name}"
        for namespace, name in taken
        if namespace in namespaces and name not in namespaces[namespace]
    ]


@pytest.mark.parametrize("path", RULES, ids=str)
def test_a_rule_has_its_own_file_of_tests(path: Path) -> None:
    assert (PROJECT / "tests" / path.parent / f"test_{path.name}").is_file()


# Tests of what no one module does, in the folder of those that do it together.
ACROSS = {
    "tests/cli/test_one_answer.py": "one question, asked of every verb",
    "tests/cli/test_views.py": "what verbs show at a terminal",
    "tests/cli/test_online.py": "what all verbs ask of package indexes",
    "tests/config/test_trust.py": "what a repository's own configuration may not ask for",
    "tests/images/test_access.py": "what is sent to which registry, whoever sends it",
    "tests/manifests/test_hostile.py": "what no file of a stranger's may do to a reader",
    "tests/manifests/test_node.py": "the formats of npm, Yarn and pnpm, of which one answers for all",
    "tests/manifests/test_others.py": "the formats with few cases each",
    "tests/manifests/test_python_locks.py": "the lock files of Python's managers, side by side",
    "tests/sizes/test_honest.py": "numbers that were wrong, whoever gave them",
    "tests/shell/managers/test_made_up.py": "a manager that is in no module",
    "tests/syntax/test_properties.py": "what holds for any text, from the parser to the edits",
}
TESTS = [
    path
    for path in files()
    if path.parts[0] == "tests"
    and len(path.parts) > 2
    and path.name.startswith("test_")
    and path.parts[1] not in {"engine", "rules"}
]


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_tests_stand_where_their_module_does(path: Path) -> None:
    """`tests/FOLDER/test_MODULE.py`, or `test_MODULE_ASPECT.py`, or `test_FOLDER.py` for all."""
    folders = path.parts[1:-1]
    modules = {each.stem for each in SOURCES if each.parts[1:][: len(folders)] == folders}
    name = path.stem.removeprefix("test_")
    assert (
        name in modules | {*folders}
        or any(name.startswith(f"{module}_") for module in modules)
        or path.as_posix() in ACROSS
    )


@pytest.mark.parametrize("path", RULES, ids=str)
def test_a_rule_imports_few_names(path: Path) -> None:
    assert len(_public_imports(path)) <= MOST_IMPORTS


@pytest.mark.parametrize("path", RULES, ids=str)
def test_a_rule_is_read_at_one_go(path: Path) -> None:
    """What it knows of managers and builds stands in dlint/shell/managers and dlint/facts."""
    text = (PROJECT / path).read_text()
    page = ast.parse(text).body[0].end_lineno or 0
    assert len(text.splitlines()) - page <= MOST_LINES


def _public_imports(path: Path) -> set[str]:
    """List the names that a module imports from the public API, those for types among them."""
    return {
        alias.name
        for node in ast.walk(ast.parse((PROJECT / path).read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "dlint"
        for alias in node.names
    }


@cache  # a dozen tests ask the same 500 files
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse((PROJECT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return frozenset(found)


def test_the_projects_own_dockerfile_is_clean() -> None:
    command = [
        sys.executable,
        "-m",
        "dlint",
        "check",
        "--fail-on",
        "info",
        "--no-push",
        "Dockerfile",
    ]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
