"""The repository's own composite actions, whose steps run in the job that uses them, and what steps
hand on to later ones.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Table = dict[str, Any]

_NAMES = frozenset(("action.yml", "action.yaml"))
_MOST_DEEP = 4  # actions in a row, each of which uses the next
_MOST_STEPS = 1_000  # of one job, those of its actions among them
# What a step hands on by a line of its own
# (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
_HANDS_ON = regex(
    r"""\becho[ \t]{1,8}(["']?)(?P<name>[\w-]{1,80}+)=(?P<value>[^"'\n>]{0,300}+)\1[ \t]{0,8}"""
    r""">>[ \t]{0,8}["']?\$\{?GITHUB_OUTPUT\b"""
)
_SETS = regex(r"(?<![\w-])([\w-]++)(?:=|<<)")
_OF_SHELL = regex(r"[`\\]|\$(?!\{\{)")


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
    found = list(steps)
    for _ in range(_MOST_DEEP if actions else 0):
        if len(found) > _MOST_STEPS:
            break
        inner = [_inside(each, actions) for each in found]
        if all(each is None for each in inner):
            break
        pairs = zip(found, inner, strict=True)
        found = [one for step, own in pairs for one in ([step] if own is None else own)]
    return found


def _inside(step: Table, actions: Mapping[str, Sequence[Table]]) -> list[Table] | None:
    """Return the steps of the action that one uses; None where it uses none that is known."""
    uses = step.get("uses")
    if not (isinstance(uses, str) and uses.startswith("./")):
        return None
    own = actions.get(posixpath.normpath(uses))
    if own is None:
        return None
    only = {"if": step["if"]} if step.get("if") is not None else {}
    return [{**only, **each} for each in own]


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
    for each in _HANDS_ON.finditer(run):
        found.setdefault(each["name"], []).append(each["value"].strip())
    written = Counter(_SETS.findall(run))
    return {
        name: values
        for name, values in found.items()
        if len(values) == written[name] and not any(map(_OF_SHELL.search, values))
    }
