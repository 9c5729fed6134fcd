"""What the shell text of a RUN does."""

from dlint.shell.effects import (
    CacheKept,
    CacheLeft,
    Clean,
    Clone,
    Create,
    Delete,
    Effect,
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
from dlint.shell.judge import deletes, effects, emptied
from dlint.shell.packages import Package
from dlint.shell.reader import dialect_of, read_exec, read_script
from dlint.shell.script import Command, Redirect, Script, ShellWord
from dlint.shell.verification import verifies

__all__ = [
    "CacheKept",
    "CacheLeft",
    "Clean",
    "Clone",
    "Command",
    "Create",
    "Delete",
    "Effect",
    "Effects",
    "Extract",
    "Fetch",
    "Install",
    "Package",
    "Place",
    "Redirect",
    "Refresh",
    "Remove",
    "Rewrite",
    "Script",
    "ShellWord",
    "Unknown",
    "deletes",
    "dialect_of",
    "effects",
    "emptied",
    "read_exec",
    "read_script",
    "verifies",
]
