"""Which registries may be asked without TLS, or with a certificate that nobody vouches for.

Loopback always, as for the engine; others where `--insecure-registry`, the engine's daemon.json
(`insecure-registries`: hosts and networks) or registries.conf (version 2, `insecure = true`) say
so.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.network.hosts import host_name, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


def is_insecure(host: str, repository: str, allowed: Iterable[str]) -> bool:
    """Tell whether `host[:port]` may be asked without verified TLS for `repository`; `allowed`
    comes before the files.

    Raises DlintError where one of the files cannot be read.
    """
    return (
        is_loopback(host)
        or _listed(host, allowed)
        or any(_listed(host, _engine_hosts(path)) for path in daemon_files())
        or _by_prefix(f"{host}/{repository}", registries_files())
    )


def _listed(host: str, entries: Iterable[str]) -> bool:
    """Tell whether `host[:port]` is one of `entries`, or lies in one of the networks (1.2.3.0/24)
    among them.

    As for the engine, an entry without a port is the host without one.
    """
    networks = []
    for entry in entries:
        plain = entry.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
        if plain == host.lower():
            return True
        try:
            networks.append(ipaddress.ip_network(plain, strict=False))
        except ValueError:
            continue
    return bool(networks) and any(
        address in network for address in _addresses(host_name(host)) for network in networks
    )


def _addresses(name: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        yield ipaddress.ip_address(str(address[0]).partition("%")[0])


def daemon_files() -> tuple[Path, ...]:
    """Where engines keep their daemon.json: system-wide, rootless, Docker Desktop, Windows."""
    found = [
        Path("/etc/docker/daemon.json"),
        _config_home() / "docker/daemon.json",
        Path.home() / ".docker/daemon.json",
    ]
    if data := os.environ.get("PROGRAMDATA"):
        found.append(Path(data) / "docker/config/daemon.json")
    return tuple(found)


def registries_files() -> tuple[Path, ...]:
    """Where containers/image looks for registries.conf, the strongest last: one file, then the
    drop-ins by name.
    """
    if explicit := os.environ.get("CONTAINERS_REGISTRIES_CONF"):
        return (Path(explicit),)
    homes = Path("/etc/containers"), _config_home() / "containers"
    main = [home / "registries.conf" for home in reversed(homes)]
    chosen = next((path for path in main if path.is_file()), main[-1])
    return chosen, *(
        path for home in homes for path in sorted(home.glob("registries.conf.d/*.conf"))
    )


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _engine_hosts(path: Path) -> tuple[str, ...]:
    hosts = _read(path, json.loads).get("insecure-registries") or ()
    return tuple(host for host in hosts if isinstance(host, str))


def _by_prefix(name: str, paths: Iterable[Path]) -> bool:
    """Tell what the longest prefix of `name` (`host/repository`) says in registries.conf."""
    best, insecure = -1, False
    for path in paths:
        entries = _read(path, tomllib.loads).get("registry")
        for entry in entries if isinstance(entries, list) else ():
            prefix = (
                str(entry.get("prefix") or entry.get("location") or "")
                if isinstance(entry, dict)
                else ""
            )
            if prefix and len(prefix) >= best and _matches(name, prefix):
                best, insecure = len(prefix), entry.get("insecure") is True
    return insecure


def _matches(name: str, prefix: str) -> bool:
    """Tell whether `prefix` covers `name`, up to a border of a path; `*.example.com` stands for
    subdomains.
    """
    if prefix.startswith("*."):
        host, _, rest = prefix.partition("/")
        at, _, repository = name.partition("/")
        return at.endswith(host[1:]) and (not rest or _matches(repository, rest))
    return name == prefix or name.startswith(prefix + "/")


def _read(path: Path, decode: Callable[[str], Any]) -> Mapping[str, Any]:
    try:
        value = decode(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise DlintError(f"{path}: cannot be read: {error}") from error
    return value if isinstance(value, dict) else {}
