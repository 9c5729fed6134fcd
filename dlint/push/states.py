"""What a builder still has of the build before, by the state of its cache.

Each state was recorded with Docker 26.1.5 (BuildKit 0.13); `docs/wire.md` has the table.
"""

from __future__ import annotations

from itertools import chain, takewhile

from dlint.model.build import CACHES
from dlint.model.keys import EMPTY
from dlint.syntax import From, Run, Workdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.keys import Keyed, Keys

WARM, IMPORTED, COLD, NO_CACHE = CACHES


def kept_steps(keys: Keys | None, cache: str) -> Iterable[Keyed]:
    """Return the steps that do not run again: with `no-cache` a base and the WORKDIRs
    right above it, which BuildKit keeps.
    """
    if keys is None or cache == COLD:
        return ()
    return keys.all() if cache != NO_CACHE else _lowest(keys)


def _lowest(keys: Keys) -> Iterator[Keyed]:
    if keys.profile.chains_metadata:  # the other builders run all of them again
        return
    for index in keys.stages:
        steps = keys.chain(keys.build.stages[index])
        yield from takewhile(_is_kept, (keyed for keyed in steps if keyed.own))


def _is_kept(keyed: Keyed) -> bool:
    return isinstance(keyed.step.instruction, From | Workdir)


def makes_again(keys: Keys, keyed: Keyed, cache: str) -> bool:
    """Tell whether a step whose bytes only its content decides makes the blob that it made before,
    of content that says the same.

    A layer of nothing is the same blob always. In a new checkout files have another time. Where all
    steps run again, what a RUN of another stage wrote has another time, too.
    """
    if cache == WARM or keyed.identity == EMPTY:
        return True
    if cache != NO_CACHE:
        return False
    taken = (keys.chain(keys.build.stages[index]) for index in keyed.takes)
    return not any(isinstance(each.step.instruction, Run) for each in chain(*taken))
