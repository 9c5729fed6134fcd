"""Measures what older versions of Python's packages weigh beside their newest: OLDER of
dlint/sizes/python.py, and the versions behind `@` in dlint/sizes/pypi.txt.

    python tools/sizes/releases.py URL SINCE NAME…

URL is that of an index whose `URL/NAME/json` lists all releases, SINCE the day (ISO) from which on
they count. Prints for each package the least and the median share, since which version all weigh
half to twice as much as the newest, and the percentiles of all. What they need is not asked for: in
torch, the libraries of NVIDIA came out of its wheel in 1.13.
"""

from __future__ import annotations

import re
import sys
from statistics import median
from typing import Any

import requests

PERCENTILES = (1, 5, 10, 25, 50)
FITS = re.compile(r"-none-any\.whl|cp31[123]-manylinux\S*x86_64|abi3-manylinux\S*x86_64")
ANY = re.compile(r"-none-any\.whl|(?:cp\d+m?|abi3|none)-manylinux\S*x86_64")


def main(url: str, since: str, names: list[str]) -> int:
    """Measure all; the exit status."""
    every: list[float] = []
    for name in names:
        answer = requests.get(f"{url}/{name}/json", timeout=30)
        answer.raise_for_status()
        releases = answer.json()["releases"]
        found = shares(releases, since)
        every += found
        sys.stdout.write(
            f"{name}: {len(found)} versions, least {min(found):.2f}, median {median(found):.2f},"
            f" alike since {alike_since(releases)}\n"
        )
    every.sort()
    for percent in PERCENTILES:
        share = every[len(every) * percent // 100]
        sys.stdout.write(f"percentile {percent} of {len(every)}: {share:.2f}\n")
    return 0


def shares(releases: dict[str, list[dict[str, Any]]], since: str) -> list[float]:
    """Return what the final releases since a day weigh, in shares of the newest."""
    wheels = {
        version: [each["size"] for each in files if FITS.search(each["filename"])]
        for version, files in releases.items()
        if re.fullmatch(r"[\d.]+", version)
    }
    found = sorted(
        (releases[version][0]["upload_time"], min(sizes))
        for version, sizes in wheels.items()
        if sizes
    )
    newest = found[-1][1]
    return [size / newest for day, size in found if day >= since]


def alike_since(releases: dict[str, list[dict[str, Any]]]) -> str:
    """Return the oldest final release from which on all weigh half to twice the newest."""
    sizes = {
        version: [each["size"] for each in files if ANY.search(each["filename"])]
        for version, files in releases.items()
        if re.fullmatch(r"\d+(\.\d+)*", version)
    }
    by_age = sorted(
        (version for version in sizes if sizes[version]),
        key=lambda version: [int(part) for part in version.split(".")],
        reverse=True,
    )
    newest, found = max(sizes[by_age[0]]), by_age[0]
    for version in by_age:
        if not newest / 2 <= max(sizes[version]) <= newest * 2:
            break
        found = version
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
