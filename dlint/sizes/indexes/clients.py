"""Where the user's own package managers would look: asked of them, so that no index is named here.

pip, uv and npm merge their files, their environment and their defaults; dlint asks each for the
result. They are run in an empty folder of their own, found on the PATH outside of the checked
repository, so that no file of it has a say. Passwords are kept for the place that they were given
for, see Index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from base64 import b64encode
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from dlint.errors import DlintError
from dlint.packages import Index
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 120.0
# What a client needs of the environment to work at all; what else it is told, we tell it.
PLAIN = frozenset(
    """
    PATH HOME USER USERPROFILE APPDATA LOCALAPPDATA PROGRAMDATA SYSTEMROOT TEMP TMP TMPDIR LANG
    LC_ALL NO_PROXY
    """.split()
)
PREFIXES = tuple(
    """
    SSL_CERT_ HTTP_PROXY HTTPS_PROXY ALL_PROXY XDG_ REQUESTS_CA_BUNDLE PYENV_ NODE_EXTRA_
    """.split()
)
# What says which index, and how it is reached; the rest of a client's variables is about what it
# installs here.
OF_CLIENTS = tuple(
    """
    UV_INDEX UV_DEFAULT_INDEX UV_EXTRA_INDEX UV_KEYRING UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP
    UV_INSECURE UV_CACHE_DIR UV_OFFLINE PIP_INDEX_URL PIP_EXTRA_INDEX PIP_CERT PIP_CLIENT_CERT
    PIP_TRUSTED PIP_PROXY PIP_CONFIG_FILE PIP_KEYRING NPM_CONFIG_
    """.split()
)
OF_PIP = (
    "index-url",
    "extra-index-url",
    "cert",
    "client-cert",
    "proxy",
    "trusted-host",
    "keyring-provider",
)
PROJECT = {"package.json": "{}", "uv.toml": "", ".npmrc": ""}
NPM_TOKEN = re.compile(
    r"^[^\S\n]*+//(\S+?)/?:(_authToken|_auth)\s*=\s*\"?([^\s\"]+)\"?\s*$", re.MULTILINE
)
NPM_SCOPE = re.compile(r"^[^\S\n]*+(@[^\s:]+):registry\s*=\s*\"?([^\s\"]+)\"?\s*$", re.MULTILINE)
VARIABLE = re.compile(r"\$\{(\w+)\}")
ADDRESS = re.compile(r"https?://\S+")


class Done(NamedTuple):
    """What a program that ended said."""

    code: int
    output: str
    errors: str


def which(name: str, root: Path | None) -> str | None:
    """Return the program `name` of the PATH, None where it has none outside of the folder
    `root`.
    """
    outside = (
        each for each in os.environ.get("PATH", "").split(os.pathsep) if _is_outside(each, root)
    )
    found = (shutil.which(name, path=each) for each in outside)
    return next(
        (each for each in found if each and _is_outside(str(Path(each).resolve().parent), root)),
        None,
    )


def _is_outside(folder: str, root: Path | None) -> bool:
    path = Path(folder)
    return path.is_absolute() and (
        root is None or not path.resolve().is_relative_to(root.resolve())
    )


def run(
    program: str,
    *arguments: str,
    text: str = "",
    extra: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Done:
    """Run a package manager in a folder of its own, in a clean environment; raises DlintError where
    it does not end.

    The folder holds `files`, and empty project files that end the managers' search for some in the
    folders above, whosever those are.
    """
    with TemporaryDirectory(prefix="dlint-") as folder:
        for name, content in {**PROJECT, **(files or {})}.items():
            Path(folder, name).write_text(content)
        try:
            done = subprocess.run(  # noqa: S603  the user's own program, with a list of words
                [program, *arguments],
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                cwd=folder,
                env=environment() | dict(extra or {}),
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise DlintError(
                f"{Path(program).name}: did not start, or not end within {SECONDS:g} s"
            ) from None
    return Done(done.returncode, done.stdout, done.stderr)


def environment() -> dict[str, str]:
    """Return what clients are told of the environment."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in PLAIN or name.upper().startswith((*PREFIXES, *OF_CLIENTS))
    }


class PythonClients(NamedTuple):
    """The user's pip and uv as far as they are there, what they need to be told, and the indexes
    that they ask.
    """

    pip: str | None
    uv: str | None
    default: Index
    more: tuple[Index, ...]
    environment: Mapping[str, str]


