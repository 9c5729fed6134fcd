"""What the tests of the house share: the project's own files, and a copy of them that may be
changed.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[1]
# Neither the user's git settings nor an outer hook's variables may decide a test.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TEMPLATE_DIR": "",  # no sample hooks in each repository
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
}
LEFT_OUT = {".git", ".venv", "build", "dist", "__pycache__"}


def files() -> list[Path]:
    """List the project's files relative to its root: what git tracks or would; all but rubbish in
    an unpacked sdist.
    """
    if (PROJECT / ".git").exists():
        command = [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        listed = subprocess.run(
            command, cwd=PROJECT, check=True, capture_output=True, text=True
        ).stdout
        return sorted(
            path
            for name in listed.split("\0")
            if name and (PROJECT / (path := Path(name))).is_file()
        )
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(_rubbish(part) for part in path.parts))


def _rubbish(part: str) -> bool:
    return (
        part in LEFT_OUT or part.endswith((".egg-info", "_cache", ".pyc")) or part == ".hypothesis"
    )


def copy_project(target: Path) -> Path:
    """Copy the project's files to `target`, as a clone of its next commit would hold them."""
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / path, target / path)
    return target


def check_schema(*words: str | Path) -> None:
    """Run check-jsonschema, in this process: its start takes longer than what it checks."""
    from check_jsonschema import main

    assert main.main([str(word) for word in words], standalone_mode=False) == 0


def commit(repository: Path, message: str = "All of it") -> None:
    """Commit everything in `repository`, which becomes one if it is none."""
    for words in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["commit", "--quiet", "--allow-empty", "--message", message],
    ):
        subprocess.run(["git", *words], cwd=repository, check=True, env=ENVIRONMENT)


# The floors of the house, from the ground up: a room imports only from floors below its own, types
# included. CONTRIBUTING.md says what each room holds.
TOWER = (
    ("errors", "faces", "hooks", "typed"),
    ("text", "network"),
    ("context", "shell", "findings", "manifests"),
    ("bytes", "syntax", "images", "packages"),
    ("project",),
    ("model",),
    ("reads",),
    ("facts",),
    ("installs",),
    ("sizes", "fixes"),
    ("rule",),
    ("config",),
    ("push",),
    ("lint",),
    ("fix",),
    ("testing", "__init__"),
    ("rules", "reporters"),
    ("history", "records"),
    ("order",),
    ("server", "fleet"),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: number for number, floor in enumerate(TOWER) for room in floor}


class Import(NamedTuple):
    """A name that one of the project's modules takes from another."""

    path: str
    line: int
    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.name} from {self.module}"


def modules() -> dict[str, Path]:
    """Return the project's modules by their dotted names, stubs after what they speak for."""
    found = {}
    for path in files():
        if path.suffix in {".py", ".pyi"} and path.parts[0] in {"dlint", "rules"}:
            name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            found[f"dlint_{name}" if path.parts[0] == "rules" else name] = path
    return found


def room_of(module: str) -> str:
    """Return the room that a module is in: its folder below dlint, or its own name."""
    package, _, rest = module.partition(".")
    return "rules" if package == "dlint_rules" else rest.partition(".")[0] or "__init__"


def imports_of(path: Path, known: dict[str, Path]) -> Iterator[Import]:
    """Yield what the module at `path` imports of the project, types included."""
    for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                for alias in names:
                    if alias.name in known:
                        yield Import(path.as_posix(), node.lineno, alias.name, alias.name)
            case ast.ImportFrom(str(module), names):
                for alias in names:
                    whole = f"{module}.{alias.name}"
                    if whole in known or module in known:
                        yield Import(
                            path.as_posix(),
                            node.lineno,
                            whole if whole in known else module,
                            alias.name,
                        )


@cache
def imports() -> dict[str, list[Import]]:
    """Return what each module imports of the project."""
    known = modules()
    return {module: list(imports_of(path, known)) for module, path in known.items()}


def upward() -> list[Import]:
    """List the imports that do not lead to a floor below."""
    return [
        found
        for module, each in imports().items()
        for found in each
        if (room := room_of(module)) != (other := room_of(found.module))
        and FLOOR[other] >= FLOOR[room]
        and found.name != "__version__"  # a text, which stands where all may read it
    ]


def circles() -> list[set[str]]:
    """List the modules that import each other, directly or by way of others."""
    leads = {module: {found.module for found in each} for module, each in imports().items()}
    reached = {module: _reached(module, leads) for module in leads}
    found = [{other for other in reached[module] if module in reached[other]} for module in leads]
    return [each for at, each in enumerate(found) if len(each) > 1 and each not in found[:at]]


def _reached(module: str, leads: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = [module]
    while todo:
        for other in leads[todo.pop()] - found:
            found.add(other)
            todo.append(other)
    return found
