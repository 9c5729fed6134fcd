"""What programs of known kinds leave alone of an image's files, wherever else they write: the
front-end build of a project changes no virtual environment, nor what the system is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from dlint.shell import Command, Install

# Programs of the system, and what those of languages are installed to (Filesystem Hierarchy
# Standard 3.0); /usr/share and /srv may be where a project puts its pages, /usr/src its source.
_SYSTEM = r"\A/(?:usr/(?:local/)?)?(?:s?bin|lib(?:32|64|x32|exec)?)(?:/|\Z)"
_ENVIRONMENTS = r"/(?:\.?v(?:irtual)?env|(?:site|dist)-packages)(?:/|\Z)"  # of Python
_GEMS = r"/bundle/ruby(?:/|\Z)|\A/usr/local/bundle(?:/|\Z)"
_NODE = r"/node_modules(?:/|\Z)"


class _Kind(NamedTuple):
    """Programs by their names, or by the file that they run, and the places that they leave alone.

    `runs` is searched for in the words behind an interpreter's name. Python's programs store what
    they have compiled beside the packages that they load.
    """

    names: frozenset[str]
    runs: re.Pattern[str] | None
    spares: re.Pattern[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KINDS = (
    _Kind(
        _words(
            "npm npx yarn pnpm pnpx bun bunx node tsc vite webpack next nuxt nuxi ng gulp grunt"
            " rollup esbuild turbo nx lerna eslint jest vitest mocha tailwindcss postcss sass"
        ),
        None,
        regex(f"{_SYSTEM}|{_ENVIRONMENTS}|{_GEMS}"),
    ),
    _Kind(  # it puts the names of package managers beside Node's own program
        _words("corepack"),
        None,
        regex(f"{_ENVIRONMENTS}|{_GEMS}"),
    ),
    _Kind(
        _words("pytest django-admin mkdocs sphinx-build flask alembic"),
        None,
        regex(f"{_GEMS}|{_NODE}"),
    ),
    _Kind(
        _words("python python3 uv poetry pipenv pdm"),
        regex(r"(?:\A|[ /])manage\.py\b|(?:\A| )-m (?:pytest|django|mkdocs|sphinx)\b"),
        regex(f"{_GEMS}|{_NODE}"),
    ),
    _Kind(
        _words("rake rails rspec"),
        None,
        regex(f"{_ENVIRONMENTS}|{_GEMS}"),
    ),
    _Kind(
        _words("bundle ruby"),
        regex(r"(?:\A|[ /])(?:rake|rails|rspec)\b"),
        regex(f"{_ENVIRONMENTS}|{_GEMS}"),
    ),
    _Kind(
        _words("php"),
        regex(r"(?:\A|[ /])(?:artisan|console)\b"),
        regex(f"{_SYSTEM}|{_ENVIRONMENTS}|{_GEMS}|{_NODE}"),
    ),
)
_RUN_SCRIPTS = frozenset(("bun", "composer", "npm", "pnpm", "yarn"))
# Variables that name a virtual environment.
_NAMED = frozenset(("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "POETRY_VIRTUALENVS_PATH"))
# Builds of these languages run nothing of others; those of the JVM may fetch Node's packages.
_COMPILERS = frozenset(("go", "cargo"))
_OF_COMPILERS = regex(f"{_SYSTEM}|{_ENVIRONMENTS}|{_GEMS}|{_NODE}")
# Settings, and what other programs are installed to (Filesystem Hierarchy Standard 3.0): builds of
# these leave them alone where they do not work there, unless they start what they have built.
_BESIDE = ("/etc", "/opt")
_STARTS = _words("bench generate r run t test tool")


def spared_by(command: Command) -> re.Pattern[str] | None:
    """Return what finds the places that a program leaves alone; None where nothing is known of
    it.
    """
    words = " ".join(word.form for word in command.args)
    for kind in _KINDS:
        if command.name in kind.names and (kind.runs is None or kind.runs.search(words)):
            return kind.spares
    return None


def spared_by_build(install: Install) -> re.Pattern[str] | None:
    """Return what finds the places that the build of a program, or the scripts of an install,
    leave alone; None where nothing is known of it.
    """
    if install.manager in _COMPILERS:
        return _OF_COMPILERS
    if install.hidden:
        return None
    runs = "php" if install.manager == "composer" else install.manager
    return next((kind.spares for kind in _KINDS if runs in kind.names), None)


def kept_by_build(manager: str, command: Command, here: str | None) -> tuple[str, ...]:
    """Return the folders that a manager's command, which runs in `here`, leaves alone since it does
    no more than compile.
    """
    if manager not in _COMPILERS or here is None or not _STARTS.isdisjoint(command.forms):
        return ()
    return tuple(folder for folder in _BESIDE if not within(here, folder))


def runs_scripts(install: Install) -> bool:
    """Tell whether an install of a project's dependencies may run what the project says: npm's
    `prepare`, a `setup.py`.
    """
    if install.projects:
        return True
    words = {word.form for word in install.command.args}
    return (
        install.manager in _RUN_SCRIPTS
        and not install.packages
        and words.isdisjoint(("--ignore-scripts", "--no-scripts"))
    )


def spares_environments(spared: re.Pattern[str] | None) -> bool:
    """Tell whether the virtual environments of Python are among the places that are left alone."""
    return spared is not None and spared.search("/.venv") is not None


def environments(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders that variables name as virtual environments of Python."""
    named = (value for name, value in variables.items() if name in _NAMED)
    return tuple(value for value in named if value.startswith("/") and value != "/")
