"""Write `rules/index.py`, which says what each rule is: `python tools/rules/index.py`.

With the index a rule is known without its module, which is loaded when there is something for it to
look at. `--check` writes nothing and fails where the index is not what the rules say.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dlint_rules

from dlint.lint.plugins import walk_rules
from dlint.rule.shelf import ENTRY, entry

HEAD = '''"""What each rule is, for `dlint.rule.shelf`: module, the version that brought it,
whether it is in preview, severity, whether it is on by default, fixes, aliases, the kinds of
nodes that it looks at, and what a file must hold so that it may find anything.

Written by tools/rules/index.py; a test compares it with the rules.
"""

INDEX = (
'''


def text() -> str:
    """Return the index as it should be."""
    lines = [f"    {entry(rule)!r},\n" for rule in walk_rules(dlint_rules.__name__)]
    written = f"{HEAD}    # {', '.join(ENTRY)}\n{''.join(lines)})\n"
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "index.py", "-"]
    done = subprocess.run(command, input=written, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> int:
    """Write or compare; the exit status."""
    path = Path(dlint_rules.__file__).parent / "index.py"
    if sys.argv[1:] == ["--check"]:
        return int(path.read_text(encoding="utf-8") != text())
    path.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
