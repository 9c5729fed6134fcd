"""What comes along with packages of a distribution whose index says what each needs and what it
stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.packages import Missing, PackageSize
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping


class Entry(NamedTuple):
    """One package of an index: bytes of its archive and of its files, what it needs, what it
    provides beside itself.

    `priority` decides between packages that provide the same. `installed_if` lists what must all be
    there for the package to come along unasked (Alpine's `install_if`), none where it never does.
    """

    name: str
    version: str
    archive_bytes: int | None
    installed_bytes: int | None = None
    needs: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    priority: int = 0
    installed_if: tuple[str, ...] = ()


class Repository:
    """The packages of one or more indexes; of several with one name, that which was given last."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {each.name: each for each in entries}
        self._providers: dict[str, list[str]] = {}
        for each in self._entries.values():
            for name in {each.name, *each.provides}:
                self._providers.setdefault(name, []).append(each.name)

    def closure(
        self, names: Iterable[str], there: Collection[str] = ()
    ) -> tuple[list[Entry], list[Missing]]:
        """Return all that is installed for `names` beside what is `there`, and what no package or
        several provide.
        """
        chosen: dict[str, Entry] = {}
        missing: dict[str, str] = {}
        had = {name for each in there for name in self._provided(each)}
        todo = list(names)
        while todo or (todo := self._unasked(chosen, there)):
            wanted = todo.pop(0)
            if wanted in had or wanted in missing:
                continue
            found = self._provider(wanted)
            if found is None:
                several = wanted in self._providers
                missing[wanted] = (
                    "several packages provide it" if several else "the index has no such package"
                )
                continue
            chosen[found.name] = found
            had |= {wanted, *self._provided(found.name)}
            todo += found.needs
        return list(chosen.values()), [Missing(*each) for each in missing.items()]

    def _provided(self, name: str) -> set[str]:
        entry = self._entries.get(name)
        return {name, *(entry.provides if entry else ())}

    def _provider(self, wanted: str) -> Entry | None:
        """Return the package that is installed for a name; None where none is, or nothing decides
        between several.
        """
        if wanted in self._entries:
            return self._entries[wanted]
        providers = (self._entries[name] for name in self._providers.get(wanted, ()))
        found = sorted(providers, key=lambda each: -each.priority)
        tied = len(found) > 1 and found[0].priority == found[1].priority
        return found[0] if found and not tied else None

    def _unasked(self, chosen: Mapping[str, Entry], there: Collection[str]) -> list[str]:
        names = {name for each in (*chosen, *there) for name in self._provided(each)}
        new = (each for each in self._entries.values() if each.name not in names)
        return [
            each.name for each in new if each.installed_if and names.issuperset(each.installed_if)
        ]


def sized(
    entries: Iterable[Entry], layer: Callable[[Entry], int | None]
) -> tuple[PackageSize, ...]:
    """Return the sizes of packages, `layer` of which tells what each adds to a layer."""
    return tuple(
        PackageSize(
            each.name,
            each.version,
            each.archive_bytes,
            layer(each),
            each.installed_bytes,
            each.needs,
        )
        for each in entries
    )
