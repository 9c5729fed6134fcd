"""Lists of dependencies that a stage takes from another one, where they came out of the context."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.handed_on import as_arrived, stage_taken_from
from dlint.facts.volatility import is_source
from dlint.reads.arrivals import Arrival
from dlint.syntax import Copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build, Step
    from dlint.syntax import Transfer


def handed_lists(build: Build, step: Step, transfer: Transfer) -> Arrival | None:
    """Return what a COPY takes of another stage, if all of that is lists and settings which came
    there from the context; None for anything else.
    """
    source = stage_taken_from(build, step, transfer) if isinstance(transfer, Copy) else None
    folder = step.destination("/?")
    if source is None or folder is None or not isinstance(transfer, Copy):
        return None
    found = as_arrived(build, step, transfer, source) or {}
    if not found or any(map(is_source, found)):
        return None
    arrival = Arrival(step, transfer, folder)
    is_named = _is_named(folder, [*found])
    arrival.files = {
        folder if is_named else posixpath.join(folder, posixpath.basename(place)): path
        for place, path in found.items()
    }
    arrival.sources = frozenset(arrival.files.values())
    arrival.known = True
    return arrival


def _is_named(to: str, places: Sequence[str]) -> bool:
    """Tell whether a COPY names its one file at the destination, too."""
    return len(places) == 1 and posixpath.basename(to) == posixpath.basename(places[0])
