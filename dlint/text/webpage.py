"""A page of HTML: nothing is loaded from elsewhere, and no script is in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dlint.text.printable import disarmed

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whatever a repository's names may hold, a browser is told to load and run nothing.
POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    """ content="default-src 'none'; style-src 'unsafe-inline'">"""
)


def webpage(title: str, style: str, body: str) -> str:
    """Return the page of a title, which is plain text, of CSS, and of a body, which is HTML."""
    document = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'{POLICY}\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return disarmed(document, bracket="&#91;", colon="&#58;")


def fact_list(facts: Mapping[str, str]) -> str:
    """Return a list of terms and what is told of each, both HTML."""
    terms = "".join(f"<div><dt>{term}</dt><dd>{fact}</dd></div>" for term, fact in facts.items())
    return f'<dl class="facts">{terms}</dl>'
