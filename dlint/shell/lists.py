"""Files whose content a command is given as its words: `xargs -a FILE`, `cat FILE | xargs`,
`$(cat FILE)`.
"""

from __future__ import annotations

from dlint.shell.arguments import arguments
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.shell.look import Look
    from dlint.shell.script import Command, ShellWord


class _Filter(NamedTuple):
    """A program that writes the lines of the files which it is given.

    `values` are flags with a value. `asks`: its first operand says what of them, but where one of
    `instead` does.
    """

    values: frozenset[str] = frozenset()
    asks: bool = False
    instead: tuple[str, ...] = ()


_GREP = _Filter(frozenset(["-A", "-B", "-C", "-e", "-f", "-m"]), asks=True, instead=("-e", "-f"))
_AWK = _Filter(frozenset(["-F", "-f", "-v"]), asks=True, instead=("-f",))
_FILTERS = {
    **dict.fromkeys(["cat", "tac", "uniq", "envsubst"], _Filter()),
    **dict.fromkeys(["grep", "egrep", "fgrep"], _GREP),
    **dict.fromkeys(["awk", "gawk", "mawk"], _AWK),
    **dict.fromkeys(["head", "tail"], _Filter(frozenset(["-c", "-n"]))),
    "cut": _Filter(frozenset(["-b", "-c", "-d", "-f"])),
    "sed": _Filter(frozenset(["-e", "-f"]), asks=True, instead=("-e", "-f")),
    "sort": _Filter(frozenset(["-k", "-o", "-t"])),
}
_OF_THE_SYSTEM = ("/proc/", "/sys/", "/etc/os-release", "/etc/lsb-release")  # nobody copies them
_FROM_XARGS = frozenset(["", "{}"])  # how the word that xargs adds is written


def listed_in(
    look: Look, command: Command, operands: Sequence[ShellWord]
) -> Iterator[tuple[Command, ShellWord]]:
    """Yield the files whose lines stand among a command's operands, each with what reads it."""
    for reader, word in _listed_in(look, command, operands):
        if not word.form.startswith(_OF_THE_SYSTEM):
            yield reader, word


def _listed_in(
    look: Look, command: Command, operands: Sequence[ShellWord]
) -> Iterator[tuple[Command, ShellWord]]:
    if any(word.text is None and word.raw in _FROM_XARGS for word in operands):
        yield from ((command, word) for word in _input(command))
        for earlier in look.piped_into(command):
            yield from ((earlier, word) for word in _read(earlier))
    for word in operands:
        if word.text is None:
            for inner in look.inside(word, command):
                yield from ((inner, each) for each in _read(inner))


def _read(command: Command) -> Iterator[ShellWord]:
    """Yield the files whose lines a command writes."""
    yield from _input(command)
    found = _FILTERS.get(command.name)
    if found is not None:
        given = arguments(command.args, found.values)
        asked = found.asks and not given.has(*found.instead)
        yield from given.operands[asked:]


def _input(command: Command) -> Iterator[ShellWord]:
    for redirect in command.redirects:
        if redirect.operator == "<" and redirect.target is not None:
            yield redirect.target
