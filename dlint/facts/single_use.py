"""Files that serve one RUN alone: packages that it installs, lists of them, scripts that it starts.

Paths in the image are absolute.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from fnmatch import fnmatchcase
from itertools import pairwise

from dlint.facts.volatility import is_dependency_list
from dlint.reads.arrivals import arrivals
from dlint.reads.mentions import IMAGES_OWN, first_mention, places_of, places_written
from dlint.syntax import Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def packages_installed(build: Build, transfer: Transfer) -> tuple[Run, tuple[str, ...]] | None:
    """Return the first RUN below a COPY in its stage that installs packages which that has brought
    from elsewhere, and the places of these, or of their folders.
    """
    by_place = build.fact(_by_place)
    if not by_place:
        return None
    from dlint.facts.stored import storage

    made = build.fact(storage).made(transfer)
    brought = [(each.path, each.tree) for each in made if each.path]
    runs = [by_place.get(place, ()) for place in brought]
    below = (each[bisect_right(each, transfer.index, key=_index) :] for each in runs)
    first = min((each[0] for each in below if each), key=_index, default=None)
    if first is None or build.stage_of(first) is not build.stage_of(transfer):
        return None
    places = (path for (path, _), found in zip(brought, runs, strict=True) if first in found)
    return first, tuple(dict.fromkeys(places))


def _index(run: Run) -> int:
    return run.index


def _by_place(build: Build) -> dict[tuple[str, bool], list[Run]]:
    """Return the RUNs that install packages, in order, by the packages' places and by those of
    their folders, the latter with True; a fact.
    """
    found: dict[tuple[str, bool], dict[int, Run]] = {}
    for run in _runs(build):
        for path in _installed(build, run):
            if path.endswith((*_PACKAGES, "/*")):
                found.setdefault((path.rpartition("/")[0], True), {})[run.index] = run
            if path.endswith(_PACKAGES):
                found.setdefault((path, False), {})[run.index] = run
    return {place: [*runs.values()] for place, runs in found.items()}


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


def _runs(build: Build) -> Iterator[Run]:
    return (each for each in build.dockerfile.instructions if isinstance(each, Run))


def _installed(build: Build, run: Run) -> Iterator[str]:
    """Yield what the operands of a RUN's installs, and the values of their flags, would be as
    files; of those that run for certain.
    """
    from dlint.shell.effects import Install

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
