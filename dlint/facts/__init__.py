"""What rules ask of a build: facts that are worked out once, by need, from the model.

A rule has them from its `Build`, by name; the names below are of what those answers are made of,
and judge names of managers and tags.
"""

from dlint.context import IgnoreFile
from dlint.facts.arguments import Argument
from dlint.facts.arrivals import Arrival
from dlint.facts.dependencies import Dependencies
from dlint.facts.early_copies import EarlyCopies
from dlint.facts.needs import family, is_system_manager
from dlint.facts.neighbours import Base
from dlint.facts.stored import Stored
from dlint.facts.tags import Tag
from dlint.facts.uses import ImageUse
from dlint.facts.volatility import Changes
from dlint.findings import Size
from dlint.model import Stage, Step
from dlint.model.mounts import Mounted
from dlint.model.tree import within

__all__ = [
    "Argument",
    "Arrival",
    "Base",
    "Changes",
    "Dependencies",
    "EarlyCopies",
    "IgnoreFile",
    "ImageUse",
    "Mounted",
    "Size",
    "Stage",
    "Step",
    "Stored",
    "Tag",
    "family",
    "is_system_manager",
    "within",
]
