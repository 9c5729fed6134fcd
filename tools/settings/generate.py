"""Write what the keys of a configuration say of themselves: `python tools/settings/generate.py`.

That is `dlint/config/schema.json`, the JSON Schema for editors, as SchemaStore takes it, and
`docs/settings.md`. `--check` writes nothing and fails where one of them is not what the keys say.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dlint.cli.config import page, schema_text
from dlint.lint.plugins import Plugins

PROJECT = Path(__file__).resolve().parents[2]
HEAD = """# Settings

All keys of a [configuration file](configuration.md). `dlint config KEY` shows one of them, and
`dlint config --schema` prints the JSON Schema.

"""


def texts() -> dict[Path, str]:
    """Return what each file should hold."""
    rules = Plugins(third_party=False).rules
    return {
        PROJECT / "dlint" / "config" / "schema.json": schema_text(rules),
        PROJECT / "docs" / "settings.md": HEAD + page(rules),
    }


def main() -> int:
    """Write or compare; the exit status."""
    written = texts()
    if sys.argv[1:] == ["--check"]:
        return int(any(path.read_text(encoding="utf-8") != text for path, text in written.items()))
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
