"""Measures what wheels make of themselves in a layer, with byte code and without: the factors of
dlint/sizes/python.py.

    python tools/sizes/wheels.py SITE_PACKAGES

Each distribution that is installed there is packed again as its wheel is, and as a layer stores it.
Prints the factors by the wheels' sizes: how many there are, and the bytes of their layers to those
of all their archives.
"""

from __future__ import annotations

import csv
import io
import marshal
import sys
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from measure import Stream

BOUNDS = (50_000, 200_000, 1_000_000, 5_000_000, 1 << 40)


class Measured(NamedTuple):
    """Bytes of a wheel, and of the layers that it makes without and with byte code."""

    wheel: int
    plain: int
    compiled: int


def main(site: Path) -> int:
    """Measure all; the exit status."""
    found = [measure(site, record) for record in sorted(site.glob("*.dist-info/RECORD"))]
    least = 0
    for most in BOUNDS:
        some = [each for each in found if least <= each.wheel < most]
        whole = sum(each.wheel for each in some)
        if whole:
            plain, compiled = (
                sum(sizes) / whole
                for sizes in ([e.plain for e in some], [e.compiled for e in some])
            )
            sys.stdout.write(
                f"from {least:>9,}: {len(some):3} wheels, {plain:.2f} and {compiled:.2f}\n"
            )
        least = most
    return 0


def measure(site: Path, record: Path) -> Measured:
    """Measure one distribution by its list of files."""
    names = [row[0] for row in csv.reader(record.read_text().splitlines()) if row]
    paths = [name for name in names if not name.startswith("..") and not name.endswith(".pyc")]
    files = {name: (site / name).read_bytes() for name in paths if (site / name).is_file()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    plain, compiled = Stream(), Stream()
    for name, data in files.items():
        plain.file(name, data)
        compiled.file(name, data)
    for name, data in files.items():
        if name.endswith(".py"):
            with suppress(SyntaxError, ValueError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code = compile(data, f"/usr/local/lib/{name}", "exec", dont_inherit=True)
                compiled.file(f"{name}c", bytes(16) + marshal.dumps(code))
    return Measured(len(packed.getvalue()), plain.close(), compiled.close())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
