"""What the XML formats share."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from dlint.text.printable import references

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def element(name: str, /, *children: str, **attributes: object) -> str:
    """Write an element; a trailing underscore of an attribute's name is dropped."""
    quoted = {
        key.rstrip("_"): references(quoteattr(clean(str(value))))
        for key, value in attributes.items()
    }
    written = "".join(f" {key}={value}" for key, value in quoted.items())
    inner = "".join(f"\n{each}" for each in children).replace("\n", "\n  ")
    return f"<{name}{written}>{inner}\n</{name}>" if children else f"<{name}{written}/>"


def content(text: str) -> str:
    """Return text as the content of an element."""
    return references(escape(clean(text)))


def clean(text: str) -> str:
    """Replace what XML 1.0 cannot hold, not even escaped."""
    return _FORBIDDEN.sub("\ufffd", text)
