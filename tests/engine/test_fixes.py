"""What dlint's fixes do to images and pushes, by a real engine: each Dockerfile is built before and
after its fixes.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fixes import CASES
from harness.ahead import Ahead
from harness.images import settings_of, tree_of
from harness.project import Project, apply, lay_out, step
from harness.skips import require

from dlint.config.settings import Overrides
from dlint.findings import Safety
from dlint.fix.fixer import Fixer
from dlint.lint.engine import Checker, Spec, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fixes.case import Case
    from harness.images import Entry
    from harness.session import Session

    from dlint.fix.fixer import Fixed

REMOVES: Mapping[str, tuple[str, ...]] = {
    "bloat/archive-left": ("opt/tool-1.2.3.tar.gz",),
    "bloat/dev-deps-shipped": (
        "app/node_modules/jest*",
        "root/.npm/_cacache/jest*",
        "app/.venv/pytest*",
    ),
    "bloat/git-history": ("*/.git/objects/pack/history",),
    "bloat/late-cleanup": (),
    "bloat/metadata-copy-up": (),
    "bloat/pm-cache": (
        "root/.cache*",
        "root/.composer/cache*",
        "root/.npm*",
        "usr/local/share/.cache/yarn/v6/*",
        "var/cache/*/*",
        "var/lib/apt/lists/*",
    ),
    "bloat/recommends": ("usr/share/*-doc*", "usr/bin/*-doc"),
    "bloat/repeated-pm-transaction": (),
    "bloat/useradd-lastlog": ("var/log/lastlog",),
    "context/git-copied": ("app/.git", "app/.git/*"),
    "context/heavy-junk": ("app/node_modules/host-only*",),
    "context/ignore-lint": ("app/*/node_modules*",),
    "context/volatile-unused": ("app/README.md", "app/.github", "app/.github/*"),
    "mount/bind-instead-of-copy": ("tmp/driver.deb", "opt/setup", "opt/setup/*"),
    "mount/missing-cache": ("root/.cache*", "root/.npm*"),
    "mount/sharing": (),
    "mount/wrong-target": ("root/.cache*",),
    "order/base-copy-mode-bits": (),
    "order/copy-before-install": (),
    "order/split-update-install": ("var/lib/apt/lists/*",),
    "order/system-install-after-source": (),
    "order/volatile-arg": (),
    "order/volatile-before-stable": (),
    "pin/base-digest": (),
    "pin/lockfile-install": (),
    "stage/emulated-build": (),
}
"""What each rule's fix is meant to take out of the image; nothing else of the tree may differ."""
MODES = {"order/base-copy-mode-bits": ("etc/shop/*.toml",)}
"""Whose mode a rule's fix is meant to change."""
TOLD = ("status", ".dockerignore")
"""Files that may say something else: the list of what is installed, and what a fix edits."""
RUNS = [
    pytest.param(case, builder, id=f"{builder}-{name}")
    for name, case in CASES.items()
    for builder in case.builders
]
NOISE = 0.01
"""Times in a layer compress to a few bytes more or less: this part of what is pushed, and at least LEAST bytes."""
LEAST = 64


class Built(NamedTuple):
    """An image, and its two pushes."""

    tree: dict[str, Entry]
    settings: dict[str, Any]
    pushes: list[dict[str, Any]]


class Proof(NamedTuple):
    """A case's fixes, and the image before and after."""

    fixed: Fixed
    before: Built
    after: Built


@pytest.fixture(scope="module")
def proofs(
    request: pytest.FixtureRequest, programs: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ahead[Proof]]:
    for start in (
        lambda: (
            programs.insecure_registry
        ),  # first: for some seconds the engines go by the hosts file that they know
        lambda: programs.engine,
        lambda: programs.containerd_engine,
        lambda: (programs.registry, programs.served),
    ):
        require(start)
    folder = tmp_path_factory.mktemp("fixes")

    def prove_in_a_folder(case: Case, builder: str) -> Proof:
        return prove(programs, case, builder, folder / f"{builder}-{case.name}")

    with Ahead(request, "proofs", prove_in_a_folder) as ahead:
        yield ahead


