"""What of the build context is sent to the builder, and what of it any instruction reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dlint.model.build import is_remote
from dlint.model.profiles import PROFILES
from dlint.syntax import Run, Transfer
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model.build import Build, Step
    from dlint.model.keys import Keys


class Amount(NamedTuple):
    """A number of files, and their bytes (uncompressed)."""

    files: int
    bytes: int


class Sent(NamedTuple):
    """The context's files: those that the ignore file leaves in it, those that instructions read,
    those that are sent.

    None where a variable decides which files are read.
    """

    held: Amount
    read: Amount | None
    sent: Amount | None


def sent(build: Build, keys: Keys) -> Sent:
    """Return what the context holds and what the live steps of `build`, which have the keys `keys`,
    take of it.

    Raises DlintError where a folder of the context cannot be read.
    """
    files = {
        path: entry.size for path, entry in build.context.entries.items() if entry.kind == "file"
    }
    held = Amount(len(files), sum(files.values()))
    steps = list(keys.all())
    if not all(_known(build, keyed.step) for keyed in steps):
        read = None
    else:
        paths = files.keys() & set().union(*(keyed.inputs for keyed in steps))
        read = Amount(len(paths), sum(files[path] for path in paths))
    ways: dict[Literal["read", "all", "nothing"], Amount | None] = {
        "read": read,
        "all": held,
        "nothing": Amount(0, 0),
    }
    return Sent(held, read, ways[PROFILES[build.options.builder].sends])


def _known(build: Build, step: Step) -> bool:
    """Tell whether it is known which of the context's files a step reads."""
    instruction = step.instruction
    if isinstance(instruction, Transfer) and not instruction.from_:
        sources = [step.state.expand(word.text) for word in instruction.sources]
        return build.taken(instruction) is not None or _all_remote(sources)
    if isinstance(instruction, Run):
        binds = [mount for mount in instruction.mounts if mount.shows_context]
        return all(step.state.expand(mount.source or "") is not None for mount in binds)
    return True


def _all_remote(sources: Iterable[str | None]) -> bool:
    return all(source is not None and is_remote(source) for source in sources)
