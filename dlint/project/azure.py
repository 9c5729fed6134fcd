"""Builds that Azure Pipelines describe, as the steps of jobs: what a task does is written as the
commands that it starts (https://learn.microsoft.com/azure/devops/pipelines/yaml-schema).

Templates of the repository stand where they are used. What a pipeline is given when it runs, and
templates of other repositories, are not known.
"""

from __future__ import annotations

import posixpath
from itertools import islice
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import table, yaml_table
from dlint.project.azure_tasks import commands_of, macros_filled, name_of
from dlint.project.azure_templates import Around, Expander, canonical
from dlint.project.commands import MOST_VALUES, filled
from dlint.project.purpose import is_of_azure
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

Table = dict[str, Any]

_WORKS = ("stages", "jobs", "steps")
# What begins a step, a job or a stage of Azure's, and of no other service with such keys.
_OWN = frozenset(
    ("task", "script", "bash", "pwsh", "powershell", "checkout", "template", "job", "deployment")
)
_STAGE = "stage"
_TEMPLATE = regex(r"(?m)^[ \t-]*+template:[ \t]*+[\"']?([\w./-]++)(?:@self)?[\"']?[ \t]*+(?:#|$)")
# Where the repository is
# (https://learn.microsoft.com/azure/devops/pipelines/build/variables).
_ROOTS = {
    "BUILD_SOURCESDIRECTORY": ["."],
    "SYSTEM_DEFAULTWORKINGDIRECTORY": ["."],
    "BUILD_REPOSITORY_LOCALPATH": ["."],
}
_SETS = regex(r"(?i)\btask\.setvariable[ \t]++variable=([\w.-]++)")
_NOT_KNOWN = regex(r"\$\{\{|\$\[")
_PUSH, _REQUEST, _CLOCK = "push", "pull_request", "schedule"
_NONE = "none"
_ALL = frozenset(("*", "**", "refs/heads/*"))
# Microsoft's own pools, which have a machine for one job
# (https://learn.microsoft.com/azure/devops/pipelines/agents/hosted).
_HOSTED = regex(r"(?i)azure pipelines|hosted\b.*")
_ELSEWHERE = regex(r"(?i)\bdockerHostEndpoint:|\bDOCKER_HOST\b")

# Branches that releases are made from, and what stands for none.
_RELEASES = regex(r"(?:none|refs/tags/.*|(?:refs/heads/)?releases?[/-].*)")
# What conditions ask of what starts a run, and how GitHub's conditions ask it.
_REASON = r"\(\s*+variables(?:\['|\.)Build\.Reason(?:'\])?\s*+,\s*+"
_BRANCH = r"\(\s*+variables(?:\['|\.)Build\.SourceBranch(?:Name)?(?:'\])?\s*+,\s*+"
_ASKS = (
    (regex(rf"(?i)\bstartsWith{_BRANCH}'refs/tags/"), "startsWith(github.ref, 'refs/tags/')"),
    (regex(rf"(?i)\beq{_REASON}'PullRequest'"), "github.event_name == 'pull_request'"),
    (regex(rf"(?i)\bne{_REASON}'PullRequest'"), "github.event_name != 'pull_request'"),
    (regex(rf"(?i)\beq{_REASON}'Schedule'"), "github.event_name == 'schedule'"),
    (regex(rf"(?i)\bne{_REASON}'Schedule'"), "github.event_name != 'schedule'"),
    (regex(rf"(?i)\beq{_REASON}'Manual'"), "github.event_name == 'workflow_dispatch'"),
    # a request has a branch of its own
    (regex(rf"(?i)\beq{_BRANCH}'"), "github.event_name != 'pull_request'"),
)
_OTHERWISE = regex(r"(?i)\b(?:or|not|xor)\s*\(")


class Files(NamedTuple):
    """The repository: `read` returns a file's text, "" where there is none, `listed` the files that
    a pattern of git takes, or nothing where that is not known, and `called` are the templates that
    other pipelines use.
    """

    read: Callable[[str], str] = lambda _: ""
    listed: Callable[[str], Collection[str]] = lambda _: ()
    called: frozenset[str] = frozenset()


class Job(NamedTuple):
    """The steps of a job as a workflow of GitHub's would have them, what variables hold there, the
    events that start it, also those of a condition, and whether its machine has built nothing
    before; `rows` is 1 for one of several rows of a matrix.
    """

    steps: Sequence[Table]
    values: dict[str, list[str]]
    events: frozenset[str]
    condition: str = ""
    is_hosted: bool = False
    rows: int = 0


