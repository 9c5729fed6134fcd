"""Measures what single commands store in a layer, on a real Docker Engine: the constants of
dlint/sizes/changes.py and dlint/sizes/python.py.

    python tools/sizes/commands.py [NAME ...]

Prints a line each: the name, the bytes of the layer as a registry has it, and the command.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from built import PYTHON, TIDY, Builder

SLIM = "debian:trixie-slim"
INSTALL = "apt-get update && apt-get install -y --no-install-recommends"


class Measured(NamedTuple):
    """A command, the base on which it runs, and what is run before it."""

    base: str
    run: str
    before: str = "true"


COMMANDS = {
    "nothing": Measured(SLIM, "true"),
    "ldconfig": Measured(SLIM, "ldconfig"),
    "useradd": Measured(SLIM, "useradd --create-home app"),
    "groupadd": Measured(SLIM, "groupadd app"),
    "adduser": Measured(SLIM, "adduser --system --group app", f"{INSTALL} adduser && {TIDY}"),
    "update-ca-certificates": Measured(
        SLIM, "update-ca-certificates --fresh", f"{INSTALL} ca-certificates && {TIDY}"
    ),
    "locale-gen": Measured(
        SLIM,
        'echo "en_US.UTF-8 UTF-8" >> /etc/locale.gen && locale-gen',
        f"{INSTALL} locales && {TIDY}",
    ),
    "localedef": Measured(
        SLIM,
        "localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8",
        f"{INSTALL} locales && {TIDY}",
    ),
    "update-locale": Measured(SLIM, "update-locale LANG=C.UTF-8", f"{INSTALL} locales && {TIDY}"),
    "debconf-set-selections": Measured(
        SLIM, 'echo "tzdata tzdata/Areas select Europe" | debconf-set-selections'
    ),
    "apt-get purge": Measured(SLIM, "apt-get purge -y curl", f"{INSTALL} curl && {TIDY}"),
    "apt-get purge --auto-remove": Measured(
        SLIM, f"{INSTALL} curl gcc && apt-get purge -y --auto-remove gcc curl && {TIDY}"
    ),
    "apt-mark auto": Measured(
        SLIM,
        f"{INSTALL} ca-certificates && apt-mark auto '.*' >/dev/null"
        f" && apt-get purge -y --auto-remove && {TIDY}",
    ),
    **{
        f"key of {name}": Measured(SLIM, f"cp /usr/share/keyrings/debian-archive-{name}.gpg /etc/")
        for name in ("bookworm-stable", "trixie-stable", "bullseye-stable", "trixie-automatic")
    },
    "pip": Measured(PYTHON, "pip install --no-cache-dir --no-compile six"),
    "pip with byte code": Measured(PYTHON, "pip install --no-cache-dir six"),
    "pip again": Measured(PYTHON, "pip install --no-cache-dir six", "pip install idna"),
    "pip with a cache": Measured(PYTHON, "pip install six", "pip install --no-cache-dir idna"),
    "pip without byte code of its own": Measured(
        PYTHON, "export PYTHONDONTWRITEBYTECODE=1 && pip install --no-cache-dir six"
    ),
    "pip --version": Measured(PYTHON, "pip --version"),
    "pip install --upgrade pip": Measured(PYTHON, "pip install --no-cache-dir --upgrade pip"),
    "uv": Measured(PYTHON, "uv pip install --system --no-cache six"),
    "uv with a cache": Measured(PYTHON, "uv pip install --system six"),
    "uv venv": Measured(PYTHON, "uv venv --no-cache /venv"),
    "python": Measured(PYTHON, "python -c 'import json, urllib.request'"),
    "python -m venv": Measured(PYTHON, "python -m venv /venv"),
}


def main(names: list[str]) -> int:
    """Measure all commands, or those of these names; the exit status."""
    chosen = {name: each for name, each in COMMANDS.items() if not names or name in names}
    with Builder({each.base for each in chosen.values()}) as builder:
        for name, each in chosen.items():
            with tempfile.TemporaryDirectory() as folder:
                text = f"FROM {each.base}\nRUN {each.before}\nRUN {each.run}\n"
                Path(folder, "Dockerfile").write_text(text)
                try:
                    size = builder.last_layer(Path(folder))
                except RuntimeError as error:
                    sys.stderr.write(f"{name}: {error}\n")
                    continue
            sys.stdout.write(f"{name:34} {size:>10,}  {each.run}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
