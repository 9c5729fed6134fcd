"""Rules that an index describes: their modules are loaded when there is something to look at.

The index of dlint's own rules is `rules/index.py`, which tools/rules/index.py writes. With it a run
knows what each rule is called, how severe it is and what it looks at, without a page, a check or
what these import.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from dlint.findings import Safety, Severity
from dlint.rule.rule import Rule, page_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

ENTRY = "module since preview severity default fix aliases kinds needs".split()
_SEVERITIES = {str(each): each for each in Severity}
Names = tuple[str, ...]
Entry = tuple[str, str, bool, str, bool, str | None, Names, Names, Names]


class ShelvedRule(Rule):
    """A rule whose module is loaded when more is asked than its entry tells."""

    def __init__(self, package: str, entry: Entry) -> None:
        """Take an entry of the index of `package`."""
        module, since, preview, severity, default, fix, aliases, kinds, needs = entry
        self.module = f"{package}.{module}"
        self.name = module.replace("_", "-").replace(".", "/", 1)
        self.family = self.name.partition("/")[0]
        self.since = since
        self.preview = preview
        self.severity = _SEVERITIES[severity]
        self.default = default
        self.fix = None if fix is None else Safety(fix)
        self.aliases = aliases
        self.needs = needs
        self.url = page_address(self.name)
        self._kinds = frozenset(kinds)

    def looks_at(self, kind: type) -> bool:
        """Tell whether any check takes nodes of `kind`; nothing is loaded to know it."""
        return not self._kinds.isdisjoint(_called(kind))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the rule has
        vars(self).update(vars(import_module(self.module).rule))
        return object.__getattribute__(self, name)


@cache
def _called(kind: type) -> frozenset[str]:
    """Return what the index calls a kind and those that it is one of."""
    return frozenset(_names(kind.__mro__))


def _names(kinds: Iterable[type]) -> Iterator[str]:
    """Yield what the index calls kinds of nodes."""
    return (kind.__name__ for kind in kinds)


def entry(rule: Rule) -> Entry:
    """Return the entry of a rule that is loaded; raises ValueError where no version is given."""
    if rule.since is None:
        raise ValueError(f"{rule.name}: `since` names the version that brings it")
    module = ".".join(rule.module.rsplit(".", 2)[-2:])
    kinds = tuple(sorted(_names(rule.checks)))
    fix = rule.fix and str(rule.fix)
    level = str(rule.severity)
    about = module, rule.since, rule.preview, level, rule.default, fix
    return *about, rule.aliases, kinds, rule.needs


def shelved(package: str) -> Iterator[Rule]:
    """Yield the rules of a package as its index describes them."""
    entries: Iterable[Entry] = import_module(f"{package}.index").INDEX
    for each in entries:
        yield ShelvedRule(package, each)
