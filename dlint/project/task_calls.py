"""Which commands a step's `task NAME` runs: those of the Taskfile's task, read as if they stood in
the step (https://taskfile.dev/docs/reference/schema).
"""

from __future__ import annotations

import posixpath
from itertools import islice
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import string, strings, table, yaml_table
from dlint.project.held_options import OPEN
from dlint.project.recipe_targets import Call, Rule, commands_for, path_of, within
from dlint.text.patterns import filled_once, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
_INCLUDES = "includes:"
_MOST_INCLUDED = 100  # Taskfiles, where each may include itself
_IS_HIDDEN = regex(r"\{\{|:/")  # by a template, or an address
_IS_OUTSIDE = regex(r"[/~]|\.\.(?:/|\Z)")


def with_tasks(
    run: str, base: str, taskfiles: Mapping[str, str], seen: set[str] | None = None
) -> str:
    """Return the commands of a step that runs in `base`, with those of the tasks that it starts in
    the place of `task`; `seen` are the calls that are not read again.
    """
    path = path_of(base, NAMES, taskfiles) if _CALL.search(run) else ""
    if not path:
        return run
    file = _Taskfile(path, taskfiles)
    return filled_once(_CALL, lambda call: file.commands(call[1]) or call[0], run, seen)


def with_included(taskfiles: Mapping[str, str], read: Callable[[str], str]) -> dict[str, str]:
    """Return Taskfiles, text by path, with those that they include, whatever these are called."""
    found = dict(taskfiles)
    todo = [each for each, text in taskfiles.items() if _INCLUDES in text]
    for path in todo:  # which grows
        for place in _included(path, yaml_table(found[path])):
            if len(todo) < _MOST_INCLUDED and not any(map(found.__contains__, place.paths)):
                texts = ((each, read(each)) for each in place.paths)
                more = dict(islice((each for each in texts if each[1]), 1))
                found |= more
                todo += more
    return found


class _Place(NamedTuple):
    """Where a Taskfile is included from: the `paths` that it may have, the `space` that its tasks
    are called in, the `folder` that they work in, seen from the repository's root, "" for that of
    what includes it, and the variables that it is given.
    """

    paths: tuple[str, ...]
    space: str = ""
    folder: str = ""
    values: Mapping[str, str] = {}


def _included(path: str, tree: Mapping[str, Any]) -> Iterator[_Place]:
    """Yield what a Taskfile includes of the repository, as far as no template says where it is."""
    own = posixpath.dirname(path)
    for name, told in islice(table(tree, "includes").items(), _MOST_INCLUDED):
        each = told if isinstance(told, dict) else {"taskfile": told}
        file, folder = (string(each.get(key)) for key in ("taskfile", "dir"))
        place, there = (posixpath.normpath(posixpath.join(own, way)) for way in (file, folder))
        is_hidden = any(map(_IS_HIDDEN.search, (file, folder)))
        is_there = not any(map(_IS_OUTSIDE.match, (place, there)))
        if file and is_there and not is_hidden:
            yield _Place(
                (place, *(posixpath.join(place, each) for each in NAMES)),
                "" if each.get("flatten") == "true" else f"{name}:",
                folder and there,
                _texts(each.get("vars")),
            )


class _Task(NamedTuple):
    """A task as it is written, and what holds in its Taskfile."""

    told: Mapping[str, Any]
    space: str
    folder: str
    values: Mapping[str, str]
    settings: list[str]


class _Taskfile:
    """The tasks of a Taskfile, and of those that it includes."""

    def __init__(self, path: str, taskfiles: Mapping[str, str]) -> None:
        """Read the Taskfile at a path."""
        self._tasks: dict[str, _Task] = {}
        self._base = posixpath.dirname(path)
        tree = yaml_table(taskfiles[path])
        self._variables = _texts(tree.get("vars"))
        self._settings = _settings(tree)
        todo = [_Place((path,), folder=self._base)]
        for place in todo:  # which grows
            file = next((each for each in place.paths if each in taskfiles), "")
            if file:
                tree = yaml_table(taskfiles[file])
                self._take(tree, place)
                more = islice(_included(file, tree), _MOST_INCLUDED - len(todo))
                todo += [_below(place, each) for each in more]

    def _take(self, tree: Mapping[str, Any], place: _Place) -> None:
        """Take the tasks of a Taskfile."""
        values = {**place.values, **_texts(tree.get("vars"))}
        folder = posixpath.relpath(place.folder or ".", self._base or ".")
        settings = _settings(tree) if place.space else []  # those of the first one hold for all
        for name, task in table(tree, "tasks").items():
            told = _Task(_as_table(task), place.space, folder, values, settings)
            self._tasks.setdefault(f"{place.space}{name}", told)

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
        lines = list(commands_for(calls, lambda call: self._rules(call, own)))
        return "\n".join([*self._settings, *lines]) if lines and all(lines) else ""

    def _rules(self, call: Call, own: Mapping[str, str]) -> Iterator[Rule]:
        if call.target not in self._tasks:
            return
        task, space, folder, values, settings = self._tasks[call.target]
        known = {**self._variables, **values}
        values = _with(own, {n: each for n, each in known.items() if n not in own})
        values = _with({**values, **_pairs(call.given)}, _texts(task.get("vars")))
        steps = [*_rows(task.get("deps"), "task"), *_commands(task)]
        needs = [_needed(each, values, space) for each in steps if "task" in each]
        lines = [line for each in steps for line in _lines(each, values)]
        below = _filled_in(string(task.get("dir")), values)
        there = posixpath.normpath(posixpath.join(folder, below))
        told = [*settings, *_settings(task), *(within(there, each) for each in lines)]
        yield Rule(needs, told)


def _below(around: _Place, place: _Place) -> _Place:
    """Return where a Taskfile is included by one that others include."""
    values = {**around.values, **place.values}
    return place._replace(
        space=around.space + place.space, folder=place.folder or around.folder, values=values
    )


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


def _needed(step: Mapping[str, Any], values: Mapping[str, str], space: str) -> Call:
    """Return the call of a task, with the variables that it is given: without a colon at its start
    the name is one of its own Taskfile.
    """
    given = _texts(step.get("vars")).items()
    told = (f"{name}={_filled_in(value, values)}" for name, value in given)
    name = string(step["task"])
    return Call(name[1:] if name.startswith(":") else f"{space}{name}", tuple(told))


def _lines(step: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """Return the lines of a command; none of one for other systems alone."""
    if _SYSTEM not in strings(step.get("platforms", _SYSTEM)):
        return []
    text = _filled_in(string(step.get("cmd")), values).replace("\\\n", " ")
    return [each.strip() for each in text.split("\n") if each.strip()]


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
