"""What the tests of the engine and the command line share."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from house import ENVIRONMENT, PROJECT

from dlint import Context, Cost, Finding, Rule
from dlint.config.settings import Overrides
from dlint.context import open_worktree
from dlint.lint.engine import Checker, Spec, Task
from dlint.model import Build
from dlint.model.keys import content_keys
from dlint.project.recipes import Recipes
from dlint.push.plan import Before, make_plan
from dlint.push.rows import rows
from dlint.push.sizes import Sizes
from dlint.rule.own import RULES
from dlint.sizes.ahead import questions_of
from dlint.syntax import Instruction
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dlint.findings import Fix
    from dlint.lint.report import FileReport
    from dlint.packages import SizeRequest

UNSET = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "GITHUB_WORKSPACE",
    "GITHUB_STEP_SUMMARY",
    "PYTHONPATH",
    "COLUMNS",
)


def rule_on(
    name: str,
    *keywords: str,
    cost: Cost | None = None,
    fix: Callable[[Instruction], Fix | None] | None = None,
    remedy: str = "",
    **facts: Any,
) -> Rule:
    """Make a rule that finds fault with every instruction of the given keywords."""
    made = Rule(name.replace("/", ".").replace("-", "_"), f"Finds {name}.", **facts)

    @made.on(Instruction)
    def check(instruction: Instruction, _: Context) -> Iterator[Finding]:
        if instruction.name in keywords:
            yield Finding(
                instruction,
                f"{instruction.name} found",
                cost=cost,
                fix=fix(instruction) if fix else None,
                help=remedy,
            )

    return made


def checker(*rules: Rule, **overrides: Any) -> Checker:
    """Give a checker that knows dlint's own rules and `rules`, and reads no configuration unless
    told to.
    """
    known = {rule.name: rule for rule in (*RULES, *rules)}
    return Checker(Spec(Overrides(**{"isolated": True} | overrides)), known)


def check(text: str, *rules: Rule, path: str = "Dockerfile", **overrides: Any) -> FileReport:
    """Check a Dockerfile's text."""
    return checker(*rules, **overrides).check(Task(path, text.encode()))


def found(report: FileReport) -> list[tuple[int, str]]:
    """List what a report holds as lines and rules."""
    return [(each.place.start.line, each.rule) for each in report.diagnostics]


def dlint(
    *words: str | Path, cwd: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    variables = {
        name: value for name, value in ENVIRONMENT.items() if name not in UNSET
    } | environment
    command = [sys.executable, "-m", "dlint", *map(str, words)]
    done = subprocess.run(
        command, cwd=cwd, env=variables, input=stdin, capture_output=True, check=False
    )
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def install_plugin(site: Path) -> Path:
    """Lay out the fixture plugin as an installer would; `site` then belongs on PYTHONPATH."""
    import shutil
    import tomllib

    home = PROJECT / "fixtures" / "plugin"
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    shutil.copytree(
        home / "dlint_corp", site / "dlint_corp", ignore=shutil.ignore_patterns("__pycache__")
    )
    metadata = site / f"dlint_corp-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = "".join(
        f"{name} = {value}\n" for name, value in project["entry-points"]["dlint"].items()
    )
    (metadata / "entry_points.txt").write_text(f"[dlint]\n{points}")
    return site


def tree(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def build(root: Path, text: str, files: dict[str, str] | None = None) -> Build:
    """Return the build of a Dockerfile whose context is a folder with some files."""
    return Build(parse(Source("Dockerfile", text)), open_worktree(tree(root, files or {}), None))


def recipes(root: Path, *dockerfiles: str, **texts: str) -> Recipes:
    """Return the recipes of a repository with these Dockerfiles and texts; `__` in a name is a
    folder.
    """
    named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in texts.items()}
    return Recipes(tree(root, {**dict.fromkeys(dockerfiles, "FROM scratch\n"), **named}))


# A sign for what a push does with a layer.
SIGNS = {"Pushed": "+", "Layer already exists": "=", "Pushed if changed": "?"}


def signs(root: Path, before: tuple[str, dict[str, str]], now: tuple[str, dict[str, str]]) -> str:
    """Return a sign for each layer but the base's of a push after another: text and files of the
    context, each.
    """
    old, new = (
        build(root / name, *told).fact(content_keys)
        for name, told in (("old", before), ("new", now))
    )
    plan = make_plan(Before(old), new, Sizes())
    return "".join(SIGNS[status] for _, _, status, _, _ in list(rows(plan))[1:])


def asked(root: Path, text: str, files: dict[str, str] | None = None) -> list[SizeRequest]:
    """Return what sources of packages' sizes are asked for it."""
    return [request for request, _ in questions_of(build(root, text, files))]
