"""What a Dockerfile and its context hold that rules need: a rule that needs more finds nothing
there, and is neither asked nor loaded.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from dlint import syntax
from dlint.text.lazy import lazy
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build

_NODES = frozenset((*syntax.__all__, "Stage", "IgnoreFile"))


class _Need(NamedTuple):
    """Any of some texts, kinds of nodes and kinds of what RUNs do, so many times."""

    texts: list[str]
    nodes: list[str]
    effects: list[str]
    least: int

    @classmethod
    def of(cls, need: str, least: int) -> _Need:
        names = need.split("|")
        kinds = [each for each in names if each[0].isupper()]
        return cls(
            [each for each in names if each not in kinds],
            [each for each in kinds if each in _NODES],
            [each for each in kinds if each not in _NODES],
            least,
        )


class Held:
    """What the instructions of a Dockerfile are and say, and what its RUNs do."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._instructions = build.dockerfile.instructions

    def has_all(self, needs: tuple[str, ...]) -> bool:
        """Tell whether all is there that rules need; where a trigger for other images may bring it,
        it is.
        """
        return not needs or "Onbuild" in self._nodes or all(map(self._has, _read(needs)))

    def _has(self, need: _Need) -> bool:
        count = 0
        for name in need.nodes:
            count += self._nodes.get(name, 0)
        for name in need.texts:
            count += name in self._text
        if count < need.least:
            for name in need.effects:
                count += self._effects.get(name, 0)
        return count >= need.least

    @lazy
    def _text(self) -> str:
        return "\n".join(text for each in self._instructions for text in each.texts)

    @lazy
    def _nodes(self) -> Counter[str]:
        ignore = self._build.context.ignore
        found = Counter(Stage=len(self._build.stages), IgnoreFile=int(ignore is not None))
        for kind, count in Counter(map(type, self._instructions)).items():
            for each in kind.__mro__:
                found[each.__name__] += count
        return found

    @lazy
    def _effects(self) -> Counter[str]:
        runs = (each for each in self._instructions if isinstance(each, syntax.Run))
        return Counter(
            type(effect).__name__ for run in runs for effect in self._build.effects(run).items
        )


@cache
def _read(needs: tuple[str, ...]) -> tuple[_Need, ...]:
    """Read what a rule needs: what RUNs do last, since the shell is read for it."""
    found = (_Need.of(need, count) for need, count in Counter(needs).items())
    return tuple(sorted(found, key=lambda each: bool(each.effects)))