@pytest.mark.parametrize(("case", "builder"), RUNS)
def test_image_and_push(
    case: Case, builder: str, proofs: Ahead[Proof], request: pytest.FixtureRequest
) -> None:
    fixed, before, after = proofs.of(request)
    assert {found.rule for found in fixed.mended} == set(case.rules), builder
    assert differences(case, before.tree, after.tree) == []
    assert after.settings == before.settings
    for old, new in zip(before.pushes, after.pushes, strict=True):
        most = old["pushed_layer_bytes"]
        assert new["pushed_layer_bytes"] <= most + max(LEAST, NOISE * most)


def test_every_rule_with_a_fix_is_proved() -> None:
    rules = Checker(Spec(Overrides(isolated=True))).plugins.rules
    fixing = {rule.name for rule in rules.values() if rule.fix in {Safety.SAFE, Safety.UNSAFE}}
    assert fixing == set(REMOVES) == {rule for case in CASES.values() for rule in case.rules}


def prove(programs: Session, case: Case, builder: str, to: Path) -> Proof:
    """Build and push a case before and after its fixes."""
    files = {"Dockerfile": case.dockerfile, **case.files}
    before = built(programs, builder, project(f"{case.name}/before", case, files), to / "before")
    names = {"@HTTP@": f"{programs.served.url}/{builder}", "@NAMED@": programs.insecure_host}
    fixed, mended = fix(case, files, to / "context", names)
    after = built(
        programs, builder, project(f"{case.name}/after", case, {**files, **mended}), to / "after"
    )
    return Proof(fixed, before, after)


def fix(
    case: Case, files: Mapping[str, Any], root: Path, names: Mapping[str, str]
) -> tuple[Fixed, dict[str, bytes]]:
    """Return what dlint's fixes do to a case, and the new text of the files that they change."""
    if case.history is None:
        for path, change in files.items():
            apply(root / path, change, names)
    else:
        steps = (step(files), *map(step, case.history))
        for _ in lay_out(Project(case.name, "", steps, context="."), root, names):
            pass
    # named, as the registry that a fix asks is the user's word, not that of a file found beside the
    # Dockerfile
    config = str(root / "dlint.toml") if "dlint.toml" in files else None
    checker = Checker(Spec(Overrides(config=config, select=case.rules)))
    fixed = Fixer(checker, Task(str(root / "Dockerfile")), unsafe=case.unsafe).run()
    assert not fixed.withdrawn
    texts = {change.after.path: change.after.encode() for change in fixed.changes}
    return fixed, {path.removeprefix(f"{root}/"): text for path, text in texts.items()}


def project(name: str, case: Case, files: Mapping[str, Any]) -> Project:
    """Return the case as a project: a first push, and another after a change of the source."""
    first, second = case.build
    steps = [
        step(files, build=first, served=case.served),
        *([step(case.edit, build=second)] if case.edit else []),
    ]
    context = "ctx" if case.history is None else "."
    return Project(name, case.name, tuple(steps), context=context, needs=case.needs)


def built(programs: Session, builder: str, project: Project, to: Path) -> Built:
    """Build and push a project; its image is that of the first push."""
    pushes = programs.run(project, builder, to, warm=True)
    engine = programs.containerd_engine if builder == "buildkit" else programs.engine
    image = pushes[0]["image"]
    return Built(tree_of(engine, image), settings_of(engine, image), pushes)


def differences(case: Case, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """Return what differs between two trees that no rule is meant to change."""
    removed = [pattern for rule in case.rules for pattern in REMOVES[rule]]
    changed = [pattern for rule in case.rules for pattern in MODES.get(rule, ())]
    found = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old and new and any(fnmatch.fnmatchcase(path, pattern) for pattern in changed):
            old = old._replace(mode=new.mode)
        gone = new is None and any(fnmatch.fnmatchcase(path, pattern) for pattern in removed)
        if old != new and not gone and path.rpartition("/")[2] not in TOLD:
            found.append(f"{path}: {old} -> {new}")
    return found
