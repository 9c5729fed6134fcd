"""Who we are to a registry: Docker's config.json, then the auth.json of podman and buildah, and
credential helpers.

docker-py reads the files' entries and runs the helpers; what it lacks is here: the second file, its
entries for single repositories, a time limit for helpers, and errors where it would go on silently.
Nothing secret gets into a message.

Imported when a registry has asked for credentials, not before: docker-py takes a quarter of a
second.
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.auth import AuthConfig, convert_to_hostname
from docker.credentials import CredentialsNotFound, Store, StoreError
from docker.credentials.errors import process_store_error
from docker.errors import DockerException

from dlint.errors import DlintError
from dlint.images.reference import DOCKER_HUB
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HUB_KEY = "https://index.docker.io/v1/"
# Helpers answer from a keychain or ask a cloud; one that waits for somebody at a keyboard must not
# hold a run.
HELPER_SECONDS = 15


class Credentials(NamedTuple):
    """A name and a password, or an identity token alone, and the file that they came from."""

    username: str = ""
    password: str = ""
    identity_token: str = ""
    origin: str = ""

    def __repr__(self) -> str:
        return f"Credentials(origin={self.origin!r})"


def find_credentials(host: str, repository: str) -> Credentials | None:
    """Return the credentials for `host/repository`, None where no file has any; raises
    DlintError.
    """
    for path in credential_files():
        if (content := _read(path)) and (found := _from_file(path, content, host, repository)):
            return found
    return None


def credential_files() -> Iterator[Path]:
    """Docker's file, and those of containers/image; the first that knows the registry counts."""
    yield Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    if explicit := os.environ.get("REGISTRY_AUTH_FILE"):
        yield Path(explicit)
        return
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers/auth.json"
    yield (
        Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers/auth.json"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DlintError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise DlintError(
            f"{path}: is not valid JSON", "Log in again with `docker login`, or fix the file."
        ) from None
    return content if isinstance(content, dict) else {}


def _from_file(
    path: Path, content: dict[str, Any], host: str, repository: str
) -> Credentials | None:
    known = {
        key: content[key] for key in ("auths", "credsStore", "credHelpers") if content.get(key)
    }
    if not known:
        return None
    try:
        config = AuthConfig.load_config(None, known)
    except (DockerException, ValueError, TypeError, AttributeError):
        raise DlintError(
            f"{path}: holds credentials that cannot be read", "Log in again with `docker login`."
        ) from None
    return _from_helper(path, config, host) or _from_entries(path, config, host, repository)


def _from_helper(path: Path, config: AuthConfig, host: str) -> Credentials | None:
    key = HUB_KEY if host == DOCKER_HUB else host
    name = config.cred_helpers.get(host) or config.get_credential_store(host)
    if not name:
        return None
    try:
        username, secret = _ask_helper(str(name), key)
    except CredentialsNotFound:
        return None
    except subprocess.TimeoutExpired:
        raise _helper_error(path, name, host, f"gave no answer within {HELPER_SECONDS} s") from None
    except (StoreError, ValueError, KeyError, TypeError, OSError):
        # The helper's own words stay out: some print what they were about to hand over.
        raise _helper_error(path, name, host, "is not installed or failed") from None
    if username == "<token>":
        return Credentials(identity_token=secret, origin=str(path))
    return Credentials(username, secret, origin=str(path))


def _helper_error(path: Path, name: str, host: str, what: str) -> DlintError:
    return DlintError(
        f"{path}: the credential helper docker-credential-{name} {what} for {host}",
        f"Run `echo {host} | docker-credential-{name} get` to see why, or remove it from the file.",
    )


def _ask_helper(name: str, key: str) -> tuple[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an absent helper is our error, not a warning besides
        answer = Helper(name).get(key)  # type: ignore[no-untyped-call]  # so in types-docker
    return str(answer["Username"]), str(answer["Secret"])


class Helper(Store):
    """docker-py's helper, with a time limit, and without its words on our error output."""

    def _execute(self, subcmd: str, data_input: bytes) -> bytes:
        if self.exe is None:
            raise StoreError(f"{self.program} is not installed")
        try:
            done = subprocess.run(  # noqa: S603  the user's own configuration names it, as for docker itself
                [self.exe, subcmd],
                input=data_input,
                capture_output=True,
                check=True,
                timeout=HELPER_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            raise process_store_error(error, self.program) from None
        return done.stdout


def _from_entries(path: Path, config: AuthConfig, host: str, repository: str) -> Credentials | None:
    """Look for the repository, then the accounts above it (podman's way), then the registry."""
    names = [host, *repository.split("/")]
    keys = ("/".join(names[:end]) for end in range(len(names), 1, -1))
    entry = next((found for key in keys if (found := config.auths.get(key))), None) or _of_registry(
        config, host
    )
    if not entry:
        return None
    if token := entry.get("IdentityToken"):
        return Credentials(identity_token=token, origin=str(path))
    return Credentials(entry["username"], entry["password"], origin=str(path))


def _of_registry(config: AuthConfig, host: str) -> Mapping[str, Any] | None:
    """Let docker-py match the registry's names, among the entries that are no repository's."""
    plain = {
        key: entry
        for key, entry in config.auths.items()
        if "://" in key or convert_to_hostname(key) == key
    }
    found: Mapping[str, Any] | None = AuthConfig({"auths": plain}).resolve_authconfig(host)
    return found
