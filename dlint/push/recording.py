"""What a real build made, as it is recorded: an image's layers beside the steps that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.images.recorded import RecordedImage, RecordedLayer
from dlint.push.aligned import Aligned
from dlint.sizes.packages import packages_of
from dlint.sizes.recorded import instruction_text

if TYPE_CHECKING:
    from dlint.images.facts import ImageFacts, LayerFact
    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys

REVISION = "org.opencontainers.image.revision"  # OCI image-spec: the commit that was built
BASE_DIGEST = "org.opencontainers.image.base.digest"


def record(keys: Keys, facts: ImageFacts, *, same_build: bool = True) -> RecordedImage:
    """Return what `facts` tell of the image that the build of `keys` made.

    Where it is not known to be the `same_build`, neither cache keys nor packages are told.
    """
    build = keys.build
    target = build.target
    aligned = Aligned(keys.image, facts)
    layers = [
        _layer(build, keyed, fact, same_build=same_build)
        for keyed in keys.image
        if keyed.layer and (fact := aligned.of(keyed)) is not None and not fact.foreign
    ]
    base = target.outermost.image if target else None
    return RecordedImage(
        build.dockerfile.source.path,
        build.options.target,
        build.options.platform,
        shown_source(facts.source),
        facts.digest or None,
        base,
        base_digest(base, facts),
        base_layers=tuple(_base_layer(fact) for fact in aligned.base if not fact.foreign),
        layers=tuple(layers),
    )


def _layer(build: Build, keyed: Keyed, fact: LayerFact, *, same_build: bool) -> RecordedLayer:
    instruction, stage = keyed.step.instruction, keyed.step.stage
    return RecordedLayer(
        _shown(instruction_text(instruction)),
        fact.diff_id,
        keyed.key if same_build else "",
        fact.size,
        Basis.EXACT,
        fact.unpacked,
        fact.digest,
        packages_of(build, stage, instruction) if same_build else None,
    )


def _base_layer(fact: LayerFact) -> RecordedLayer:
    return RecordedLayer(
        "", fact.diff_id, bytes=fact.size, unpacked=fact.unpacked, digest=fact.digest
    )


def on_base(image: RecordedImage, base: str, facts: ImageFacts) -> RecordedImage:
    """Return what is known of an image that stands on `base`, of which `facts` tell."""
    layers = tuple(_base_layer(fact) for fact in facts.layers if not fact.foreign)
    return image._replace(base=base, base_digest=facts.digest or None, base_layers=layers)


def _shown(text: str) -> str:
    """Return a text with a question mark for what cannot be printed, but for ends of lines."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def shown_source(source: str) -> str:
    """Return where facts came from without a path of this machine: of a registry or an engine the
    reference, of files the transport alone.
    """
    is_reference = source.startswith(("docker://", "docker-daemon:"))
    return source if is_reference else source.partition(":")[0]


def base_digest(base: str | None, facts: ImageFacts) -> str | None:
    """Return the digest that a base's name stood for: the Dockerfile's own, or the one that the
    builder noted in the image; None where neither tells.
    """
    from dlint.images.manifest import DIGEST

    _, _, pinned = (base or "").partition("@")
    noted = (facts.config.get("Labels") or {}).get(BASE_DIGEST)
    found = next((each for each in (pinned, noted) if isinstance(each, str) and each), "")
    return found if DIGEST.fullmatch(found) else None


def commit_of(facts: ImageFacts) -> str | None:
    """Return the commit that an image says it was built from; None where it says nothing."""
    labels = facts.config.get("Labels")
    found = labels.get(REVISION) if isinstance(labels, dict) else None
    return found if isinstance(found, str) and found.isalnum() else None
