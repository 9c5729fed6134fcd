"""The model: what each instruction stores, and what makes it run again."""

from dlint.model.build import BUILDERS, CACHES, Build, Options, Step
from dlint.model.scope import State
from dlint.model.stages import Stage

__all__ = ["BUILDERS", "CACHES", "Build", "Options", "Stage", "State", "Step"]
