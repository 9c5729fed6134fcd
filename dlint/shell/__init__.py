"""What the shell text of a RUN does."""

from dlint.shell.effects import (
    CacheKept,
    CacheLeft,
    Clean,
    Clone,
    Create,
    Delete,
    Effects,
    Extract,
    Fetch,
    Install,
    Place,
    Refresh,
    Remove,
    Rewrite,
    Unknown,
)
from dlint.shell.packages import Package
from dlint.shell.script import Command, ShellWord

__all__ = [
    "CacheKept",
    "CacheLeft",
    "Clean",
    "Clone",
    "Command",
    "Create",
    "Delete",
    "Effects",
    "Extract",
    "Fetch",
    "Install",
    "Package",
    "Place",
    "Refresh",
    "Remove",
    "Rewrite",
    "ShellWord",
    "Unknown",
]
