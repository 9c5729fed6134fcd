"""The model: what each instruction stores, and what makes it run again."""

from dlint.layers.build import BUILDERS, CACHES, Build, Options, Step
from dlint.layers.scope import State
from dlint.layers.stages import Stage

__all__ = ["BUILDERS", "CACHES", "Build", "Options", "Stage", "State", "Step"]
