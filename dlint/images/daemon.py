"""Images in a Docker engine, through docker-py: DOCKER_HOST, else docker's current context, else
the default socket.

The engine tells diff_ids and the bytes of each layer's files; the layers' compressed sizes it does
not know.

Imported when an engine is asked, not before.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import docker
import requests
from docker.errors import DockerException, ImageNotFound

from dlint.errors import DlintError
from dlint.images.facts import ImageFacts, LayerFact, RegistrySettings
from dlint.images.manifest import facts_of
from dlint.images.reference import Reference, parse_reference
from dlint.network.deadline import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SECONDS = 10  # for one answer of the engine
# Until an image's archive begins, and between its parts: the engine packs all layers before it
# sends the first byte, which took more than ten seconds on a busy machine.
EXPORT_SECONDS = 120
IDENTIFIER = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
BUILDKIT = re.compile(r"^WORKDIR |# buildkit$")
# A step of the classic builder that ran no command, and its text.
NOP = re.compile(r".*?#\(nop\)\s*(.*)", re.DOTALL)
METADATA = re.compile(
    r"(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)


def read_engine(source: str, name: str, settings: RegistrySettings) -> ImageFacts:
    """Read the facts of the image that the engine knows as `name`, a reference or an id; raises
    DlintError.
    """
    reference = _reference(name)

    def read() -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        client = docker.from_env(version="auto", timeout=SECONDS)
        try:
            # types-docker leaves both untyped.
            return client.api.inspect_image(name), client.api.history(name)  # type: ignore[no-untyped-call]
        finally:
            client.close()

    try:
        image, history = within(settings.deadline, "the Docker engine", read)
    except ImageNotFound:
        raise DlintError(
            f"the Docker engine has no image {name}", "`docker images` lists the available images."
        ) from None
    except (DockerException, requests.RequestException, OSError) as error:
        raise DlintError(
            f"the Docker engine does not respond: {error}",
            "Start it, or set its address with DOCKER_HOST or `docker context use`.",
        ) from None
    return engine_facts(source, image, history)._replace(digest=_pushed_digest(reference, image))


@contextmanager
def save(name: str) -> Iterator[Iterator[bytes]]:
    """Give the parts of the archive that `docker save` writes of an image; raises DlintError."""
    try:
        client = docker.from_env(version="auto", timeout=EXPORT_SECONDS)
        try:
            yield client.api.get_image(name)
        finally:
            client.close()
    except (DockerException, requests.RequestException, OSError) as error:
        raise DlintError(f"the Docker engine does not export {name}: {error}") from None


def _reference(name: str) -> Reference | None:
    if IDENTIFIER.fullmatch(name):
        return None
    try:
        return parse_reference(name)
    except ValueError as error:
        raise DlintError(f"{name!r} is not an image name: {error}") from None


def _pushed_digest(reference: Reference | None, image: Mapping[str, Any]) -> str:
    """Return the digest that the repository of its name knows the image by; "" if it was never
    pushed or pulled.
    """
    for text in image.get("RepoDigests") or ():
        other = _reference(text)
        if reference and other and reference[:2] == other[:2]:
            return other.digest or ""
    return ""


def engine_facts(
    source: str, image: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> ImageFacts:
    """Join the engine's answers: `GET /images/NAME/json` and `GET /images/NAME/history`, the latter
    newest first.
    """
    diff_ids = (image.get("RootFS") or {}).get("Layers") or []
    entries = list(reversed(history))
    made = _layers_made(entries, len(diff_ids))
    sizes = [
        int(entry.get("Size") or 0) for entry, makes in zip(entries, made, strict=True) if makes
    ]
    document = {
        **{key.lower(): image.get(key) for key in ("Os", "Architecture", "Variant", "Config")},
        "rootfs": {"diff_ids": diff_ids},
        "history": [
            {
                "created_by": entry.get("CreatedBy"),
                "comment": entry.get("Comment"),
                "empty_layer": not makes,
            }
            for entry, makes in zip(entries, made, strict=True)
        ],
    }
    unpacked = sizes if len(sizes) == len(diff_ids) else [None] * len(diff_ids)
    return facts_of(
        source, document, [LayerFact(None, None, "", unpacked=size) for size in unpacked], source
    )


def _layers_made(entries: Sequence[Mapping[str, Any]], count: int) -> list[bool]:
    """Tell which steps made the image's `count` layers, which the engine does not say.

    What has bytes has made one. Of the rest BuildKit makes one for every step but metadata; the
    classic builder makes none for a command that changed nothing. What fits the count is right;
    where neither does, nothing is.
    """
    readings: tuple[Callable[[str], bool], ...] = (_is_no_metadata, _is_no_idle_command)
    sized = [bool(entry.get("Size")) for entry in entries]
    for reading in readings:
        made = [
            size or reading(str(entry.get("CreatedBy") or ""))
            for size, entry in zip(sized, entries, strict=True)
        ]
        if sum(made) == count:
            return made
    return sized


def _is_no_metadata(text: str) -> bool:
    nop = NOP.match(text)
    return not METADATA.match(nop[1] if nop else text)


def _is_no_idle_command(text: str) -> bool:
    return _is_no_metadata(text) and bool(NOP.match(text) or BUILDKIT.search(text))
