"""What the builders do differently."""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from dlint.syntax import Transfer


class Profile(NamedTuple):
    """One builder with the store it keeps layers in. Tried on Docker 26.1.5 (BuildKit 0.13) and
    buildah 1.39.3.
    """

    name: str
    links: bool  # COPY --link stands apart from the layers below; needs a store with MergeOp
    chains_metadata: (
        bool  # LABEL, ENV and the like are steps too: a change re-makes all that follows
    )
    workdir_layer: bool  # WORKDIR commits a layer of its own
    folders_keep_time: bool  # a copied folder has its own time, not that of the build
    imports_configuration: (
        bool  # an image made of an imported cache alone is the same to its configuration
    )
    stores_again: bool  # a file copied over itself, unchanged, is in the second layer too
    # A file is in the layer of a RUN that sets the owner or mode which it has: the store takes all
    # that overlayfs copied up. BuildKit's differ compares (util/overlay).
    stores_touched: bool
    # What layer a RUN makes that changes no file: none, an empty one, or one with the folder of the
    # files that are mounted there.
    idle_run: Literal["nothing", "empty", "etc"]
    sends: Literal[
        "read", "all", "nothing"
    ]  # what of the context goes to the builder; buildah is where it lies
    compressor: str = "gzip"  # of layers, as `dlint.bytes.compress` calls it

    def linked(self, transfer: Transfer) -> bool:
        """Tell whether `--link` has effect: it has none with --chmod, nor where the store cannot
        merge layers.
        """
        return self.links and transfer.link and not transfer.chmod


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "buildkit",
            links=True,
            chains_metadata=False,
            workdir_layer=True,
            folders_keep_time=True,
            imports_configuration=True,
            stores_again=False,
            stores_touched=False,
            idle_run="empty",
            sends="read",
        ),
        Profile(
            "docker",
            links=False,
            chains_metadata=False,
            workdir_layer=True,
            folders_keep_time=True,
            imports_configuration=False,
            stores_again=True,
            stores_touched=True,
            idle_run="etc",
            sends="read",
        ),
        Profile(
            "classic",
            links=False,
            chains_metadata=True,
            workdir_layer=True,
            folders_keep_time=False,
            imports_configuration=False,
            stores_again=True,
            stores_touched=True,
            idle_run="nothing",
            sends="all",
        ),
        Profile(
            "buildah",
            links=False,
            chains_metadata=True,
            workdir_layer=False,
            folders_keep_time=False,
            imports_configuration=False,
            stores_again=False,
            stores_touched=True,
            idle_run="etc",
            sends="nothing",
            compressor="pgzip",
        ),
    )
}
