"""Counts which packages Dockerfiles install with apt, so that the tables measure what matters
first.

    python tools/sizes/names.py ARCHIVE > names.txt

ARCHIVE is a tar file of Dockerfiles, one folder a repository. Only those count whose base is no
other distribution's. Each line of the result is a name and the number of repositories that install
it, the most frequent first.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context import EmptyContext
from dlint.model.build import Build
from dlint.shell import Install
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> int:
    """Count and print; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path)
    found: defaultdict[str, set[str]] = defaultdict(set)
    with tarfile.open(parser.parse_args().archive) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                for name in installed(Source.from_bytes(member.name, file.read())):
                    found[name].add(member.name.split("/")[0])
    for name, repositories in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        sys.stdout.write(f"{name} {len(repositories)}\n")
    return 0


def installed(source: Source) -> Iterator[str]:
    """Yield the packages that a Dockerfile's RUNs install with apt, as far as their names are
    known.
    """
    build = Build(parse(source), EmptyContext())
    for instruction in build.dockerfile.instructions:
        if isinstance(instruction, Run):
            for install in build.effects(instruction).of(Install):
                if install.manager == "apt":
                    yield from (
                        each.name for each in install.packages if each.kind == "index" and each.text
                    )


if __name__ == "__main__":
    sys.exit(main())
