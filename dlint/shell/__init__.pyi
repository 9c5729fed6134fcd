# What other packages take from shell; type checkers and `dlint.faces` read this list.

from dlint.shell.effects import (
    CacheKept as CacheKept,
    CacheLeft as CacheLeft,
    Clean as Clean,
    Clone as Clone,
    Create as Create,
    Delete as Delete,
    Effects as Effects,
    Extract as Extract,
    Fetch as Fetch,
    Install as Install,
    Place as Place,
    Refresh as Refresh,
    Remove as Remove,
    Rewrite as Rewrite,
    Unknown as Unknown,
)
from dlint.shell.packages import Package as Package
from dlint.shell.script import Command as Command, ShellWord as ShellWord
