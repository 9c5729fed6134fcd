"""Scripts that a RUN fetches and runs, of programs which they install for the whole system."""

from __future__ import annotations

import posixpath

from dlint.reads.scripts import program_of
from dlint.shell.effects import Fetch, Unknown
from dlint.shell.wrappers import SHELLS, reads_stdin
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from dlint.shell.effects import Effects

# They take a program from its own releases, and nothing of where they run.
_KNOWN = regex(
    r"https?://(?:get\.docker\.com|(?:www\.)?rclone\.org/install\.sh|nixpacks\.com/install\.sh"
    r"|railpack\.com/install\.sh|deno\.land/(?:x/install/)?install\.sh|bun\.(?:sh|com)/install"
    r"|ollama\.(?:com|ai)/install\.sh|astral\.sh/(?:uv|ruff)(?:/[\d.]+)?/install\.sh"
    r"|raw\.githubusercontent\.com/helm/helm/[\w./-]+/get-helm-3)/?"
)

# They install for one user, or in a folder of their own, and ask no package manager of the system.
_OWN_FOLDER = regex(
    r"https?://(?:raw\.githubusercontent\.com/(?:nvm-sh|creationix)/nvm/[\w.-]+/install\.sh"
    r"|(?:sh\.)?rustup\.rs|pyenv\.run|install\.python-poetry\.org|get\.pnpm\.io/install\.sh"
    r"|get\.volta\.sh|get\.sdkman\.io)/?"
)


def only_runs_installers(effects: Effects) -> bool:
    """Tell whether what may do anything of a RUN's commands are such scripts alone, one at the
    least, and each of another download: a second shell reads what something else gives it.
    """
    return _only_runs(effects, _KNOWN)


def installs_no_packages(effects: Effects) -> bool:
    """Tell likewise of scripts that install no packages of the system, whatever else they need."""
    return _only_runs(effects, _KNOWN, _OWN_FOLDER)


def _only_runs(effects: Effects, *known: re.Pattern[str]) -> bool:
    unknown, fetches = effects.of(Unknown), effects.of(Fetch)
    scripts = [_script(each, fetches) for each in unknown]
    places = {each.span for each in scripts if each is not None}
    urls = [each.url for each in scripts if each is not None and each.url is not None]
    is_each_known = all(any(one.fullmatch(url) for one in known) for url in urls)
    return bool(unknown) and is_each_known and len(urls) == len(places) == len(unknown)


def _script(unknown: Unknown, fetches: Sequence[Fetch]) -> Fetch | None:
    """Return what has fetched the script that a command runs: right before it, where it is given
    that, or to a file that it names.
    """
    command = unknown.command
    above = [each for each in fetches if each.span.start < command.span.start]
    if command.connector == "|" and command.name in SHELLS and reads_stdin(command.args):
        return above[-1] if above and above[-1].output is None else None
    program = program_of(command)
    if program is None:
        return None
    name = posixpath.basename(program)
    files = [(each, posixpath.basename(each.output.form)) for each in above if each.output]
    return next((each for each, file in reversed(files) if file == name), None)