def is_pipeline(path: str, tree: Mapping[str, Any]) -> bool:
    """Tell whether YAML is a pipeline of Azure's, or a template of one."""
    own = [each for key in _WORKS for each in _listed(tree.get(key)) if isinstance(each, dict)]
    if is_of_azure(path):
        return bool(own) or "extends" in tree
    keys = frozenset[str]().union(*own)
    return bool(_OWN & keys or (_STAGE in keys and not keys & {"name", "script"}))


def templates_called(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the templates that pipelines use, by their paths."""
    return frozenset(
        _template_path(path, name)
        for path, text in texts
        if is_of_azure(path)
        for name in _TEMPLATE.findall(text)
    )


def _template_path(path: str, name: str) -> str:
    """Return where a template is that a file names: seen from its folder, or with a `/` in front
    from the root (https://learn.microsoft.com/azure/devops/pipelines/process/templates).
    """
    folder = "" if name.startswith("/") else posixpath.dirname(path)
    return posixpath.normpath(posixpath.join(folder, name.lstrip("/")))


def jobs_in(path: str, text: str, files: Files) -> Iterator[Job]:
    """Yield the jobs of a pipeline; none of a template that others use: its steps are theirs."""
    if path in files.called:
        return
    tree = yaml_table(text)
    expander = Expander(lambda name, folder: _opened(files, name, folder))
    around = Around(folder=posixpath.dirname(path)).given(tree, {})
    reader = _Reader(expander, files, _events_of(tree))
    yield from reader.jobs(tree, _Outer(around))


def _opened(files: Files, name: str, folder: str) -> tuple[str, Mapping[str, Any]]:
    """Return a template with its path, an empty one where it is not the repository's."""
    name, _, place = name.partition("@")
    path = _template_path(posixpath.join(folder, "_"), name)
    if place not in {"", "self"} or path.startswith(".."):
        return "", {}
    return path, yaml_table(files.read(path))


class _Outer(NamedTuple):
    """What holds around a stage, a job or its steps."""

    around: Around
    values: Mapping[str, str] = {}
    is_hosted: bool = False
    condition: str = ""


class _Reader:
    """Reads the jobs of one pipeline."""

    def __init__(self, expander: Expander, files: Files, events: frozenset[str]) -> None:
        self._expander = expander
        self._files = files
        self._events = events

    def jobs(self, node: Table, outer: _Outer) -> Iterator[Job]:
        """Yield the jobs of a pipeline, a stage, or of a job itself."""
        inner = self._within(node, outer)
        if extended := table(node, "extends"):
            for tree, around in self._expander.included(extended, inner.around):
                yield from self.jobs(tree, inner._replace(around=around))
        for key in ("stages", "jobs"):
            for each, around in self._expander.items(node.get(key), key, inner.around):
                yield from self.jobs(each, inner._replace(around=around))
        steps = [*self._steps(node, inner.around)]
        if steps:
            yield from self._rows(node, steps, inner)

    def _within(self, node: Table, outer: _Outer) -> _Outer:
        """Return what holds inside of a pipeline, a stage or a job."""
        around, values = outer.around, dict(outer.values)
        for each, place in self._expander.items(node.get("variables"), "variables", around):
            name, value = str(each.get("name", "")), each.get("value")
            if name and isinstance(value, str):
                values[canonical(name)] = self._expander.text(value, place)
        told = _conditions(around.condition, self._expander.text(node.get("condition"), around))
        return outer._replace(
            around=around._replace(condition="").with_variables(values),
            values=values,
            is_hosted=self._is_hosted(node, around) if "pool" in node else outer.is_hosted,
            condition=_both(outer.condition, told),
        )

    def _is_hosted(self, node: Table, around: Around) -> bool:
        pool = self._expander.value(node["pool"], around)
        if not isinstance(pool, dict):
            return False
        told = self._expander.table(pool, around)
        own = self._expander.text(told.get("name"), around)
        is_own = bool(own) and _HOSTED.fullmatch(own) is None
        return bool(told.get("vmImage")) and not is_own

    def _steps(self, node: Table, around: Around) -> Iterator[_Step]:
        """Yield the steps of a job, or of the parts of a deployment."""
        lists = [node.get("steps")]
        for hook in table(node, "strategy").values():
            parts = hook.values() if isinstance(hook, dict) else ()
            lists += [each["steps"] for each in parts if isinstance(each, dict) and "steps" in each]
        for steps in lists:
            for step, place in self._expander.items(steps, "steps", around):
                inputs = table(self._expander.value(step.get("inputs"), place))
                told = self._expander.table(inputs, place)
                given = {key.lower(): value for key, value in self._texts(told, place).items()}
                yield _Step(self._texts(step, place), given, place.condition)

    def _texts(self, told: Table, around: Around) -> dict[str, str]:
        """Return the texts of a table, with their expressions filled in."""
        filled = ((key, self._expander.value(each, around)) for key, each in told.items())
        return {key: each for key, each in filled if isinstance(each, str)}

    def _rows(self, node: Table, steps: Sequence[_Step], outer: _Outer) -> Iterator[Job]:
        """Yield a job once for each row of its matrix."""
        said = "\n".join(map(_said_by, steps))
        set_there = {canonical(name) for name in _SETS.findall(said)}
        is_hosted = outer.is_hosted and not _ELSEWHERE.search(said)
        rows = [*islice(self._matrix(node, outer), MOST_VALUES)] or [{}]
        for row in rows:
            told = {**outer.values, **row}
            known = {
                name: [macros_filled(value, told)]
                for name, value in told.items()
                if name not in set_there and not _NOT_KNOWN.search(value)
            }
            known |= _ROOTS
            yield Job(
                [_as_githubs(each, known, self._files) for each in steps],
                known,
                self._events,
                outer.condition,
                is_hosted,
                int(len(rows) > 1),
            )

    def _matrix(self, node: Table, outer: _Outer) -> Iterator[dict[str, str]]:
        strategy = self._expander.value(node.get("strategy"), outer.around)
        matrix = self._expander.value(table(strategy).get("matrix"), outer.around)
        for row in table(matrix).values():
            if isinstance(row, dict):
                yield {
                    canonical(name): self._expander.text(value, outer.around)
                    for name, value in row.items()
                    if isinstance(value, str)
                }


class _Step(NamedTuple):
    """A step as it is written, the inputs of its task by their names in lower case, and what the
    branches around it ask.
    """

    own: Mapping[str, str]
    inputs: Mapping[str, str]
    condition: str


def _said_by(step: _Step) -> str:
    """Return all that a step says."""
    told = {**step.own, **step.inputs}
    return "\n".join(f"{name}: {value}" for name, value in told.items())


def _as_githubs(step: _Step, known: Mapping[str, list[str]], files: Files) -> Table:
    """Return a step as a workflow of GitHub's has them, where variables are known."""

    def fill(path: str) -> str:
        return next(filled(macros_filled(path, known), known), path)

    run, folder = commands_of(step.own, step.inputs, fill, files.listed)
    found: Table = {
        "run": macros_filled(run, known),
        "working-directory": posixpath.normpath(fill(folder)),
        "if": _conditions(step.condition, step.own.get("condition", "")),
    }
    is_other = name_of(step.own) and not run
    return {**found, "uses": step.own["task"], "with": step.inputs} if is_other else found


def _listed(node: object) -> list[object]:
    return node if isinstance(node, list) else []


def _both(*conditions: str) -> str:
    return " && ".join(filter(None, conditions))


def _conditions(*told: str) -> str:
    """Return conditions as GitHub has them, as far as they ask what starts a run."""
    found = [
        asked
        for each in told
        if each and not _OTHERWISE.search(each)
        for pattern, asked in _ASKS
        if pattern.search(each)
    ]
    return " && ".join(dict.fromkeys(found))


def _events_of(tree: Mapping[str, Any]) -> frozenset[str]:
    """Return which events start a pipeline, by the names that GitHub has for them: commits of all
    branches and requests where nothing is said of these
    (https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/trigger).
    """
    found = {
        _PUSH: _takes_branches(tree.get("trigger", "")),
        _REQUEST: _takes_branches(tree.get("pr", "")),
        _CLOCK: bool(tree.get("schedules")),
    }
    return frozenset(name for name, starts in found.items() if starts)


def _takes_branches(trigger: object) -> bool:
    """Tell whether commits of a branch start a pipeline, and not tags or releases alone."""
    match trigger:
        case str():
            return trigger.lower() != _NONE
        case [*branches]:
            return any(map(_is_regular, branches))
        case {"branches": {"include": [*branches]}}:
            return any(map(_is_regular, branches))
        case {"branches": {"exclude": [*branches]}}:
            return _ALL.isdisjoint(map(str, branches))
        case {"tags": _}:
            return False
    return True


def _is_regular(branch: object) -> bool:
    return _RELEASES.fullmatch(str(branch)) is None
