"""What recipes work out the values of that they pass: variables of a script, and outputs of a
workflow's steps.

Nothing is run: of a value that is put in, this is the text that makes it, such as a command of git
or an expression of the CI service.
"""

from __future__ import annotations

from functools import cached_property

from dlint.text.patterns import regex
from dlint.text.safe import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    Table = dict[str, Any]

_SET = regex(
    r"^[ \t@]*(?:(?:export|readonly|local|declare)[ \t]+)?(\w+)[ \t]*[:?+]?=[ \t]*(\S[^\n]*)$"
)
_WRITTEN = regex(r"\becho[ \t]+(?:-\w+[ \t]+)?[\"']?([\w-]+)=([^\n]*)|name=([\w-]+)::([^\n]*)")
_VARIABLE = regex(r"\$[{(]?(\w+)")
_OUTPUT = regex(r"\b(steps|needs)\.([\w-]+)\.outputs\.([\w-]+)")
_DEEPEST, _LONGEST = 4, 2_000  # steps of a value, and characters of one
# Docker's action that names images: its outputs are made of the commit and the names that refer to
# it (https://github.com/docker/metadata-action).
_METADATA = "docker/metadata-action@"
_OF_REFERENCE = frozenset(("version", "tags", "tag-names"))
_COMMIT, _REFERENCE = "${{ github.sha }}", "${{ github.ref_name }}"
_BY_COMMIT = regex(r"\btype=sha\b|\{\{\s*(?:date|sha|commit_date)\b")
# Of the tags that a push to a branch gets, the one of the highest priority is the version.
_TYPE, _PRIORITY = regex(r"\btype=(\w+)"), regex(r"\bpriority=(\d+)")
_PRIORITIES = {"edge": 700, "ref": 600, "raw": 200, "sha": 100}
_BY_RELEASE = regex(r"\btype=(?:semver|pep440|match)\b|\btype=ref,event=tag\b|\{\{\s*tag\s*\}\}")
# A label of the image, or its tags, in the JSON of all that the action tells.
_PART = regex(r"\bimage\.(\w+)'\]|\)\.tags\b")


class Worker:
    """Works out what a recipe makes its values of."""

    def __init__(self, path: str, text: str) -> None:
        """Read `text`, the recipe at `path`, by need."""
        self._path = path
        self._text = text

    def source(self, value: str) -> str:
        """Return what makes a value, with what makes the variables and outputs in it; "" where
        nothing in the recipe does.
        """
        return "\n".join(self._makers(value))[:_LONGEST]

    def _makers(self, value: str) -> Iterator[str]:
        if ".outputs." in value:
            for match in _OUTPUT.finditer(value):
                yield from self._output(match, value, _DEEPEST)
        elif not self._is_workflow:
            yield from _followed(value, self._variables, _DEEPEST)

    @property
    def _is_workflow(self) -> bool:
        return self._path.endswith((".yml", ".yaml"))

    @cached_property
    def _variables(self) -> Mapping[str, Sequence[str]]:
        return _assigned(self._text)

    @cached_property
    def _jobs(self) -> Table:
        from dlint.manifests.loading import table, yaml_table

        return table(yaml_table(self._text), "jobs") if self._is_workflow else {}

    @cached_property
    def _steps(self) -> Mapping[str, Sequence[Table]]:
        """The steps of all jobs that have a name of their own: several jobs may use the same."""
        found: dict[str, list[Table]] = {}
        for job in self._jobs.values():
            steps = job.get("steps") if isinstance(job, dict) else None
            for step in steps if isinstance(steps, list) else ():
                if isinstance(step, dict) and isinstance(step.get("id"), str):
                    found.setdefault(step["id"], []).append(step)
        return found

    def _output(self, match: re.Match[str], value: str, depth: int) -> Iterator[str]:
        """Yield what makes an output of a step, or of a job that hands on one of a step."""
        kind, place, name = match.groups()
        if kind == "needs":
            job = self._jobs.get(place)
            outputs = job.get("outputs") if isinstance(job, dict) else None
            told = str(outputs.get(name, "")) if isinstance(outputs, dict) else ""
            for inner in _OUTPUT.finditer(told) if depth else ():
                yield from self._output(inner, value, depth - 1)
        else:
            made = {tuple(_made(step, name, value)) for step in self._steps.get(place, ())}
            yield from next(iter(made)) if len(made) == 1 else ()  # which of them is not known


def _made(step: Table, name: str, value: str) -> Iterator[str]:
    """Yield what makes an output of a step."""
    if str(step.get("uses", "")).startswith(_METADATA):
        yield _named_by(step, name, value)
    run, env = str(step.get("run", "")), step.get("env")
    variables = _assigned(run)
    for key, each in env.items() if isinstance(env, dict) else ():
        variables.setdefault(str(key), []).append(str(each))
    for match in _WRITTEN.finditer(run):
        if name in {match[1], match[3]}:
            text = match[2] or match[4] or ""
            yield text
            yield from _followed(text, variables, _DEEPEST)


def _named_by(step: Table, name: str, value: str) -> str:
    """Return what an output of the action that names images changes with."""
    table = step.get("with")
    tags = str(table.get("tags", "")) if isinstance(table, dict) else ""
    part = _PART.search(value)
    told = part[1] or "version" if part else name
    if told not in _OF_REFERENCE:
        return _COMMIT if part is None or told in {"revision", "created"} else ""
    if _BY_COMMIT.search(_first_tag(tags) if told == "version" else tags):
        return _COMMIT
    return _REFERENCE if not tags or _BY_RELEASE.search(tags) else ""


def _first_tag(tags: str) -> str:
    """Return the line that makes the version of a push to a branch."""
    lines = [each for each in tags.splitlines() if _kind(each) in _PRIORITIES]
    return max(lines, key=_priority, default="")


def _kind(line: str) -> str:
    """Return the type of what a line makes tags of; "" where no push to a branch gets one."""
    line = line.strip()
    if not line or line.startswith("#"):
        return ""
    found = _TYPE.search(line)
    kind = found[1] if found else "raw"
    return "" if kind == "ref" and "event=branch" not in line else kind


def _priority(line: str) -> int:
    told = _PRIORITY.search(line)
    found = number(told[1]) if told else None
    return _PRIORITIES[_kind(line)] if found is None else found


def followed(text: str, commands: str) -> str:
    """Return what commands set the variables in a text to, and those in that."""
    return "\n".join(_followed(text, _assigned(commands), _DEEPEST))[:_LONGEST]


def _assigned(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        match = _SET.match(line)
        if match:
            found.setdefault(match[1], []).append(match[2])
    return found


def _followed(text: str, variables: Mapping[str, Sequence[str]], depth: int) -> Iterator[str]:
    """Yield what the variables in a text are set to, and those in that."""
    wanted, seen = [text], set[str]()
    for _ in range(depth):
        names = {name for each in wanted for name in _VARIABLE.findall(each)} - seen
        seen |= names
        wanted = [value for name in sorted(names) for value in variables.get(name, ())]
        yield from wanted
