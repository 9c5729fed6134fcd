"""The settings that count for a path, each with the place that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.config.reading import all_keys
from dlint.config.schema import OPTIONS, plain
from dlint.config.settings import Told
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.config.settings import Overrides, Settings

DEFAULT, FILE, ENVIRONMENT, OPTION = "default", "file", "environment", "option"
_SELECTING = ("select", "extend-select", "ignore")
# Keys whose value adds to that of another file, and those that the user adds to what files say.
_ADDING = (*_SELECTING, "extend-exclude")
_ADDED_BY_USER = (*_SELECTING, "exclude")


class Row(NamedTuple):
    """A setting: the keys that lead to it, its value as TOML has it, and what set it where: a line
    of a file, a variable or an option; "" for a default.
    """

    keys: tuple[str, ...]
    value: object
    source: str = DEFAULT
    place: str = ""


def rows(settings: Settings, output_format: str | None = None) -> Iterator[Row]:
    """Yield all settings in the order of the documentation; a key that adds has a row for each
    place.
    """
    told = dict(_told(settings.overrides)) | (
        {"output-format": output_format} if output_format else {}
    )
    for name, key in all_keys().items():
        found = list(_of_files(settings, name))
        if name in told:
            adds = name in _ADDED_BY_USER or isinstance(told[name], dict)
            found = [*(found if adds else ()), *_of_user(name, told[name])]
        if found:
            yield from found
        elif key.default not in (None, {}):
            yield Row((name,), plain(key.default))
    yield from _options(settings)


def _told(given: Overrides) -> Iterator[tuple[str, object]]:
    """Yield what the command line and its variables say, by key."""
    for name in OPTIONS:
        value = getattr(given, name.replace("-", "_"), None)
        if value not in (None, (), False) or (name == "online" and value is not None):
            yield name, dict(value) if name in ("per-file-ignores", "build-args") else value


def _of_user(name: str, value: object) -> Iterator[Row]:
    option = OPTIONS[name]
    if isinstance(value, dict):
        for key, each in value.items():
            yield Row((name, key), plain(each), OPTION, option)
    elif isinstance(value, Told):
        yield Row((name,), str(value), ENVIRONMENT, value.variable)
    else:
        yield Row((name,), plain(value), OPTION, option)


def _of_files(settings: Settings, name: str) -> Iterable[Row]:
    """Return what files say of a key: of the topmost file, or of all where they add up."""
    layers = settings.layers
    if name in _SELECTING:
        first = [at for at, each in enumerate(layers) if "select" in each.values][-1:]
        layers = [] if settings.overrides.select is not None else layers[first[0] if first else 0 :]
    found: dict[object, Row] = {}
    for layer in layers:
        value = layer.values.get(name)
        if isinstance(value, dict):
            where = layer.places[name]
            for key, each in value.items():
                shown = each.texts() if name == "images" else plain(each)
                found[key] = Row((name, key), shown, FILE, str(where / key))
        elif value is not None:
            at = len(found) if name in _ADDING else 0
            found[at] = Row((name,), plain(value), FILE, str(layer.places[name]))
    return found.values()


def _options(settings: Settings) -> Iterator[Row]:
    """Yield the options of the rules that run."""
    for name, rule in settings.rules.items():
        values: Mapping[str, object] = settings.options(rule)
        general = settings.general_options(rule)
        for option in rule.options:
            keys = (*name.split("/"), option)
            names = (*([option] if option in general else ()), f"{name}.{option}")
            found = [each.places.get(key) for key in names for each in settings.layers]
            places = [each for each in found if each is not None]
            source = FILE if places else DEFAULT
            yield Row(keys, plain(values[option]), source, str(places[-1]) if places else "")
