"""What configuration files say, each a layer over those that it extends."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.config.extending import with_extended
from dlint.config.files import user_file
from dlint.config.reading import all_keys, read, read_option, unknown, wrong
from dlint.project.contexts import repository_root
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.config.files import File
    from dlint.config.keys import Where
    from dlint.rule.rule import Rule


class Layer(NamedTuple):
    """What one file says: the values of keys, the options of rules, and where each stands."""

    where: Where
    values: dict[str, Any]
    options: dict[str, dict[str, Any]]
    places: dict[str, Where]

    def origin(self, key: str) -> str:
        """Return a key and its place, for errors."""
        return f"{self.where / key}: {key}"


class Reader:
    """Reads the files that rule the Dockerfiles below `root`; `warnings` say what it ignores."""

    def __init__(self, rules: Callable[[], Mapping[str, Rule]], root: Path, *, found: bool) -> None:
        """Take a function that gives all rules, and whether the files are `found`."""
        self._load_rules = rules
        self._root = root
        self._found = found
        self.warnings: list[str] = []

    def layers(self, file: File) -> list[Layer]:
        """Read a file and those that it extends, the outermost first. Raises DlintError with file
        and line where a value is unknown or wrong.
        """
        return [self._layer(each) for each in with_extended(file, self._known)]

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        return self._load_rules()

    def _known(self) -> set[str]:
        """Return every key of a file, families of rules among them."""
        return {*all_keys(), *(rule.family for rule in self._rules.values())}

    def _layer(self, file: File) -> Layer:
        keys, where = all_keys(), file.where
        layer = Layer(where, {}, {}, {})
        for name, value in file.values.items():
            key = keys.get(name)
            if key is None:
                self._read_family(layer, name, value, where / name)
                continue
            found = read(key.hint, value, where / name)
            if self._may_set(where / name, user_only=key.user_only):
                layer.values[name] = found
                layer.places[name] = where / name
        if self._found and "contexts" in layer.values:
            inside = self._contexts_inside(layer.values["contexts"], where / "contexts")
            layer.values["contexts"] = dict(inside)
        return layer

    def _may_set(self, where: Where, *, user_only: bool) -> bool:
        """Tell whether a value counts; warn of one that does not."""
        if user_only and self._found:
            self._warn(
                f"{where}: {where.key} is ignored: a file found above a Dockerfile may not set it"
            )
        return not (user_only and self._found)

    def _contexts_inside(
        self, contexts: Mapping[str, str], where: Where
    ) -> Iterator[tuple[str, str]]:
        """Yield the build contexts that lie in the file's repository, or below its folder; warn of
        others.
        """
        root = repository_root(Path(os.path.realpath(self._root)))
        for pattern, folder in contexts.items():
            if _is_inside(self._root / folder, root):
                yield pattern, folder
            else:
                self._warn(
                    f"{where / pattern}: the build context {folder!r} is ignored: it is outside the"
                    " repository"
                )

    def _warn(self, text: str) -> None:
        own = user_file()
        whose = f"your own {own.as_posix()}" if own else "your own configuration file"
        text = f"{text}; {whose} or a file named by --config may set it"
        if text not in self.warnings:  # a family's table speaks to several rules
            self.warnings.append(text)

    def _read_family(self, layer: Layer, family: str, table: object, where: Where) -> None:
        """Read the options of a family's rules: those for all of them, and the tables of single
        rules.
        """
        members = {
            name.partition("/")[2]: rule
            for name, rule in self._rules.items()
            if rule.family == family
        }
        if not members:
            raise unknown(where, "key", self._known())
        shared = {option for rule in members.values() for option in rule.options}
        given = _table(table, where, shared | members.keys())
        for name, rule in members.items():
            own = _table(given.get(name, {}), where / name, rule.options)
            values = [(key, given[key], where / key) for key in rule.options if key in given]
            values += [(key, value, where / name / key) for key, value in own.items()]
            self._read_rule(layer, rule, values)

    def _read_rule(
        self, layer: Layer, rule: Rule, values: Iterable[tuple[str, object, Where]]
    ) -> None:
        """Read the options of one rule: the family's that it has, then its own table's, which
        win.
        """
        for key, value, where in values:
            found = read_option(rule.options[key], value, where)
            if self._may_set(where, user_only=key in rule.user_options):
                layer.options.setdefault(rule.name, {})[key] = found
                layer.places[f"{rule.name}.{key}"] = where


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return Path(os.path.realpath(path)).is_relative_to(root)
    except ValueError:  # a path that holds NUL
        return False


def _table(value: object, where: Where, known: Iterable[str]) -> dict[str, Any]:
    """Return a table of options; raises DlintError for anything else."""
    if not isinstance(value, dict):
        raise wrong(where, "a table", value)
    for key in value:
        if key not in known:
            raise unknown(where / key, "option", known)
    return value


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """Lay files over one another: tables are merged, what extends adds, other values replace."""
    found: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.values.items():
            under = found.get(key)
            if isinstance(value, dict):
                found[key] = {**(under or {}), **value}
            elif key == "extend-exclude":
                found[key] = (*(under or ()), *value)
            else:
                found[key] = value
    return found
