"""Links: from the name of an image to its page, and from a path that a COPY takes to the file."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from dlint.facts.uses import image_uses
from dlint.images.reference import DOCKER_HUB
from dlint.server.uris import uri_of
from dlint.syntax import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.images.reference import Reference
    from dlint.rule.build import Build
    from dlint.server.positions import Lines
    from dlint.text.source import Span

# Where registries show people what an image is; `{}` is the repository.
_PAGES = {
    "ghcr.io": "https://ghcr.io/{}",
    "mcr.microsoft.com": "https://mcr.microsoft.com/artifact/mar/{}",
    "public.ecr.aws": "https://gallery.ecr.aws/{}",
    "quay.io": "https://quay.io/repository/{}",
}


def links_of(build: Build, lines: Lines) -> Iterator[lsp.DocumentLink]:
    """Yield the links of a build's Dockerfile."""
    for use in image_uses(build):
        page = page_of(use.reference) if use.reference and use.pulled else None
        if page:
            yield lsp.DocumentLink(lines.range(use.span), page)
    for span, path in _copied(build):
        yield lsp.DocumentLink(lines.range(span), uri_of(path))


def page_of(reference: Reference) -> str | None:
    """Return the address of an image's page; None where its registry has none that is known."""
    if reference.registry == DOCKER_HUB:
        is_whole = reference.is_official and not reference.architecture
        kind, name = ("_", reference.name) if is_whole else ("r", reference.repository)
        return f"https://hub.docker.com/{kind}/{name}"
    form = _PAGES.get(reference.registry)
    return form.format(reference.repository) if form else None


def _copied(build: Build) -> Iterator[tuple[Span, str]]:
    """Yield the files of the context that a COPY names one by one."""
    root = getattr(build.context, "root", None)
    for instruction in build.dockerfile.instructions if root else ():
        if not isinstance(instruction, Transfer) or instruction.from_:
            continue
        for word in instruction.sources:
            text = build.expand(instruction, word.text)
            path = posixpath.normpath(f"/{text}").lstrip("/") if text else ""
            entry = build.context.entries.get(path)
            if entry is not None and entry.kind == "file":
                yield word.span, f"{root}/{path}"
