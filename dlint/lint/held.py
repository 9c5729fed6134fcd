"""What a Dockerfile holds that rules need: a rule that needs more finds nothing there, and is
neither asked nor loaded.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dlint import syntax
from dlint.syntax.lazy import lazy

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.rule.rule import Rule

_NODES = frozenset((*syntax.__all__, "Stage"))


class Held:
    """What the instructions of a Dockerfile are and say, and what its RUNs do."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._instructions = build.dockerfile.instructions
        self._answers: dict[tuple[str, ...], bool] = {}

    def has_all(self, rule: Rule) -> bool:
        """Tell whether all is there that a rule needs; where a trigger for other images may bring
        it, it is.
        """
        if not rule.needs or self._nodes["Onbuild"]:
            return True
        found = self._answers.get(rule.needs)
        if found is None:
            found = self._answers[rule.needs] = self._has_all(rule.needs)
        return found

    def _has_all(self, needs: tuple[str, ...]) -> bool:
        """Ask what RUNs do last: the shell is read for it."""
        counts = sorted(Counter(needs).items(), key=lambda each: _is_effect(each[0]))
        return all(self._has(need, count) for need, count in counts)

    def _has(self, need: str, least: int) -> bool:
        names = need.split("|")
        count = sum(self._nodes[name] or (name in self._text) for name in names)
        if count < least and _is_effect(need):
            count += sum(self._effects[name] for name in names)
        return count >= least

    @lazy
    def _text(self) -> str:
        return "\n".join(text for each in self._instructions for text in each.texts)

    @lazy
    def _nodes(self) -> Counter[str]:
        kinds = (kind.__name__ for each in self._instructions for kind in type(each).__mro__)
        return Counter(kinds) + Counter(Stage=len(self._build.stages))

    @lazy
    def _effects(self) -> Counter[str]:
        runs = (each for each in self._instructions if isinstance(each, syntax.Run))
        return Counter(
            type(effect).__name__ for run in runs for effect in self._build.effects(run).items
        )


def _is_effect(need: str) -> bool:
    """Tell whether a kind of what RUNs do is among the names."""
    return any(name[0].isupper() and name not in _NODES for name in need.split("|"))
