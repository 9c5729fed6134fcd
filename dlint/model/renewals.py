"""Which folders of packages surely hold other bytes when their install runs again, or reads another
lock file.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.model.scope import join
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Step
    from dlint.shell import Command, Install

# They keep in node_modules what they read of their lock file; npm leaves out what it did not
# install.
_OF_NODE = frozenset(("npm", "pnpm", "yarn"))
_NO_CODE = frozenset(("--dry-run", "--no-compile"))
_PROGRAM = regex(r"(/.*?[^/])/bin/[^/]+\Z")
_FOLDER_FLAGS = ("--prefix", "--target", "-t")
_PYTHON_IMAGE = regex(r"(?:\A|/)python:(3\.\d+)")
_OF_THE_SYSTEM = frozenset(("/usr", "/usr/local"))


def renewals(step: Step, install: Install) -> dict[str, tuple[str, ...]]:
    """Return folders, each with the lock files that it changes with; none for one that is another
    whenever its install runs.

    pip compiles what it installs, and byte code holds the time at which its source was written.
    """
    if install.manager in _OF_NODE and not install.packages and install.dev is not False:
        return dict(_locked(install))
    if install.manager == "pip" and "SOURCE_DATE_EPOCH" not in step.state.environment:
        words = {word.form for word in install.command.args}
        is_plain = bool(words & _NO_CODE) or install.keeps_archives
        folder = None if is_plain else _site(step, install.command)
        return {} if folder is None else {folder: ()}
    return {}


def _locked(install: Install) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the folders that Node's packages are put into, with the lock files beside them."""
    paths = [path for place in install.manifests if (path := place.path)]
    for folder in {path.rpartition("/")[0] for path in paths}:
        beside = (f"{folder}/{name}" for name in install.managed_by.lock_files)
        locks = tuple(path for path in beside if path in paths)
        if locks:
            yield f"{folder}/node_modules", locks


def _site(step: Step, command: Command) -> str | None:
    """Return the folder that pip installs to: the one that it names, its own environment, or that
    of an image of Python's; None where nothing tells.
    """
    forms = [word.form for word in command.args]
    if "--user" in forms or "--root" in forms:
        return None
    named = _named(forms)
    if named is not None:
        return join(join(step.state.workdir, command.cwd or "") or "/?", named)
    return _environment(step, command) or _packages_of_python(step)


def _named(forms: Sequence[str]) -> str | None:
    """Return the folder that a flag of pip's names."""
    for flag, value in pairwise([*forms, ""]):
        name, _, told = flag.partition("=")
        if name in _FOLDER_FLAGS:
            return told or value
    return None


def _environment(step: Step, command: Command) -> str | None:
    """Return the environment of the program that is called, or the first one that is found."""
    own = _PROGRAM.match(command.word.text or "")
    if own is not None:
        return None if own[1] in _OF_THE_SYSTEM else own[1]
    values = step.state.values
    first = _PROGRAM.match(values.get("PATH", "").partition(":")[0] + "/pip")
    searched = first[1] if first and first[1] not in _OF_THE_SYSTEM else None
    return values.get("VIRTUAL_ENV") or searched


def _packages_of_python(step: Step) -> str | None:
    image = _PYTHON_IMAGE.search(step.stage.outermost.image or "")
    return f"/usr/local/lib/python{image[1]}/site-packages" if image else None
