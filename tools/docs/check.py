"""Looks at the site as mkdocs or Zensical built it: every link within it leads somewhere, and no
page loads anything from elsewhere.

    python tools/docs/check.py SITE
"""

from __future__ import annotations

import argparse
import posixpath
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Page(HTMLParser):
    """What one page has and asks for."""

    def __init__(self, text: str) -> None:
        """Read the whole page."""
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag's names, where it leads to, and what it loads."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") not in {"canonical", "prev", "next", "alternate"}:
            self.loads.append(values.get("href", ""))
        if "src" in values:
            self.loads.append(values["src"])


class Problem(NamedTuple):
    """A link that leads nowhere, or something that a page loads from elsewhere."""

    page: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"


def problems_of(site: Path) -> Iterator[Problem]:
    """Yield what is wrong with the built pages in `site`."""
    read = {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if path.name != "404.html"  # its links start at the host's root
    }
    for name, page in read.items():
        for load in page.loads:
            if urlsplit(load).netloc:
                yield Problem(name, f"loads {load}")
        for link in page.links:
            if not _leads_somewhere(site, name, link, read):
                yield Problem(name, f"leads to {link}, which is not there")


def _leads_somewhere(site: Path, name: str, link: str, read: Mapping[str, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    if not parts.path:
        target = name
    elif (site / target).is_dir():
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in read:
        return (site / target).is_file()
    return not parts.fragment or unquote(parts.fragment) in read[target].anchors


if __name__ == "__main__":
    command = argparse.ArgumentParser(description="Looks at the site as it was built.")
    command.add_argument("site", type=Path)
    built = command.parse_args().site
    found = list(problems_of(built))
    sys.stdout.write("".join(f"{each}\n" for each in found))
    sys.stdout.write(f"{len(list(built.rglob('*.html')))} pages, {len(found)} problems\n")
    sys.exit(1 if found else 0)
