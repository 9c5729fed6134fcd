"""Which recipe starts another one, by the words of its text."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CALL = "workflow_call"
# By a path, or by the full name that this repository may have.
_CALLS = regex(
    r"(?m)^[ \t-]*+uses:[ \t]*+[\"']?(?:\.|[\w.-]++/[\w.-]++)/(\.github/workflows/[\w./-]++)"
)
# How a recipe of each kind is started.
_STARTERS = {
    "makefile": regex(r"\bmake\b"),
    "gnumakefile": regex(r"\bmake\b"),
    "justfile": regex(r"\bjust\b"),
    ".justfile": regex(r"\bjust\b"),
    "taskfile.yml": regex(r"\btask\b"),
    "taskfile.yaml": regex(r"\btask\b"),
    "taskfile.dist.yml": regex(r"\btask\b"),
    "taskfile.dist.yaml": regex(r"\btask\b"),
    "package.json": regex(r"\b(?:npm|pnpm|yarn|bun)\b"),
}
# What a recipe tells its readers, addresses, and files that a cache's key goes by: words there mean
# no folder. What is printed into a file or for another command may be a path that one builds by.
PROSE = regex(
    r"(?m)(?:^|(?<=\s))#[^\n]*|^[ \t-]*description:[^\n]*|\bhttps?://[^\s\"']*"
    r"|\bhashFiles\([^()\n]*\)"
    r"|(?<![\w(./`$-])(?:echo|printf)(?=[ \t])(?![^\n]{0,500}::set-)"
    r"(?:\"(?:\\.|[^\"\\\n]){0,500}+\"|'[^'\n]{0,500}+'|[^\n;&|>\"']){0,500}+(?=[\n;&]|\Z)"
)


def is_started_by(text: str, path: str) -> bool:
    """Tell whether a recipe may start another one, whose name it has, or that of its program."""
    name = posixpath.basename(path)
    starter = _STARTERS.get(name.lower())
    return starter.search(text) is not None if starter else name in text


def callers_in(texts: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Return the workflows that call another one, by the path of that; where none of this
    repository has it, it is another's.
    """
    found: dict[str, list[str]] = {}
    for path, text in texts:
        for callee in dict.fromkeys(_CALLS.findall(text)):
            found.setdefault(callee, []).append(path)
    return found


def starters_of(
    text_of: Mapping[str, str], callers: Mapping[str, Sequence[str]], path: str, wanted: str
) -> frozenset[str]:
    """Return the workflows that start one, which some call: itself, where anything else does. Of
    those that call it, some may name what is `wanted`: then they alone are meant.
    """
    found, todo = {path}, [path]
    while todo:
        more = [each for each in callers.get(todo.pop(), ()) if each not in found]
        naming = [each for each in more if wanted and wanted in text_of[each]]
        found.update(naming or more)
        todo += naming or more
    return frozenset(
        each for each in found if each not in callers or not _is_called_alone(text_of[each])
    )


def is_callable(workflow: str) -> bool:
    """Tell whether other workflows may start one."""
    from dlint.project.pipelines import started_by

    return _CALL in started_by(workflow)


def _is_called_alone(workflow: str) -> bool:
    """Tell whether nothing but other workflows starts one."""
    from dlint.manifests.loading import yaml_table

    on = yaml_table(workflow).get("on")
    return on in (_CALL, [_CALL]) or (isinstance(on, dict) and on.keys() == {_CALL})
