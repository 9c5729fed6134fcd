"""Scripts that a RUN fetches and runs, of programs which they install for the whole system."""

from __future__ import annotations

import posixpath

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.shell import Effects, Fetch, Place, Unknown

# They take a program from its own releases, and nothing of where they run.
_KNOWN = regex(
    r"https?://(?:get\.docker\.com|(?:www\.)?rclone\.org/install\.sh|nixpacks\.com/install\.sh"
    r"|railpack\.com/install\.sh|deno\.land/(?:x/install/)?install\.sh|bun\.(?:sh|com)/install"
    r"|ollama\.(?:com|ai)/install\.sh|astral\.sh/(?:uv|ruff)(?:/[\d.]+)?/install\.sh"
    r"|raw\.githubusercontent\.com/helm/helm/[\w./-]+/get-helm-3)/?"
)
_SHELLS = frozenset(("bash", "sh"))


def only_runs_installers(effects: Effects) -> bool:
    """Tell whether what may do anything of a RUN's commands are such scripts alone, one at the
    least.
    """
    from dlint.shell import Fetch, Unknown

    unknown, fetches = effects.of(Unknown), effects.of(Fetch)
    return bool(unknown) and all(_is_known(_script(each, fetches)) for each in unknown)


def _is_known(fetch: Fetch | None) -> bool:
    return fetch is not None and fetch.url is not None and _KNOWN.fullmatch(fetch.url) is not None


def _script(unknown: Unknown, fetches: Sequence[Fetch]) -> Fetch | None:
    """Return what has fetched the script that a command runs: right before it, where it is given
    that, or to a file that it names.
    """
    command = unknown.command
    above = [each for each in fetches if each.span.start < command.span.start]
    is_shell = command.name in _SHELLS
    if is_shell and command.connector == "|":
        return above[-1] if above and above[-1].output is None else None
    words = command.args if is_shell else (command.word,)
    started = {posixpath.basename(word.form) for word in words}
    named = [each for each in above if each.output and _name(each.output) in started]
    return named[-1] if named else None


def _name(place: Place) -> str:
    return posixpath.basename(place.form)
