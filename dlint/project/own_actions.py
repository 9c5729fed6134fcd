"""The repository's own composite actions, whose steps run in the job that uses them, and what steps
hand on to later ones.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Table = dict[str, Any]

_NAMES = ("action.yml", "action.yaml")
_MOST_DEEP = 4  # actions in a row, each of which uses the next
_MOST_STEPS = 1_000  # of one job, those of its actions among them
# What a step hands on by a line of its own
# (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
_HANDS_ON = regex(
    r"""\becho[ \t]{1,8}(["']?)(?P<name>[\w-]{1,80}+)=(?P<value>[^"'\n>]{0,300}+)\1[ \t]{0,8}"""
    r""">>[ \t]{0,8}["']?\$\{?GITHUB_OUTPUT\b"""
)
_INPUT = regex(r"\$\{\{[ \t]*+inputs\.([\w-]+)[ \t]*+\}\}")
_SETS = regex(r"(?<![\w-])([\w-]++)(?:=|<<)")
_OF_SHELL = regex(r"[`\\]|\$(?!\{\{)")
_VARIABLE = regex(r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)\})")
# A line of its own that gives a variable a value which is written out, what else gives it one, and
# where commands begin that may not run.
_GIVES = regex(r"(?m)^[ \t]*(\w++)=([\"']?)([\w./-]++)\2[ \t]*(?:;|$)")
_NAME = regex(r"\w+")
_GIVES_OTHERS = regex(r"\b(?:for|read|select|getopts|mapfile)[ \t][^\n;]*|(?<!\w)\w{1,80}+\+=")
_BRANCHES = regex(r"\b(?:if|case|for|while|until)\b|&&|\|\||\(\)")


def actions_in(texts: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[Table]]:
    """Return the steps of each composite action, by its folder."""
    from dlint.manifests.loading import table, tables, yaml_table

    found: dict[str, Sequence[Table]] = {}
    for path, text in texts:
        if posixpath.basename(path) not in _NAMES or "composite" not in text:
            continue
        steps = table(yaml_table(text), "runs").get("steps")
        if isinstance(steps, list):
            found[posixpath.dirname(path) or "."] = tables(steps)
    return found


def with_own(steps: Iterable[Table], actions: Mapping[str, Sequence[Table]]) -> list[Table]:
    """Return the steps of a job, with those of the repository's own actions in the place of what
    uses these: each runs only where that does.
    """
    return _with_inner(steps, lambda step: _steps_of(step, actions))


def with_inputs(steps: Iterable[Table], texts: Mapping[str, str]) -> list[Table]:
    """Return the same, with the inputs filled in that the actions are given; `texts` are the
    repository's recipes.
    """
    return _with_inner(steps, lambda step: _filled_steps_of(step, texts))


def _with_inner(
    steps: Iterable[Table], inner_of: Callable[[Table], list[Table] | None]
) -> list[Table]:
    """Return steps, with what each has inside of it in its place."""
    found = list(steps)
    for _ in range(_MOST_DEEP):
        if len(found) > _MOST_STEPS:
            break
        inner = list(map(inner_of, found))
        if all(each is None for each in inner):
            break
        pairs = zip(found, inner, strict=True)
        found = [one for step, own in pairs for one in ([step] if own is None else own)]
    return found


def _steps_of(step: Table, actions: Mapping[str, Sequence[Table]]) -> list[Table] | None:
    """Return the steps of the action that one uses; None where it uses none that is known."""
    own = actions.get(_folder_of(step))
    return None if own is None else _where(step, own)


def _where(step: Table, inner: Iterable[Table]) -> list[Table]:
    """Return the steps of an action, each of which runs only where the one does that uses it."""
    only = {"if": step["if"]} if step.get("if") is not None else {}
    return [{**only, **each} for each in inner]


def _folder_of(step: Table) -> str:
    """Return the folder of the repository's own action that a step uses; "" for none."""
    uses = step.get("uses")
    if isinstance(uses, str) and uses.startswith("./"):
        return posixpath.normpath(uses)
    return ""


def _filled_steps_of(step: Table, texts: Mapping[str, str]) -> list[Table] | None:
    """Return the same, with what the step gives the action filled in."""
    from dlint.manifests.loading import table, tables, yaml_table

    folder = _folder_of(step)
    text = next((texts[path] for name in _NAMES if (path := f"{folder}/{name}") in texts), "")
    action = yaml_table(text) if "composite" in text else {}
    if not action:
        return None
    told = table(action, "inputs")
    default = {name: table(told, name).get("default") for name in told}
    inputs = {**default, **table(step, "with")}
    steps = tables(table(action, "runs").get("steps"))
    return _where(step, (_filled(each, inputs) for each in steps))


def _filled(step: Table, inputs: Mapping[str, object]) -> Table:
    """Return a step of an action with the texts that it is given filled in."""
    told = {name: value for name, value in inputs.items() if isinstance(value, str)}

    def value(found: re.Match[str]) -> str:
        return told.get(found[1], found[0])

    def filled(each: object) -> object:
        match each:
            case str():
                return _INPUT.sub(value, each)
            case dict():
                return {name: filled(inner) for name, inner in each.items()}
        return each

    return {name: filled(each) for name, each in step.items()}


def outputs_of(steps: Iterable[Table]) -> Iterator[tuple[str, list[str]]]:
    """Yield what steps hand on that is written out, as names in expressions with their values."""
    for step in steps:
        name, run = step.get("id"), step.get("run")
        if isinstance(name, str) and isinstance(run, str) and "GITHUB_OUTPUT" in run:
            for key, values in _handed_on(run).items():
                yield f"steps.{name}.outputs.{key}", values


def _handed_on(run: str) -> Mapping[str, list[str]]:
    """Return what commands hand on, of which each value is known: no program tells it."""
    found: dict[str, list[str]] = {}
    written = Counter(_SETS.findall(run))
    given = _given(run, written)
    told = [*_HANDS_ON.finditer(run)]
    counted = Counter(each["name"] for each in told)
    for each in told:
        value = each["value"].strip()
        variable = _VARIABLE.fullmatch(value)
        name = variable and (variable["plain"] or variable["braced"])
        found.setdefault(each["name"], []).extend(given.get(name or "", [value]))
    return {
        name: values
        for name, values in found.items()
        if counted[name] == written[name] and not any(map(_OF_SHELL.search, values))
    }


def _given(run: str, written: Mapping[str, int]) -> Mapping[str, list[str]]:
    """Return the variables that commands give only values which are written out, the first one
    whatever happens: the step may be given another.
    """
    found: dict[str, list[str]] = {}
    surely = {name for name, *_ in _GIVES.findall(_BRANCHES.split(run, 1)[0])}
    for name, _, value in _GIVES.findall(run):
        found.setdefault(name, []).append(value)
    others = set(_NAME.findall(" ".join(_GIVES_OTHERS.findall(run))))
    return {
        name: list(dict.fromkeys(values))
        for name, values in found.items()
        if len(values) == written[name] and name in surely - others
    }
