"""Expressions and templates of Azure Pipelines, which stand for parts of a pipeline before it runs
(https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions).

An expression that is not known stays as it is written, and what it would decide may be there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import table
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

Table = dict[str, Any]

# As Azure has it: templates in one another, and files of one pipeline
# (https://learn.microsoft.com/azure/devops/pipelines/process/templates).
_DEEPEST, _MOST_FILES = 20, 100
_MOST = 20_000  # nodes of one pipeline
_LONGEST = 1 << 17  # characters of one text
_NAME = r"[A-Za-z_][\w-]*+(?:\.[\w-]++|\['[^'\n]++'\])*+"
_EXPRESSION = regex(rf"\$\{{\{{[ \t]*+({_NAME})[ \t]*+\}}\}}")
_PART = regex(r"\.?([\w-]++)|\['([^'\n]++)'\]")
_CONTROL = regex(
    r"\$\{\{[ \t]*+(?:(?P<kind>if|elseif|else|insert)\b(?P<asked>[^{}]*+)"
    rf"|each[ \t]++(?P<name>\w++)[ \t]++in[ \t]++(?P<all>{_NAME})[ \t]*+)\}}\}}"
)
_OPERAND = rf"'[^'\n]*+'|{_NAME}|\d++"
_COMPARES = regex(rf"(?i)(eq|ne)\([ \t]*+({_OPERAND})[ \t]*+,[ \t]*+({_OPERAND})[ \t]*+\)")
_BRANCHES = frozenset(("if", "elseif", "else"))
_LITERALS = frozenset(("true", "false"))
UNKNOWN = "${{ unknown }}"


class Around(NamedTuple):
    """What expressions know where they stand: `names` are those of parameters, variables and loops,
    `folder` is that of the file, which is `depth` templates deep, and `condition` what the branches
    around ask of which nobody knows whether they are taken.
    """

    names: Mapping[str, Any] = {}
    folder: str = ""
    depth: int = 0
    condition: str = ""

    def given(self, tree: Mapping[str, Any], told: Mapping[str, Any]) -> Around:
        """Return what is known in a file that is given these parameters: else it has the defaults
        that it says itself.
        """
        declared = tree.get("parameters")
        default = declared if isinstance(declared, dict) else {}
        for each in declared if isinstance(declared, list) else ():
            if isinstance(each, dict) and "default" in each:
                default = {**default, str(each.get("name")): each["default"]}
        known = {canonical(name): value for name, value in {**default, **told}.items()}
        return self._replace(
            names={"parameters": known, "variables": self.names.get("variables", {})}
        )

    def with_variables(self, values: Mapping[str, str]) -> Around:
        """Return the same with these variables, by the names that programs see."""
        return self._replace(names={**self.names, "variables": values})

    def bound(self, name: str, value: object) -> Around:
        """Return what is known in one turn of a loop."""
        return self._replace(names={**self.names, name: value})

    def lookup(self, name: str) -> object:
        """Return what an expression names; None where that is not known."""
        first, *rest = [plain or quoted for plain, quoted in _PART.findall(name)]
        found: Any = self.names.get(first)
        for each in rest:
            if not isinstance(found, dict):
                return None
            found = found.get(canonical(each), found.get(each))
        return found


def canonical(name: str) -> str:
    """Return a name of which case and dots do not count, as programs see that of a variable
    (https://learn.microsoft.com/azure/devops/pipelines/process/variables).
    """
    return name.upper().replace(".", "_").replace(" ", "_")


class Expander:
    """Puts in what expressions and templates stand for, up to a size that anybody writes."""

    def __init__(self, opened: Callable[[str, str], tuple[str, Mapping[str, Any]]]) -> None:
        """Take what opens a template by its name, as a file of a folder names it."""
        self._opened = opened
        self._left = _MOST
        self._files = _MOST_FILES

    def text(self, node: object, around: Around) -> str:
        """Return a text with its expressions filled in; "" for what is none."""
        found = self.value(node, around)
        return found if isinstance(found, str) else ""

    def value(self, node: object, around: Around) -> Any:  # noqa: ANN401  whatever an expression is
        """Return a node, or what the expression is that stands for one."""
        if not isinstance(node, str) or "${{" not in node:
            return node
        whole = _EXPRESSION.fullmatch(node.strip())
        if whole:
            found = around.lookup(whole[1])
            return node if found is None else found

        def filled(expression: re.Match[str]) -> str:
            found = around.lookup(expression[1])
            return found if isinstance(found, str) else expression[0]

        found = _EXPRESSION.sub(filled, node)
        return found if len(found) < _LONGEST else node

    def table(self, node: Mapping[str, Any], around: Around) -> Table:
        """Return a table with what its conditions and loops put into it: a key that a condition may
        put in is not known.
        """
        found: Table = {}
        before: bool | None = False
        for name, inner in node.items():
            control = _CONTROL.fullmatch(name.strip())
            if control is None:
                found[self.text(name, around)] = inner
                continue
            taken, before = self._branch(control, around, before=before)
            for place in self._turns(control, around) if taken is not False else ():
                told = self.table(table(self.value(inner, place)), place)
                more = {key: self._deep(value, place) for key, value in told.items()}
                found |= more if taken else dict.fromkeys(more, UNKNOWN)
        return found

    def items(self, node: object, key: str, around: Around) -> Iterator[tuple[Table, Around]]:
        """Yield the tables of a list, with those that templates have under the same key."""
        node = self.value(node, around)
        if isinstance(node, dict) and key == "variables":
            node = [{"name": n, "value": value} for n, value in self.table(node, around).items()]
        for each, place in self._chosen(node, around):
            item = self.value(each, place)
            if isinstance(item, list):
                yield from self.items(item, key, place)
            elif isinstance(item, dict) and isinstance(item.get("template"), str):
                for tree, inside in self.included(item, place):
                    yield from self.items(tree.get(key), key, inside)
            elif isinstance(item, dict):
                yield self.table(item, place), place

    def included(self, node: Table, around: Around) -> Iterator[tuple[Table, Around]]:
        """Yield the template that a table names, with what is known there."""
        name = self.text(node.get("template"), around)
        if around.depth >= _DEEPEST or self._files <= 0 or "$" in name:
            return
        self._files -= 1
        path, tree = self._opened(name, around.folder)
        told = self.table(table(self.value(node.get("parameters"), around)), around)
        given = {name: self._deep(value, around) for name, value in told.items()}
        inside = around.given(tree, given)
        yield (
            dict(tree),
            inside._replace(folder=posixpath.dirname(path), depth=around.depth + 1),
        )

    def _chosen(self, nodes: object, around: Around) -> Iterator[tuple[object, Around]]:
        """Yield the items of a list with those that conditions and loops put there."""
        before: bool | None = False
        for each in nodes if isinstance(nodes, list) else ():
            self._left -= 1
            if self._left < 0:
                return
            controls = [*_controls_of(each)]
            if not controls:
                yield each, around
            for control, inner in controls:
                taken, before = self._branch(control, around, before=before)
                place = around
                if taken is None and control["asked"]:
                    place = around._replace(condition=control["asked"])
                for turn in self._turns(control, place) if taken is not False else ():
                    yield from self._chosen(self.value(inner, turn), turn)

    def _branch(
        self, control: re.Match[str], around: Around, *, before: bool | None
    ) -> tuple[bool | None, bool | None]:
        """Tell whether a branch is taken, and one of those up to it; None where that is not
        known.
        """
        kind = control["kind"]
        if kind not in _BRANCHES:
            return True, False
        earlier = False if kind == "if" else before
        holds = kind == "else" or self._truth(control["asked"], around)
        if earlier is True or holds is False:
            return False, earlier
        return (holds, True) if earlier is False and holds else (None, holds or None)

    def _truth(self, asked: str, around: Around) -> bool | None:
        """Tell whether a condition holds that compares two things, or names one."""
        asked = asked.strip()
        compared = _COMPARES.fullmatch(asked)
        if compared is None:
            named = self._operand(asked, around)
            return named.lower() == "true" if named and named.lower() in _LITERALS else None
        left, right = (self._operand(each, around) for each in compared.groups()[1:])
        if left is None or right is None:
            return None
        return (left.casefold() == right.casefold()) is (compared[1].lower() == "eq")

    def _operand(self, word: str, around: Around) -> str | None:
        if word.startswith("'"):
            return word.strip("'")
        if word.lower() in _LITERALS or word.isdecimal():
            return word
        found = around.lookup(word) if _EXPRESSION.fullmatch(f"${{{{{word}}}}}") else None
        is_known = isinstance(found, str) and "$" not in found
        return str(found) if is_known else None

    def _turns(self, control: re.Match[str], around: Around) -> Iterable[Around]:
        """Return what is known in each turn of a loop; once, where it is none or not known."""
        if not control["name"]:
            return [around]
        found = around.lookup(control["all"])
        if isinstance(found, dict):
            found = [{"key": key, "value": value} for key, value in found.items()]
        if not isinstance(found, list):
            return [around]
        return (around.bound(control["name"], each) for each in found)

    def _deep(self, node: object, around: Around) -> object:
        """Return a node with all expressions in it filled in that are known where it stands."""
        self._left -= 1
        if self._left < 0:
            return UNKNOWN
        found = self.value(node, around)
        if isinstance(found, dict):
            told = self.table(found, around)
            if isinstance(told.get("template"), str) and "@" not in told["template"]:
                told["template"] = _from_root(told["template"], around)
            return {key: self._deep(value, around) for key, value in told.items()}
        if isinstance(found, list):
            return [self._deep(each, place) for each, place in self._chosen(found, around)]
        return found


def _from_root(name: str, around: Around) -> str:
    """Return the name that a template has in every file."""
    return name if name.startswith("/") else "/" + posixpath.join(around.folder, name)


def _controls_of(node: object) -> Iterator[tuple[re.Match[str], object]]:
    """Yield the conditions and loops that stand for items of a list, with what each puts there."""
    for name, inner in node.items() if isinstance(node, dict) else ():
        control = _CONTROL.fullmatch(name.strip())
        if control and not isinstance(inner, dict):
            yield control, inner
