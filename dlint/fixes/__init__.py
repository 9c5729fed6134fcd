"""What fixes are made of: edits that move, merge, split, append and leave out."""

from dlint.findings import Fix, Safety
from dlint.fixes.append import add_mount, append_command, put_behind
from dlint.fixes.declaring import declare_below
from dlint.fixes.leaving_out import leave_out
from dlint.fixes.merging import merge_runs, run_first
from dlint.fixes.metadata import set_by_copies
from dlint.fixes.moving import (
    crosses_settings,
    does_the_same_above,
    fold,
    lines_of,
    move_before,
    place_behind,
)
from dlint.fixes.splitting import copies_of, copy_may_sink
from dlint.text.source import Edit, Span

__all__ = [
    "Edit",
    "Fix",
    "Safety",
    "Span",
    "add_mount",
    "append_command",
    "copies_of",
    "copy_may_sink",
    "crosses_settings",
    "declare_below",
    "does_the_same_above",
    "fold",
    "leave_out",
    "lines_of",
    "merge_runs",
    "move_before",
    "place_behind",
    "put_behind",
    "run_first",
    "set_by_copies",
]
