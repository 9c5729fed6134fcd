"""Asks the mirrors whether they still lack the releases of ENDED in dlint/facts/ended_releases.py.

    python tools/sizes/ended.py [NAME…]

One HEAD request each for the codenames of the list, or for those that are named instead. Prints
what each answers, and fails where a mirror has a release of the list. CentOS's host of mirrors is
looked up by its name alone.
"""

from __future__ import annotations

import socket
import sys

import requests

from dlint.facts.ended_releases import ENDED

MIRRORS = {
    "debian": "http://deb.debian.org/debian/dists/{}/Release",
    "ubuntu": "http://archive.ubuntu.com/ubuntu/dists/{}/Release",
}
CENTOS = "mirrorlist.centos.org"


def main(names: list[str]) -> int:
    """Ask for all; the exit status."""
    there = False
    for distribution, url in MIRRORS.items():
        for name in names or ENDED[distribution].values():
            status = requests.head(url.format(name), timeout=30).status_code
            there = there or status == requests.codes.ok
            sys.stdout.write(f"{distribution} {name}: {status}\n")
    found = _is_known(CENTOS)
    sys.stdout.write(f"{CENTOS}: {'there' if found else 'gone'}\n")
    return int(there or found)


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
