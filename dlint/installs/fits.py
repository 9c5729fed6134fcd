"""How far a lock file is known to suit what it stands beside."""

from __future__ import annotations

from enum import Enum, auto


class Fit(Enum):
    """What is known of a lock file."""

    UNKNOWN = auto()
    GOOD = auto()  # an install that holds to it is proved to pass
    UNPROVED = auto()  # it is read, and what says whether that install passes is not
    STALE = auto()  # it lacks a dependency: that install fails until it is renewed
    REFUSED = auto()  # it is of other settings, another system, or of projects that are not there
