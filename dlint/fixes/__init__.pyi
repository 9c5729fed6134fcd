# What other packages take from fixes; type checkers and `dlint.faces` read this list.

from dlint.findings import Fix as Fix, Safety as Safety
from dlint.fixes.append import (
    add_mount as add_mount,
    append_command as append_command,
    put_behind as put_behind,
)
from dlint.fixes.declaring import declare_below as declare_below
from dlint.fixes.leaving_out import leave_out as leave_out
from dlint.fixes.merging import merge_runs as merge_runs, run_first as run_first
from dlint.fixes.metadata import set_by_copies as set_by_copies
from dlint.fixes.moving import (
    crosses_settings as crosses_settings,
    does_the_same_above as does_the_same_above,
    fold as fold,
    lines_of as lines_of,
    move_before as move_before,
    place_behind as place_behind,
)
from dlint.fixes.splitting import copies_of as copies_of, copy_may_sink as copy_may_sink
from dlint.text.source import Edit as Edit, Span as Span
