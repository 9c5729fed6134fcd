"""The parser of a verb's words."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from dlint.config.settings import VARIABLES, Told
from dlint.errors import DlintError
from dlint.rule.selectors import suggestion
from dlint.text.patterns import regex
from dlint.text.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# argparse's words stay English: `error` reads them, and to look for a translation loads `locale`.
vars(argparse)["_"] = str
_CHOICE = regex(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)
_TYPE = regex(r"argument (\S+): invalid (\w+) value: '(.*)'", re.DOTALL)
_OTHER = regex(r"argument (\S+): (.*)", re.DOTALL)
UNKNOWN = "unrecognized arguments: "
EXPECTED = {
    "int": "a whole number",
    "_count": "a whole number of at least 1",
    "_rate": "a rate such as 50Mbit",
}  # by the function that reads

# Options whose value may be left out: one that is there follows a `=`, so that a path is none.
OPTIONAL = ("--add-ignore",)


def valued(words: list[str]) -> list[str]:
    """Return words of a command line in which such options have a value, which may be empty."""
    return [f"{word}=" if word in OPTIONAL else word for word in words]


class Parser(argparse.ArgumentParser):
    """A parser that ends as every other error does: what is wrong in one line, what to do in
    another.
    """

    def parse_known_args(  # type: ignore[override]  # of its overloads this is the one in use
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse words, over what environment variables say."""
        isolated = "--isolated" in (args or ())
        for option, variable in VARIABLES.items():
            value = os.environ.get(variable)
            is_one = option in self._option_string_actions
            if value and is_one and not (isolated and option == "--config"):
                self.set_defaults(**_by_variable(self, option, variable, value))
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """Name the environment variables as well."""
        for option, variable in VARIABLES.items():
            if action := self._option_string_actions.get(option):
                action.help = f"{action.help} [env: {variable}]"
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a DlintError."""
        if choice := _CHOICE.fullmatch(message):
            name, value, listed = choice.groups()
            choices = listed.replace("'", "").split(", ")
            raise DlintError(
                f"{name}: '{printable(value)}' is not one of {', '.join(choices)}",
                suggestion(value, choices) or self._help,
            )
        if other := _TYPE.fullmatch(message):
            name, kind, value = other.groups()
            what = f"'{printable(value)}' is not {EXPECTED.get(kind, kind)}"
            raise DlintError(f"{name}: {what}", self._help)
        if message.startswith(UNKNOWN):
            word = message.removeprefix(UNKNOWN).split(" ", 1)[0]
            is_option = word.startswith("-")
            word = word.partition("=")[0] if is_option else word
            kind = "unknown option" if is_option else "one argument too many:"
            meant = suggestion(word, self._option_string_actions)
            raise DlintError(f"{self.prog}: {kind} '{printable(word)}'", meant or self._help)
        if other := _OTHER.fullmatch(message):
            raise DlintError(f"{other[1]}: {printable(other[2])}", self._help)
        raise DlintError(f"{self.prog}: {printable(message)}", self._help)

    @property
    def _help(self) -> str:
        return f"`{self.prog} --help` lists the options"


def _by_variable(parser: Parser, option: str, variable: str, value: str) -> dict[str, object]:
    """Return what an environment variable sets; raises DlintError, which names it."""
    from copy import copy

    alone = Parser(parser.prog, add_help=False)
    alone._add_action(copy(parser._option_string_actions[option]))  # noqa: SLF001  else `parents` takes all
    try:
        found, _ = argparse.ArgumentParser.parse_known_args(alone, [f"{option}={value}"])
    except DlintError as error:
        raise DlintError(error.message.replace(option, variable, 1), error.hint) from None
    return {name: _told(each, variable) for name, each in vars(found).items()}


def _told(value: object, variable: str) -> object:
    """Keep who told a value, for texts: other values are not spoken of again."""
    if not isinstance(value, str):
        return value
    told = Told(value)
    told.variable = variable
    return told


class Formats(argparse.Action):
    """Keeps the last format without a file, and all that have one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002  argparse's own signature
    ) -> None:
        """Take one value of the option; an error of usage where no file follows the `=`."""
        form, is_file, file = str(values).partition("=")
        if not is_file:
            namespace.output_format = form
        elif form and file:
            namespace.output_files = (*namespace.output_files, (form, Path(file)))
        else:
            missing = "file" if form else "format"
            parser.error(f"--output-format {values}: no {missing} in it, as in sarif=FILE")
