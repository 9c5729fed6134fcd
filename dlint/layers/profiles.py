"""What the builders do differently."""

from __future__ import annotations

from typing import NamedTuple


class Profile(NamedTuple):
    """One builder with the store it keeps layers in. Tried on Docker 26.1.5 (BuildKit 0.13) and buildah 1.39.3."""

    name: str
    links: bool  # COPY --link stands apart from the layers below; needs a store with MergeOp
    chains_metadata: bool  # LABEL, ENV and the like are steps too: a change re-makes all that follows
    workdir_layer: bool  # WORKDIR commits a layer of its own
    content_addressed: bool  # COPY --from is keyed by what it copies, not by how that was made


PROFILES = {
    "buildkit": Profile("buildkit", links=True, chains_metadata=False, workdir_layer=True, content_addressed=True),
    "docker": Profile("docker", links=False, chains_metadata=False, workdir_layer=True, content_addressed=True),
    "classic": Profile("classic", links=False, chains_metadata=True, workdir_layer=True, content_addressed=True),
    "buildah": Profile("buildah", links=False, chains_metadata=True, workdir_layer=False, content_addressed=True),
}
