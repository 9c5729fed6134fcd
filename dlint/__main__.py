"""`python -m dlint`."""

import sys

if not sys.flags.safe_path:
    # `-m` puts the working directory first. It is what is being checked: none of its modules may be
    # imported.
    del sys.path[0]

from dlint.cli import command

sys.exit(command())
