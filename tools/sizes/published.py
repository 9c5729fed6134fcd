"""Compares the layers of published images with what dlint says of their RUNs: the factors of
dlint/sizes/apt.py and of dlint/sizes/changes.py that no machine here can build.

    python tools/sizes/published.py FOLDER

FOLDER holds one folder an image: its Dockerfile, each instruction on one line, and layers.json with
the bytes of each layer as a registry has them (`{"layers": [{"line": 3, "bytes": 70}]}`). Prints
the layers that dlint knows whole by the base's release: how many, and the least, the median and the
greatest ratio of true bytes to dlint's; then the layers of Alpine in which PHP enables extensions,
and the median of all RUNs' layers.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

from dlint.context import EmptyContext
from dlint.model import Build
from dlint.shell import Install
from dlint.sizes import layer_bytes
from dlint.sizes.grounds import base_of
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source

FLOOR = 10_000


def main(folder: Path) -> int:
    """Compare all; the exit status."""
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    enabled: list[int] = []
    stored: list[int] = []
    for path in sorted(folder.glob("*/layers.json")):
        build, sizes = read(path)
        for run in build.dockerfile.instructions:
            if not isinstance(run, Run) or run.line not in sizes:
                continue
            stored.append(sizes[run.line])
            stage = build.stages[-1]
            base = base_of(build, stage)
            if run.value.text.split()[:1] == ["docker-php-ext-enable"]:
                enabled += [sizes[run.line]] * (base.distribution == "alpine")
            told = layer_bytes(build, stage, run)
            if by_apt(build, run) and told.whole and sizes[run.line] > FLOOR:
                ratios[f"{base.distribution} {base.release}"].append(sizes[run.line] / told.whole)
    for release, found in sorted(ratios.items()):
        spread = f"{min(found):.2f} {median(found):.2f} {max(found):.2f}"
        sys.stdout.write(f"{release:18} {len(found):3} layers, {spread}\n")
    sys.stdout.write(f"docker-php-ext-enable on Alpine: {sorted(enabled)}\n")
    sys.stdout.write(f"all: {len(stored)} layers, {median(stored):.0f} B\n")
    return 0


def read(path: Path) -> tuple[Build, dict[int, int]]:
    """Return an image's Dockerfile as dlint reads it, and its layers' bytes by line."""
    told = json.loads(path.read_text())["layers"]
    source = Source.from_bytes("Dockerfile", path.with_name("Dockerfile").read_bytes())
    return Build(parse(source), EmptyContext()), {each["line"]: each["bytes"] for each in told}


def by_apt(build: Build, run: Run) -> bool:
    """Tell whether apt installs something in a RUN."""
    return any(each.manager == "apt" for each in build.effects(run).of(Install))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
