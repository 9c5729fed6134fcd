"""Scripts of the build context that a RUN calls, as far as their text tells what they do."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.shell import Unknown
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build
    from dlint.shell import CacheLeft, Command, Effects

_LARGEST = 1 << 16  # bytes; scripts are no larger
_SHELLS = frozenset(("ash", "bash", "dash", "sh", "zsh"))
_VARIABLE = regex(r"\$(?:\w+|\{\w+\})")
_LANGUAGE = regex(r"(?:python|pypy|pip|php|ruby|perl|lua|node|java)[\w.-]*\$")  # `python$VERSION`
_UNATTENDED = frozenset("bp")  # flags of what installs conda: ask nothing, and where to
_CLEANS = regex(rb"apt/lists|apt-get clean|clean all|cache clean|apk/\*|\.cache")
_INSTALLS = regex(rb"\b(?:apt|apt-get|aptitude)\b[^\n]{0,300}\binstall\b")
_UPDATES = regex(rb"\b(?:apt|apt-get|aptitude)\b[^\n]{0,300}\bupdate\b")
# What installs packages of the system, by its name. The scripts of PHP's images compile extensions.
_INSTALLERS = regex(
    r"(?<!docker-php-ext-)install|setup|bootstrap|provision|dep(?:s|endenc)|rosdep|gdebi|ansible|puppet|chef|salt"
)


def clean_up(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a script of the context that a RUN calls, once `cache` is filled, empties
    caches.
    """
    filled = min(each.span.start for each in cache.commands)
    return _clean_from(build, build.effects(run), filled)


def clean_up_behind(build: Build, effects: Effects, command: Command) -> bool:
    """Tell whether a script of the context that is called behind a command, by a RUN or another
    script, empties caches.
    """
    return _clean_from(build, effects, command.span.start + 1)


def _clean_from(build: Build, effects: Effects, start: int) -> bool:
    """Tell whether a command that starts there or later calls a script that empties caches."""
    unknown = (each.command for each in effects.of(Unknown))
    return any(_starts_cleaning(build, each) for each in unknown if each.span.start >= start)


def _starts_cleaning(build: Build, command: Command) -> bool:
    """Tell whether a command starts a script of the context that empties caches."""
    words = {command.word.form, *(word.form for word in command.args[:1]), program_of(command)}
    names = {word.rpartition("/")[2] for word in words if word}
    return any(_CLEANS.search(text) for name in names for text in texts(build, name))


def may_install(build: Build, command: Command) -> bool:
    """Tell whether a script or another program may install packages from an index that is there."""
    program = program_of(command)
    if program is None:
        return command.connector == "|"
    name = program.rpartition("/")[2]
    found = list(texts(build, name))
    if found:
        return any(map(_installs_first, found))
    if _LANGUAGE.match(name) or _installs_conda(command):
        return False
    return "$" in name or bool(_INSTALLERS.search(name)) or name.endswith((".sh", ".bash"))


def _installs_conda(command: Command) -> bool:
    """Tell whether a shell runs an installer of conda's (`bash x.sh -b -p /opt/conda`), which
    brings all that it installs.
    """
    if command.name not in _SHELLS:
        return False
    flags = [word.form for word in command.args if word.form.startswith("-")]
    return {*"".join(each for each in flags if not each.startswith("--"))} >= _UNATTENDED


def installs_at_once(build: Build, command: Command) -> bool | None:
    """Tell whether the scripts of the context that a command may mean install with apt before they
    fetch an index of their own; None where they do neither, or none is there.
    """
    found = list(texts(build, (program_of(command) or "").rpartition("/")[2]))
    if any(map(_installs_first, found)):
        return True
    return False if any(map(_UPDATES.search, found)) else None


def program_of(command: Command) -> str | None:
    """Return the script that a shell is given, or else what a command is called by; None where a
    shell reads what it does from elsewhere.
    """
    if command.name not in _SHELLS:
        return command.word.form
    return next((word.form for word in command.args if not word.form.startswith("-")), None)


def _installs_first(text: bytes) -> bool:
    """Tell whether a script installs packages before it fetches an index of its own."""
    install, update = _INSTALLS.search(text), _UPDATES.search(text)
    return install is not None and (update is None or install.start() < update.start())


def with_scripts(build: Build) -> str:
    """Return the text of the Dockerfile with those of the context's files that its RUNs start by
    name; a fact.
    """
    runs = (each for each in build.dockerfile.instructions if isinstance(each, Run))
    unknown = (each for run in runs for each in build.effects(run).of(Unknown))
    programs = (program_of(each.command) or "" for each in unknown)
    names = dict.fromkeys(program.rpartition("/")[2] for program in programs)
    read = (text.decode("utf-8", "replace") for name in names for text in texts(build, name))
    return "\n".join((build.dockerfile.source.text, *read))


def texts(build: Build, name: str) -> Iterator[bytes]:
    """Yield the texts of the context's files that are called so, there or by a COPY."""
    return map(build.context.read, paths(build, name))


def paths(build: Build, name: str) -> Sequence[str]:
    """Return the context's files that are called so, there or by a COPY: each that may be, where
    variables hide a part of the name.
    """
    if "$" not in name:
        return build.fact(_by_name).get(name, ())
    return build.keep((paths, name), lambda: _fitting(build, name))


def _fitting(build: Build, name: str) -> Sequence[str]:
    """Return the context's files that a name with variables fits; none where it tells nothing of
    them.
    """
    parts = _VARIABLE.split(name)
    if not any(map(str.isalpha, "".join(parts))):
        return ()
    fits = re.compile(".*".join(map(re.escape, parts)))
    found = build.fact(_by_name)
    return [path for each in sorted(found) if fits.fullmatch(each) for path in found[each]]


def _by_name(build: Build) -> dict[str, list[str]]:
    """Return the paths of the context's files that may be scripts, by their names; a fact: not of
    those that another file is copied over before a build.
    """
    found: dict[str, list[str]] = {}
    for path, entry in build.context.entries.items():
        if entry.kind == "file" and entry.size < _LARGEST and not _is_replaced(build, path):
            found.setdefault(path.rpartition("/")[2], []).append(path)
    for name, path in _renamed(build):
        if build.context.entries[path].size < _LARGEST:
            found.setdefault(name, []).append(path)
    return found


def _is_replaced(build: Build, path: str) -> bool:
    """Tell whether a recipe of the repository copies another file over one of the context."""
    if build.recipes is None or build.repository is None:
        return False
    return build.recipes.is_replaced(posixpath.join(build.repository.prefix, path))


def _renamed(build: Build) -> Iterator[tuple[str, str]]:
    """Yield the single files that COPYs give another name, each by that name."""
    from dlint.reads.arrivals import arrivals

    for stage in build.stages:
        for _, arrival in build.fact(arrivals).in_stage(stage):
            transfer = arrival.instruction
            if not isinstance(transfer, Transfer) or len(transfer.sources) > 1 or arrival.whole:
                continue
            source = posixpath.basename(transfer.sources[0].text) if transfer.sources else ""
            for place, path in arrival.files.items():
                name = posixpath.basename(place)
                if posixpath.basename(path) == source != name:
                    yield name, path
