"""What manifests that are programs read: a Gemfile, a gemspec, mix.exs, Gradle's scripts."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.paths import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dlint.reads.context_files import Reader

# Bundler reads what it is told to, which mostly is called so.
_GEMFILES = regex(r"(?!.*\.lock\Z)(?:Gemfile.*|gems\.rb|.*\.gemfile)")
_PROGRAMS = regex(r".*\.gemspec|mix\.exs|.*\.gradle(?:\.kts)?|.*\.sbt")
_NAME = regex(r"""["']([^"'\s#$]+)["']""")
_REQUIRED = regex(r"""\brequire(?:_relative)?\b[ (]*["']([^"'\s#$]+)["']""")
# Where the applications of an umbrella project stand, which one mix.lock is for.
_APPS = regex(r"""(?m)^[^#\n]*?\bapps_path:[ \t]*(?:"([^"#\n]+)")?""")
_FOLDER = regex(r"""\b(?:path|includeBuild)\b\W{0,5}["']([^"'\s#$]+)["']""")


def named_by_programs(
    places: Mapping[str, str], found: frozenset[str], read: Callable[[str], bytes | None]
) -> frozenset[str]:
    """Return the context's files that the programs among the manifests `found` name in a string, or
    that are in a folder which they take a package from; of a Gemfile that one reads in, too.
    `places` has the context's files by where they stand in the image.
    """
    named, more = frozenset[str](), found
    while more:
        new = _named(places, more, read) - named
        named |= new
        more = frozenset(filter(is_gemfile, new - found))
    return named


def is_gemfile(path: str) -> bool:
    """Tell whether a file is a Gemfile by its name."""
    return _GEMFILES.fullmatch(posixpath.basename(path)) is not None


def _named(
    places: Mapping[str, str], found: frozenset[str], read: Callable[[str], bytes | None]
) -> frozenset[str]:
    programs = {
        place: source
        for place, source in places.items()
        if source in found and (is_gemfile(place) or _PROGRAMS.fullmatch(posixpath.basename(place)))
    }
    named: set[str] = set()
    for place, source in programs.items():
        text = (read(source) or b"").decode("utf-8", "replace")
        folder = posixpath.dirname(place)
        named.update(places[each] for each in _files(text, folder) if each in places)
        named.update(_below(places, folder, _FOLDER.findall(text)))
    return frozenset(named)


def _files(text: str, folder: str) -> Iterator[str]:
    """Yield where files would stand that a program in `folder` names; Ruby adds `.rb`."""
    names = _NAME.findall(text) + [f"{name}.rb" for name in _REQUIRED.findall(text)]
    for name in names:
        yield posixpath.normpath(posixpath.join(folder, name))


def _below(places: Mapping[str, str], folder: str, names: list[str]) -> Iterator[str]:
    """Yield the files of folders; the project's own folder is all of it, and no package."""
    paths = [posixpath.normpath(posixpath.join(folder, name)) for name in names]
    apart = [path for path in paths if path != folder]
    for place, source in places.items():
        if any(within(place, path) for path in apart):
            yield source


def apps_of_umbrellas(reader: Reader, found: frozenset[str]) -> frozenset[str]:
    """Return the manifests of the applications of those of mix's projects among `found` that are
    umbrellas: mix fetches what all of these ask for.
    """
    folders = (
        posixpath.normpath(posixpath.join(posixpath.dirname(place), apps))
        for place, source in reader.placed(found)
        if posixpath.basename(place) == "mix.exs"
        for apps in _APPS.findall(reader.text(source) or "")
        if apps
    )
    return reader.matching(posixpath.join(each, "*/mix.exs") for each in folders)


def is_open_umbrella(text: str) -> bool:
    """Tell whether a mix.exs works out where the applications of an umbrella project stand."""
    return "" in _APPS.findall(text)
