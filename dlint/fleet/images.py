"""The rows of a repository that is laid out: one for each image, as `dlint check` and `dlint
history` see it.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context.base import GIT_FOLDER
from dlint.errors import DlintError
from dlint.facts.uses import base_reference
from dlint.findings import Basis, Size
from dlint.fleet.owners import Owners
from dlint.fleet.schema import Row, row_of
from dlint.history.replay import replay, totals
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.failures import of_file
from dlint.lint.overtime import in_time
from dlint.lint.units import images_of, units_below
from dlint.model.keys import content_keys
from dlint.order.judges import contexts_of
from dlint.order.repacking import ways
from dlint.project.images import every_project, open_project
from dlint.push.line import PushLine
from dlint.push.plan import Before, make_plan
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.context import BuildContext
    from dlint.fleet.job import Job
    from dlint.fleet.workspace import Workspace
    from dlint.history.replay import CommitPush
    from dlint.images import Reference
    from dlint.lint.report import Diagnostic, FileReport
    from dlint.lint.units import Unit
    from dlint.project.images import Project as Described
    from dlint.push.plan import LayerPlan
    from dlint.rule.build import Build
    from dlint.text.source import Source

GIT_COPIED = "context/git-copied"  # the rule whose cost is the size of `.git`
MOST_IMAGES = 5000  # of one repository
WIDTH = 200  # characters of an instruction
LONGEST = 2000  # characters of an error


def rows_of(space: Workspace, job: Job, described: str = "") -> Iterator[Row]:
    """Yield the rows of a repository's images, or of those that one file of it describes; one
    without any has one row, in which no image is named.
    """
    checker = Checker(Spec(job.overrides, third_party=job.plugins, push=True))
    with closing(checker.share()):
        found = list(_projects(space.root, described))
        projects = [each for each in found if not isinstance(each, DlintError)]
        errors = [each for each in found if isinstance(each, DlintError)]
        units = _units(checker, space.root, projects, alone=not described)
        for error in errors:
            yield row_of({"error": _inside(space.root, error.message)})
        if not (units or errors):
            yield row_of({})
        if len(units) > MOST_IMAGES:
            more = len(units) - MOST_IMAGES
            yield row_of(
                {"error": f"{more} images are left out, at most {MOST_IMAGES} are checked"}
            )
        images = _Images(space, job)
        for unit in units[:MOST_IMAGES]:
            yield images.row(unit)


def _projects(root: Path, described: str) -> Iterator[Described | DlintError]:
    if not described:
        yield from every_project(root)
        return
    try:
        yield open_project(str(root / described))
    except DlintError as error:
        yield error


def _units(checker: Checker, root: Path, projects: list[Described], *, alone: bool) -> list[Unit]:
    return units_below(checker, root, projects) if alone else images_of(checker, projects)


def _inside(root: Path, text: str) -> str:
    """Write a text without the folder that the commit is laid out in, as seen from anywhere."""
    for folder in (root.as_posix(), os.path.relpath(root).replace(os.sep, "/")):
        text = text.replace(f"{folder}/", "").replace(folder, ".")
    return text[:LONGEST]


class _Images:
    """The images of one repository, which share what they have compressed."""

    def __init__(self, space: Workspace, job: Job) -> None:
        self._space = space
        self._root = space.root
        self._commits = job.commits
        self._owners = Owners.of(space.root)
        self._compressed: dict[bytes, int] = {}

    def row(self, unit: Unit) -> Row:
        """Return the row of an image; what fails is said in it."""
        told: Row = {
            "image": self._inside(unit.name),
            "dockerfile": self._inside(unit.task.path.partition("#")[0]),
            "lacking": self._space.lacking,
        }
        told["owners"] = self._owners.of_path(told["dockerfile"])
        try:
            with in_time(unit.task.path, "checked"):
                checked = unit.checker.check_text(unit.task.source())
                told |= self._checked(unit, checked.report)
                for build in checked.builds[:1]:
                    told |= self._built(build)
            with in_time(unit.task.path, "replayed"):
                told |= self._past(unit, checked.builds)
            if any(map(_copies_git, checked.builds)):
                _say_bound(told)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the other images are told
            told["error"] = self._inside(of_file(unit.task.path, error).message)
        return row_of(told)

    def _inside(self, text: str) -> str:
        return _inside(self._root, text)

    def _checked(self, unit: Unit, report: FileReport) -> Row:
        options = unit.checker.options(unit.task)
        context = unit.checker.settings(unit.task).context_of(Path(unit.task.path))
        failures = "; ".join(each.message for each in report.failures)
        push = report.push
        return {
            "context": self._inside(context.resolve().as_posix()),
            "target": options.target,
            "platform": options.platform,
            "error": self._inside(failures) or None,
            "findings": [self._finding(each) for each in report.diagnostics],
            **(self._push(push) if isinstance(push, PushLine) and push.is_told else {}),
        }

    def _finding(self, found: Diagnostic) -> Row:
        cost = found.cost
        return {
            "rule": found.rule,
            "severity": str(found.severity),
            "message": self._inside(found.message),
            "path": self._inside(found.place.path),
            "line": found.place.start.line,
            "image_bytes": cost.image_bytes if cost else None,
            "push_bytes": cost.push_bytes if cost else None,
            "basis": str(cost.basis if cost else Basis.UNKNOWN),
            "fix": str(found.repair.safety) if found.repair else None,
            "fingerprint": found.fingerprint,
        }

    def _push(self, push: PushLine) -> Row:
        kept = push.kept
        return {
            "push_path": kept.changed if kept else "",
            "push_changes": kept.changes if kept else None,
            "push_commits": kept.commits if kept else None,
            **self._size("push", push.size),
        }

    def _size(self, name: str, size: Size) -> Row:
        """Write a size; where the clone lacks files, what is known of it is a lower bound."""
        return {
            f"{name}_bytes": size.told,
            f"{name}_at_least": size.is_bound
            or (bool(self._space.lacking) and not size.is_unknown),
            f"{name}_basis": str(size.basis),
        }

    def _built(self, build: Build) -> Row:
        """Tell the layers and the base of what a builder would take."""
        target = build.target
        if target is None or build.dockerfile.errors:
            return {}
        keys = build.fact(content_keys)
        plan = make_plan(Before(keys), keys, Sizes(build.options.builder), build.options.cache)
        base = base_reference(build, target)
        own = Size.sum(layer.size for layer in plan.layers if layer.line is None)
        return {
            "base": _named(base) if base else None,
            "base_digest": base.digest if base else None,
            "base_bytes": own.told,
            "base_basis": str(own.basis),
            "layers": [self._layer(layer) for layer in plan.layers],
            **self._size("image", plan.image),
        }

    def _layer(self, layer: LayerPlan) -> Row:
        return {
            "line": layer.line,
            "instruction": shortened(layer.instruction, WIDTH),
            "bytes": layer.size.told,
            "at_least": layer.size.is_bound,
            "basis": str(layer.size.basis),
            "diff_id": layer.diff_id,
            "digest": layer.digest,
        }

    def _past(self, unit: Unit, builds: Sequence[Build]) -> Row:
        """Tell what the last commits pushed, and would have pushed in other layers."""
        if not self._commits or unit.task.text is not None:
            return {}
        path = Path(unit.task.path)
        context = unit.checker.settings(unit.task).context_of(path)
        project = Project.find(path, context, unit.checker.opened)
        if project is None:
            return {}
        options = unit.checker.options(unit.task)
        commits = project.commits(self._space.commit, self._commits + 1)
        sizes = Sizes(options.builder, self._compressed)
        told = self._bill(list(replay(project, commits, options, sizes)))
        is_one = len(builds) == 1 and not builds[0].dockerfile.errors
        if not is_one or _copies_git(builds[0]):
            return told
        return told | _ways(builds[0], list(contexts_of(project, commits)), sizes, unit)

    def _bill(self, pushes: list[CommitPush]) -> Row:
        total = totals(pushes)
        if not total.commits:
            return {}
        told = self._size("bill", total.sum)
        told["bill_at_least"] |= any(push.incomplete for push in pushes)
        return {"bill_commits": total.commits, **told}


def _ways(build: Build, contexts: list[BuildContext], sizes: Sizes, unit: Unit) -> Row:
    """Tell what an image would push in a better order, and in layers that are packed anew."""

    def model(source: Source) -> Build:
        return unit.checker.build(Task(unit.task.path, source.encode()))

    found = ways(build, contexts, sizes, model)
    if found is None:
        return {}
    return {
        "ways_commits": found.commits,
        "ways_now_bytes": found.now,
        "ways_ordered_bytes": found.ordered,
        "ways_repacked_bytes": found.repacked,
        "ways_bound_bytes": found.bound,
        "ways_at_least": found.at_least,
        "ways_basis": str(found.basis),
    }


def _named(base: Reference) -> str:
    """Write a base so that one image has one name: `alpine` is `alpine:latest`."""
    tag = base.tag if base.digest else base.tag_or_latest
    return base._replace(tag=tag, digest=None).familiar


def _copies_git(build: Build) -> bool:
    """Tell whether `.git` gets into a layer: here it is one of dlint's own making, and as large as
    nobody's.
    """
    inputs = (path for keyed in build.fact(content_keys).all() for path in keyed.inputs)
    return any(path.startswith(f"{GIT_FOLDER}/") for path in inputs)


def _say_bound(told: Row) -> None:
    """Say of all sizes of an image that they are lower bounds, and of what `.git` costs that nobody
    knows it.
    """
    for name in ("image", "push", "bill"):
        told[f"{name}_at_least"] = told.get(f"{name}_bytes") is not None
    for found in told["findings"]:
        if found["rule"] == GIT_COPIED:
            found |= {"image_bytes": None, "push_bytes": None, "basis": str(Basis.UNKNOWN)}
