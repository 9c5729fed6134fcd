"""Which commands a step's `task NAME` runs: those of the Taskfile's task, read as if they stood in
the step (https://taskfile.dev/docs/reference/schema).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import string, strings, table, yaml_table
from dlint.project.held_options import OPEN
from dlint.project.recipe_targets import Call, Rule, alone, commands_for, text_of
from dlint.text.patterns import filled_once, regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The first that is there is read.
NAMES = (
    *("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml"),
    *("Taskfile.dist.yml", "taskfile.dist.yml", "Taskfile.dist.yaml", "taskfile.dist.yaml"),
)
_CALL = regex(r"(?m)^[ \t]*+(?:go-)?task[ \t]++([^\n;&|#]++)$")
_PUT_IN = regex(
    r"\{\{-?[ \t]*+\.(?P<name>\w++)[ \t]*+"
    r"(?:\|[ \t]*+default[ \t]++\"(?P<default>[^\"{}\n]*+)\"[ \t]*+)?-?\}\}"
)
_ON_CONDITION = regex(
    r"\{\{-?[ \t]*+if\b[^{}]*+\}\}(?:[^{\n]|\{(?!\{-?[ \t]*+(?:if|end)\b)){0,400}+"
    r"\{\{-?[ \t]*+end[ \t]*+-?\}\}"
)
_MOST = 10_000  # characters of a text: variables made of each other could double it again and again
_SYSTEM = "linux"


def with_tasks(run: str, base: str, taskfiles: Mapping[str, str]) -> str:
    """Return the commands of a step that runs in `base`, with those of the tasks that it starts in
    the place of `task`.
    """
    text = text_of(base, NAMES, taskfiles) if _CALL.search(run) else ""
    if not text:
        return run
    file = _Taskfile(yaml_table(text))
    return filled_once(_CALL, lambda call: file.commands(call[1]) or call[0], run)


class _Taskfile:
    """The tasks of a Taskfile."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        """Read a Taskfile's tree."""
        self._tasks = table(tree, "tasks")
        self._variables = _texts(tree.get("vars"))
        self._settings = _settings(tree)

    def commands(self, words: str) -> str:
        """Return what go-task runs for the words of a call; "" where that is not known: options may
        say where, or a command enters a folder behind another one.
        """
        told, _, rest = words.partition(" -- ")
        given = [each for each in told.split() if "=" in each]
        calls = [Call(each) for each in told.split() if "=" not in each]
        if any(each.target not in self._tasks for each in calls):
            return ""
        own = {**_pairs(given), "CLI_ARGS": rest}
        values = _with(own, {n: each for n, each in self._variables.items() if n not in own})
        lines = list(commands_for(calls, lambda call: [self._rule(call, values)]))
        return "\n".join([*self._settings, *lines]) if lines and all(lines) else ""

    def _rule(self, call: Call, values: Mapping[str, str]) -> Rule:
        task = _as_table(self._tasks.get(call.target))
        values = _with({**values, **_pairs(call.given)}, _texts(task.get("vars")))
        steps = [*_rows(task.get("deps"), "task"), *_commands(task)]
        needs = [_needed(each, values) for each in steps if "task" in each]
        lines = [line for each in steps for line in _lines(each, values)]
        folder = _filled_in(string(task.get("dir")), values)
        return Rule(needs, [*_settings(task), *(_within(folder, each) for each in lines)])


def _as_table(task: object) -> Mapping[str, Any]:
    """Return a task, which may be written as its commands alone."""
    return task if isinstance(task, dict) else {"cmds": task}


def _commands(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the commands of a task, once for each of the items that one is written for."""
    for each in _rows(task.get("cmds", task.get("cmd")), "cmd"):
        items = strings(each.get("for")) if "cmd" in each else []
        yield from ({**each, "cmd": _filled_in(each["cmd"], {"ITEM": one})} for one in items)
        if not items:
            yield each


def _rows(value: object, key: str) -> list[dict[str, Any]]:
    """Return rows of which each is a table, or what that would have for `key`."""
    rows = value if isinstance(value, list) else [value]
    return [each if isinstance(each, dict) else {key: string(each)} for each in rows if each]


def _needed(step: Mapping[str, Any], values: Mapping[str, str]) -> Call:
    """Return the call of a task, with the variables that it is given."""
    given = _texts(step.get("vars")).items()
    told = (f"{name}={_filled_in(value, values)}" for name, value in given)
    return Call(string(step["task"]), tuple(told))


def _lines(step: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """Return the lines of a command; none of one for other systems alone."""
    if _SYSTEM not in strings(step.get("platforms", _SYSTEM)):
        return []
    text = _filled_in(string(step.get("cmd")), values).replace("\\\n", " ")
    return [each.strip() for each in text.split("\n") if each.strip()]


def _within(folder: str, line: str) -> str:
    """Return a line of commands as one that runs in a folder; "" where it enters another there."""
    if posixpath.normpath(folder) == ".":
        return alone(line)
    return f"(cd {folder}; {line})" if line == alone(line) else ""


def _texts(value: object) -> dict[str, str]:
    """Return those variables of a table whose values are written there."""
    told = value.items() if isinstance(value, dict) else ()
    return {name: each for name, each in told if isinstance(each, str)}


def _pairs(words: Iterable[str]) -> dict[str, str]:
    parts = (each.partition("=") for each in words)
    return {name: value.strip("\"'") for name, _, value in parts}


def _settings(around: Mapping[str, Any]) -> list[str]:
    """Return what sets the variables of the shell for a Taskfile or a task."""
    told = _texts(around.get("env")).items()
    return [f'{name}="{value}"' for name, value in told if "\n" not in value]


def _with(values: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return variables with more of them, each of which may be made of those before."""
    found = dict(values)
    for name, value in more.items():
        found[name] = _filled_in(value, found)
    return found


def _filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in, and with an open word for what stands there on a
    condition; as it is where it would be too long.
    """
    told = _ON_CONDITION.sub(OPEN, text)
    found = [values.get(put["name"], put["default"] or put[0]) for put in _PUT_IN.finditer(told)]
    if sum(map(len, found)) > _MOST:
        return text
    rest = iter(found)
    return _PUT_IN.sub(lambda _: next(rest), told)
