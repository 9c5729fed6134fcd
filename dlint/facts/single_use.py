"""Files that serve one RUN alone: packages that it installs, lists of them, scripts that it starts.

Paths in the image are absolute.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.facts.volatility import is_dependency_list
from dlint.model.tree import within
from dlint.reads.arrivals import arrivals
from dlint.reads.mentions import IMAGES_OWN, first_mention, places_of, places_written
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Install

_FINDS = frozenset(("-f", "--find-links"))
_PACKAGES = (".deb", ".rpm", ".whl", ".apk", ".run", ".jar.pack", ".msi")
_SCRIPTS = (".sh", ".bash", ".py", ".pl", ".rb")
_STARTS = regex(
    r"entry|start|run[-_.]|init|cmd|boot|health|wait|serve|launch|supervis|wrapper|docker-php|cron"
)
_COMMANDS = ("/bin", "/sbin")  # folders of what the image, or one built on it, may start
_TEMPORARY = ("/tmp/", "/var/tmp/")  # noqa: S108  the image's own folders
_SERVED = regex(r"/(?:usr/share/(?:nginx/html|caddy)|usr/local/apache2/htdocs|var/www|srv/www)/")
_INTERPRETERS = frozenset(
    ("sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "source", ".")
)
_UNREAD_BY = frozenset(("rm", "chmod", "chown", "ls"))  # they name files and read none


def may_serve_once(path: str) -> bool:
    """Tell whether a file may serve one RUN alone, by its name."""
    return path.endswith(_PACKAGES + _SCRIPTS) or is_dependency_list(path)


class SingleUse(NamedTuple):
    """The first RUN that speaks of one of the files at `places`, the path in the context by that in
    the image, and which of them it installs or starts.
    """

    run: Run
    used: list[str]
    places: Mapping[str, str]


def single_use(build: Build, transfer: Transfer) -> SingleUse | None:
    """Return the first RUN that speaks of files of a COPY, where it installs or starts some of
    them, by their names or by the pattern of the COPY.
    """
    for places in (places_of(build, transfer), places_written(build, transfer)):
        run = first_mention(build, transfer, places)
        used = [place for place in places if _serves(build, run, place)] if run else []
        if run and used:
            return SingleUse(run, used, places)
    return None


def _serves(build: Build, run: Run, place: str) -> bool:
    """Tell whether a RUN installs the package file, or starts the set-up script, at `place`."""
    if _is_package(place):
        return any(path == place or _stands_for(path, place) for path in _read(build, run))
    return _is_set_up_script(place) and place in _started(build, run)


def _stands_for(path: str, place: str) -> bool:
    """Tell whether a pattern stands for a package file among others in its folder: `/tmp/*.deb`."""
    folder, _, pattern = path.rpartition("/")
    return "*" in pattern and folder == posixpath.dirname(place) and fnmatchcase(place, path)


def packages_installed(build: Build, transfer: Transfer, run: Run) -> tuple[str, ...]:
    """Return the places of the packages, or folders of packages, that a COPY has brought from
    elsewhere and `run` installs.
    """
    paths = build.fact(_installed_by).get(run.index)
    if paths is None:
        return ()
    from dlint.facts.stored import storage

    brought = build.fact(storage).made(transfer)
    places = (each.path for each in brought if each.path and _is_installed(each, paths))
    return tuple(dict.fromkeys(places))


def is_of_project(build: Build, stage: Stage, transfer: Transfer, places: list[str]) -> bool:
    """Tell whether other COPYs fill the folder that scripts among `places` stand in, or a web
    server serves it: they are part of what the image runs.
    """
    if any(map(_SERVED.match, places)):
        return True
    scripts = (place for place in places if place.endswith(_SCRIPTS))
    folders = {posixpath.dirname(place) for place in scripts} - IMAGES_OWN
    for step in build.steps(stage) if folders else ():
        other = step.instruction
        if not isinstance(other, Transfer) or other is transfer:
            continue
        arrival = build.fact(arrivals).of(step, other)
        if arrival is None or all(w.text.endswith(_SCRIPTS + _PACKAGES) for w in other.sources):
            continue
        if any(within(arrival.destination, folder) for folder in folders):
            return True
    return False


def _is_installed(stored: Stored, paths: frozenset[str]) -> bool:
    """Tell whether the package file that was copied is installed, or package files of the
    folder.
    """
    if not stored.tree:
        return stored.path in paths and stored.path.endswith(_PACKAGES)
    packages = (path for path in paths if path.endswith((*_PACKAGES, "/*")))
    return any(path.rpartition("/")[0] == stored.path for path in packages)


def _is_package(place: str) -> bool:
    """Tell whether a file is a package, or names those that are to be installed and nothing
    else.
    """
    is_list = place.startswith(_TEMPORARY) and is_dependency_list(place)
    return is_list or place.endswith(_PACKAGES)


def _is_set_up_script(place: str) -> bool:
    """Tell whether a file is a script that the image does not start, by its name and place."""
    folder, _, name = place.rpartition("/")
    is_started = _STARTS.search(name.lower()) or folder.endswith(_COMMANDS)
    return name.endswith(_SCRIPTS) and not is_started


def _read(build: Build, run: Run) -> Iterator[str]:
    """Yield what the operands of a RUN's commands would be as files, where the command may read
    them.
    """
    for command in build.script(run).commands:
        if command.name not in _UNREAD_BY:
            for word in command.args:
                yield from _path(build, run, command, word.form)


def _started(build: Build, run: Run) -> Iterator[str]:
    """Yield the programs that a RUN starts by their paths, and the scripts that it gives to their
    interpreters.
    """
    for command in build.script(run).commands:
        if "/" in command.word.form:
            yield from _path(build, run, command, command.word.form)
        if command.name in _INTERPRETERS:
            operands = (word.form for word in command.args if not word.form.startswith("-"))
            yield from _path(build, run, command, next(operands, ""))


def installers(build: Build) -> tuple[Run, ...]:
    """Return the RUNs that install anything by its path, in order."""
    found = build.fact(_installed_by)
    return tuple(run for run in _runs(build) if run.index in found)


def _runs(build: Build) -> Iterator[Run]:
    return (each for each in build.dockerfile.instructions if isinstance(each, Run))


def _installed_by(build: Build) -> dict[int, frozenset[str]]:
    """Return the paths that RUNs install, by the index of each that installs any: each COPY above
    asks for them.
    """
    every = ((run.index, frozenset(_installed(build, run))) for run in _runs(build))
    return {index: paths for index, paths in every if paths}


def _installed(build: Build, run: Run) -> Iterator[str]:
    """Yield what the operands of a RUN's installs, and the values of their flags, would be as
    files; of those that run for certain.
    """
    from dlint.shell import Install

    for install in build.effects(run).of(Install):
        for word in install.command.args if install.command.certain else ():
            form = word.form.partition("=")[2] or word.form
            yield from _path(build, run, install.command, form)
        for folder in _folders_of_archives(install):
            yield from _path(build, run, install.command, f"{folder}/*")


def _folders_of_archives(install: Install) -> Iterator[str]:
    """Yield the folders that pip or uv is told to find packages in."""
    if install.managed_by.language != "python" or not install.command.certain:
        return
    forms = install.command.forms
    for flag, value in pairwise((*forms, "")):
        name, _, own = flag.partition("=")
        if name in _FINDS:
            yield (own or value).rstrip("/")


def _path(build: Build, run: Run, command: Command, form: str) -> Iterator[str]:
    """Yield the absolute path of a word, if the command's working directory is known."""
    if form.startswith("/"):
        yield posixpath.normpath(form)
    elif command.cwd is not None:
        here = build.state(run).workdir or "/"
        yield posixpath.normpath(posixpath.join(here, command.cwd, form))
