"""A command's words as flags, their values and operands."""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dlint.shell.script import ShellWord


class Arguments(NamedTuple):
    """What a program's arguments say.

    `flags` maps each flag, dashes included, to its values in order; a flag without a value to the
    flag's own words.
    """

    flags: dict[str, list[ShellWord]]
    operands: tuple[ShellWord, ...]

    def has(self, *names: str) -> bool:
        """Whether one of the flags is given."""
        return not self.flags.keys().isdisjoint(names)

    def values(self, *names: str) -> tuple[ShellWord, ...]:
        """Return all values of the flags."""
        return tuple(word for name in names for word in self.flags.get(name, ()))

    def value(self, *names: str) -> ShellWord | None:
        """Return the last value of the flags."""
        return next((self.flags[name][-1] for name in reversed(names) if name in self.flags), None)

    def setting(self, flag: str) -> ShellWord | None:
        """Return the last value of a flag; of `--setopt=cachedir`, that of the one setting."""
        name, is_setting, key = flag.partition("=")
        found = self.values(name)
        if is_setting:
            start = f"{key}="
            found = tuple(after(word, len(start)) for word in found if word.form.startswith(start))
        return found[-1] if found else None


def arguments(
    words: Sequence[ShellWord], values: Container[str], *, clusters: bool = True
) -> Arguments:
    """Tell flags from operands. `values` are flags that take a value; in a `cluster` each letter of
    `-xyz` is a flag.

    The value may be the next word, stand after `=` in a long flag or follow a short one without a
    blank.
    """
    flags: dict[str, list[ShellWord]] = {}
    operands: list[ShellWord] = []
    rest = iter(words)
    for word in rest:
        text = word.form
        if text == "--":
            operands += rest
        elif not text.startswith("-") or text == "-":
            operands.append(word)
        else:
            name, value = _flag(word, values, clusters=clusters)
            *letters, last = _letters(name, values) if clusters else [name]
            for letter in letters:
                flags.setdefault(letter, []).append(word)
            if value is None:
                value = next(rest, word) if last in values else word
            flags.setdefault(last, []).append(value)
    return Arguments(flags, tuple(operands))


def _flag(
    word: ShellWord, values: Container[str], *, clusters: bool
) -> tuple[str, ShellWord | None]:
    """Return the flag's name, or a cluster's, and the value in the same word, if any."""
    text = word.form
    name, equals, _ = text.partition("=")
    if equals and (text.startswith("--") or not clusters):
        return name, after(word, len(name) + 1)
    if text in values or text.startswith("--") or not clusters:
        return text, None
    for at in range(1, len(text) - 1):
        if f"-{text[at]}" in values:
            return text[: at + 1], after(word, at + 1)
    return text, None


def _letters(name: str, values: Container[str]) -> Sequence[str]:
    """Return the flags of a cluster."""
    return (
        [name] if name.startswith("--") or name in values else [f"-{letter}" for letter in name[1:]]
    )


def after(word: ShellWord, length: int) -> ShellWord:
    """Return what a word says after its first `length` characters."""
    text = None if word.text is None else word.text[length:]
    return word._replace(text=text, form=word.form[length:])
