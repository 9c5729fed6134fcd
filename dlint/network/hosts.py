"""Hosts as addresses write them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def host_name(host: str) -> str:
    """Return `host[:port]` without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] or host if host.count(":") == 1 else host


def is_loopback(host: str) -> bool:
    """Tell whether `host[:port]` is written as this machine: 127.0.0.0/8, ::1 or localhost.

    A name that merely resolves to loopback is none: whoever answers for the name could change that.
    """
    name = host_name(host)
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return the scheme, host and port of an address, to which a credential belongs; raises
    ValueError.
    """
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def shown(url: str) -> str:
    """Return what a message may say of an address, its host and port; empty where it is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