def python_clients(root: Path | None) -> PythonClients:
    """Return how the user's pip, else uv, is set up; raises DlintError where neither is there."""
    return _python_clients(which("pip", root) or which("pip3", root), which("uv", root))


@cache
def _python_clients(pip: str | None, uv: str | None) -> PythonClients:
    told = _of_pip(pip) if pip else {}
    environment = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in told.items()}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    address = told.get("index-url", "")
    if address:
        environment["UV_DEFAULT_INDEX"] = address
    address = address or (_default_of_uv(uv) if uv else "") or (_default_of_pip(pip) if pip else "")
    if not address:
        raise DlintError(
            "neither pip nor uv is there to tell where Python's packages are",
            "Install one of them.",
        )
    certificate = told.get("cert", "")
    more = tuple(index_of(each, certificate) for each in told.get("extra-index-url", "").split())
    return PythonClients(pip, uv, index_of(address, certificate), more, environment)


def _of_pip(pip: str) -> dict[str, str]:
    """Return what pip's files and environment say of indexes and the way to them."""
    settings = dict(re.findall(r"^(\S+)='(.*)'$", run(pip, "config", "list").output, re.MULTILINE))
    keys = {name: [f"{of}.{name}" for of in (":env:", "install", "global")] for name in OF_PIP}
    found = {
        name: next((settings[key] for key in of if settings.get(key)), "")
        for name, of in keys.items()
    }
    return {name: value for name, value in found.items() if value}


def _default_of_pip(pip: str) -> str:
    told = " ".join(run(pip, "install", "--help").output.split())
    found = re.search(r"--index-url <url>[^(]*\(default\s+(https?://[^\s)]+)\)", told)
    return found[1] if found else ""


def _default_of_uv(uv: str) -> str:
    told = run(uv, "pip", "compile", "--quiet", "--emit-index-url", "-").output
    found = re.search(r"^--(?:default-index|index-url) (\S+)$", told, re.MULTILINE)
    return found[1] if found else ""


class NodeIndexes(NamedTuple):
    """npm's registry, and those of single scopes (`@company`)."""

    default: Index
    scopes: Mapping[str, Index]

    def of(self, package: str) -> Index:
        """Return the registry that has `package`."""
        return self.scopes.get(package.partition("/")[0], self.default)


def node_indexes(root: Path | None) -> NodeIndexes:
    """Return the registries that the user's npm is set up for; raises DlintError without npm."""
    npm = which("npm", root)
    if npm is None:
        raise DlintError(
            "npm is not installed, but it is needed to find Node's packages", "Install it."
        )
    return _of_npm(npm)


@cache
def _of_npm(npm: str) -> NodeIndexes:
    address = ADDRESS.match(run(npm, "config", "get", "registry").output.strip())
    if address is None:
        raise DlintError("npm does not tell its registry", "Look at `npm config get registry`.")
    text = "\n".join(map(_read, (run(npm, "config", "get", "globalconfig").output, _user_file())))
    tokens = {place: (kind, _expanded(value)) for place, kind, value in NPM_TOKEN.findall(text)}
    scopes = {scope: _with_token(_expanded(url), tokens) for scope, url in NPM_SCOPE.findall(text)}
    return NodeIndexes(_with_token(address[0], tokens), scopes)


def _user_file() -> str:
    own = next(
        (value for name, value in os.environ.items() if name.lower() == "npm_config_userconfig"), ""
    )
    return own or str(Path.home() / ".npmrc")


def _read(path: str) -> str:
    try:
        return Path(path.strip()).read_text("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _expanded(value: str) -> str:
    return VARIABLE.sub(lambda found: os.environ.get(found[1], ""), value)


def _with_token(url: str, tokens: Mapping[str, tuple[str, str]]) -> Index:
    index = index_of(url)
    place = index.url.partition("://")[2].rstrip("/")
    parts = place.split("/")
    keys = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
    found = next((tokens[key] for key in keys if key in tokens), None)
    if found is None:
        return index
    return index._replace(
        authorization=f"{'Bearer' if found[0] == '_authToken' else 'Basic'} {found[1]}"
    )


def index_of(address: str, certificate: str = "") -> Index:
    """Return the user's index at `address`, the name and password in it taken out; raises
    DlintError.
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        name, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise DlintError("an index in the package manager's configuration has no address") from None
    url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    secret = b64encode(f"{name}:{password}".encode()).decode()
    return Index(
        url, authorization=f"Basic {secret}" if name or password else "", certificate=certificate
    )
