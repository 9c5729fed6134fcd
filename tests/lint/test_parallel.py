"""No Python file of the folder that is checked is imported: not by dlint, not by the processes that
it starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import ENVIRONMENT
from support import tree

# What Python, multiprocessing and dlint import; each tells who was imported, and by which process.
HOSTILE = (
    *(
        "multiprocessing/__init__",
        "json",
        "pickle",
        "socket",
        "signal",
        "runpy",
        "types",
        "threading",
        "selectors",
    ),
    *(
        "importlib",
        "importlib/__init__",
        "dlint",
        "dlint_rules",
        "__main__",
        "__mp_main__",
        "tree_sitter",
        "ast",
    ),
    *(
        "concurrent/__init__",
        "tempfile",
        "struct",
        "subprocess",
        "pluggy",
        "random",
        "hashlib",
        "re",
        "string",
    ),
)
FILES = 3
# As a program that has chosen how processes start. It stands elsewhere, so its own folder is first
# on the path.
DRIVER = """
import multiprocessing, sys
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    from dlint.cli import main
    sys.exit(main(sys.argv[2:]))
"""
CHECK = ("check", "--jobs", "2", "--no-push", ".")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    text = f"import os\nopen({str(tmp_path / 'pwned')!r}, 'a').write(__file__ + chr(10))\n"
    tree(tmp_path / "here", {f"{name}.py": text for name in HOSTILE})
    tree(
        tmp_path / "here",
        {f"{number}/Dockerfile": "FROM debian:12\nRUN apt-get update\n" for number in range(FILES)},
    )
    (tmp_path / "driver").mkdir()
    (tmp_path / "driver" / "drive.py").write_text(DRIVER)
    return tmp_path / "here"


def run(here: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=here,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def untouched(here: Path) -> bool:
    return not (here.parent / "pwned").exists()


def test_the_files_are_hostile(here: Path) -> None:
    run(here, "-c", "import json")
    assert not untouched(here)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_import_nothing_of_it(here: Path, method: str) -> None:
    done = run(here, here.parent / "driver/drive.py", method, *CHECK)
    assert untouched(here), (here.parent / "pwned").read_text()
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("bloat/pm-cache") == FILES


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_where_workers_would_not_heed_it_there_are_none(here: Path, method: str) -> None:
    """-E is handed down to them, and makes them overlook the variable."""
    done = run(here, "-E", here.parent / "driver/drive.py", method, *CHECK)
    assert untouched(here), (here.parent / "pwned").read_text()
    assert done.returncode == 1, done.stderr


def test_python_started_safely_and_the_console_script(here: Path) -> None:
    script = Path(sys.executable).parent / "dlint"
    ways = [
        ("-P", "-m", "dlint"),
        ("-I", "-m", "dlint"),
        *([(str(script),)] if script.exists() else []),
    ]
    for way in ways:
        done = run(here, *way, *CHECK)
        assert untouched(here), (way, (here.parent / "pwned").read_text())
        assert done.returncode == 1, done.stderr
    done = run(here, "-m", "dlint", *CHECK, PYTHONSAFEPATH="1")
    assert untouched(here)
    assert done.returncode == 1, done.stderr


def test_without_that_what_python_loads_before_dlint_is_not_held_but_the_rest_is(
    here: Path,
) -> None:
    for name in ("dlint", "importlib", "runpy", "types", "importlib/__init__"):
        (here / f"{name}.py").unlink()
    (here / "importlib").rmdir()
    done = run(here, "-m", "dlint", *CHECK)
    assert untouched(here), (here.parent / "pwned").read_text()
    assert done.returncode == 1, done.stderr


@pytest.mark.parametrize("value", [None, "", "1"])
def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Credential helpers are Python programs, too, and their own folder may be what they import
    from.
    """
    from dlint.lint.parallel import SAFE_PATH, safe_children

    if value is None:
        monkeypatch.delenv(SAFE_PATH, raising=False)
    else:
        monkeypatch.setenv(SAFE_PATH, value)
    with safe_children():
        assert os.environ[SAFE_PATH] == "1"
    assert os.environ.get(SAFE_PATH) == value
