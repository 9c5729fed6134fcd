"""Dockerfiles that dlint fixes, to be built before and after."""

from __future__ import annotations

from . import bloat, order, rest

CASES = {case.name: case for group in (bloat, order, rest) for case in group.CASES}
