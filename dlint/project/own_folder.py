"""Where a script stands, as it finds out itself: `$(cd "$(dirname "$0")/.." && pwd)`.

The repository may be anywhere; such a path begins with `TOP` for it, as no path of a machine does.
"""

from __future__ import annotations

from dlint.text.patterns import regex

TOP = "/.repository"
_DIRNAME = regex(
    r"\$\(dirname(?:[ \t]++--)?[ \t]++\"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)(?::-\$0)?\}?\"?\)"
)
_PWD = regex(
    rf"\$\(cd(?:[ \t]++(?:-P|--))*+[ \t]++\"?({TOP}[\w./-]*+)\"?[ \t]*+"
    r"(?:&?>[ \t]*+/dev/null[ \t]*+(?:2>&1[ \t]*+)?)?(?:&&|;)[ \t]*+pwd(?:[ \t]++-P)?\)"
)


def with_own_folder(script: str, folder: str) -> str:
    """Return a script of a folder with that written out wherever it asks for it."""
    if not _DIRNAME.search(script):
        return script
    return _PWD.sub(r"\1", _DIRNAME.sub(lambda _: f"{TOP}/{folder}", script))


def from_root(path: str) -> str:
    """Return a normal path as it is seen from the repository's root."""
    below = path.removeprefix(TOP)
    return path if below == path else below.lstrip("/") or "."
