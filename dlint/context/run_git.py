"""The one place that runs git: what it reads may come from a stranger, so it can start no other
program from there.

A repository's configuration names programs in dozens of keys. Those that the commands used here
could reach are set to nothing; all transports are shut, which closes the rest; a bare repository
inside a working tree, which ordinary tracked files can make up, is none.
"""

from __future__ import annotations

import os
from functools import cache
from time import monotonic
from typing import IO, TYPE_CHECKING, TypeVar

from dlint.errors import DlintError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_Answer = TypeVar("_Answer")

# Given with -c, these stand above every file and above GIT_CONFIG_COUNT (git-config(1)). Not here:
# core.gitProxy, of which the first value counts, and remote.*.uploadpack, .vcs and the like, all
# behind a transport; `filter.*`, whose names the repository chooses (Repository._unfiltered);
# diff.external and diff.*.command and .textconv, which --no-ext-diff and --no-textconv switch off.
# System and user settings are read: they tell which folders are safe.
HELD = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.sshCommand": "false",
    "core.askPass": "",
    "core.alternateRefsCommand": "false",
    "core.editor": "false",
    "core.pager": "cat",
    "credential.helper": "",
    "gpg.program": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "log.showSignature": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    # No program, but what is read from git must mean the same everywhere.
    "i18n.logOutputEncoding": "UTF-8",
}
# Of commands that compare contents.
COMPARING = ("--no-ext-diff", "--no-textconv")
# Git sets these in a hook, for its own repository (`git rev-parse --local-env-vars`, but for
# settings): they lead elsewhere. The last four change what `:(literal)` means.
LEFT_OUT = frozenset(
    (
        *(
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_IMPLICIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_PREFIX",
            "GIT_COMMON_DIR",
        ),
        *(
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_SHALLOW_FILE",
            "GIT_GRAFT_FILE",
        ),
        *(
            "GIT_LITERAL_PATHSPECS",
            "GIT_GLOB_PATHSPECS",
            "GIT_NOGLOB_PATHSPECS",
            "GIT_ICASE_PATHSPECS",
        ),
    )
)
SETTINGS = "GIT_CONFIG_COUNT"
# The only transport that is allowed, so it must be one that no repository can name. "none" and ""
# are such as it can: for `none::x` git would run `git remote-none`, which may be an alias, and an
# alias any command.
NO_TRANSPORT = os.urandom(16).hex()
# A command over a large history takes some ten seconds; a file that never ends to be read takes for
# ever.
SECONDS = 120.0
# What a clone is held back by; the user's own credential helpers, proxies and ssh it needs.
FETCHING = (
    "core.askPass",
    "core.fsmonitor",
    "core.hooksPath",
    "gc.auto",
    "maintenance.auto",
    "protocol.allow",
    "submodule.recurse",
)
PROTOCOLS = ("https", "http", "ssh", "git")
FETCH_SECONDS = 600.0
SAID = 300  # characters of what git says that are told
PROGRAM = "git.exe" if os.name == "nt" else "git"


def git(
    folder: Path,
    *arguments: str,
    given: bytes | None = None,
    settings: Mapping[str, str] | None = None,
) -> bytes | None:
    """Return what git prints in `folder`, under more `settings`; None where git is absent or fails.

    Raises DlintError where it is too slow.
    """
    done = run(folder, *arguments, given=given, settings=settings)
    return done.stdout if done and done.returncode == 0 else None


def run(
    folder: Path,
    *arguments: str,
    given: bytes | None = None,
    settings: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes] | None:
    """Run git in `folder` to its end, under more `settings` and `variables`; None where there is no
    git. Raises DlintError where it is too slow.
    """
    import subprocess

    if (words := _words(folder, arguments)) is None:
        return None
    try:
        return subprocess.run(  # noqa: S603  a list of words, for a git that is held back as above
            words,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,  # ours may be a Dockerfile
            capture_output=True,
            check=False,
            env=environment(settings or {}) | dict(variables or {}),
            timeout=SECONDS,
        )
    except OSError:
        return None
    except subprocess.TimeoutExpired:
        raise _too_slow(folder, arguments) from None


def fetch_clone(url: str, folder: Path, depth: int) -> None:
    """Make `folder` a bare clone of the newest `depth` commits at `url`, which the user named: over
    that address's own protocol, with the user's own credentials, and without asking anybody.

    No repository's settings are read, since none is there yet; nothing is checked out, and no
    submodule is followed. Raises DlintError, whose text holds no password of the address.
    """
    import subprocess

    protocol = protocol_of(url)
    program = _program(_safe_path())
    if program is None:
        raise DlintError("git is not installed")
    held = [word for key in FETCHING for word in ("-c", f"{key}={HELD[key]}")]
    limits = ("--bare", "--single-branch", "--no-tags", f"--depth={depth}", "--template=")
    words = [program, *held, "clone", "--quiet", *limits, "--", url, str(folder)]
    variables = environment() | {"GIT_ALLOW_PROTOCOL": protocol, "SSH_ASKPASS_REQUIRE": "never"}
    shown = without_password(url)
    try:
        done = subprocess.run(  # noqa: S603  a list of words, for a git that is held back as above
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd=folder.parent,
            env=variables,
            timeout=FETCH_SECONDS,
            start_new_session=True,  # ssh asks at the terminal, whatever its input is
        )
    except subprocess.TimeoutExpired:
        raise DlintError(f"{shown}: not cloned within {FETCH_SECONDS:.0f} s") from None
    if done.returncode:
        said = " ".join(os.fsdecode(done.stderr).replace(url, shown).split())
        raise DlintError(
            f"{shown}: git cannot clone it: {said.removeprefix('fatal: ')[:SAID]}",
            "check the address, and that `git ls-remote` answers without asking for a password",
        )


def protocol_of(url: str) -> str:
    """Return the protocol of an address that git clones from. Raises DlintError for others: git
    would run a program that is called like the protocol.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:  # git@host:path
        host, colon, _ = url.partition(":")
        if colon and "/" not in host and not host.startswith("-") and "::" not in url:
            return "ssh"
        raise DlintError(f"{url}: neither a folder nor an address that git clones from")
    if scheme not in PROTOCOLS:
        raise DlintError(
            f"{without_password(url)}: git may not clone over {scheme!r} here",
            f"there are {', '.join(PROTOCOLS)}",
        )
    return scheme


def without_password(url: str) -> str:
    """Return an address without the user and the password before its host: they are nobody's
    business.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


class Talk:
    """A git that answers one request after another, until it is closed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start it; raises DlintError where there is no git."""
        import subprocess

        if (words := _words(folder, arguments)) is None:
            raise DlintError("git is not installed")
        self._late = _too_slow(folder, arguments)
        self._process = subprocess.Popen(  # noqa: S603  as in `run`
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        self._until: float | None = None
        import threading  # a check whose context is no repository has none

        self._closed = threading.Event()
        self._killed = False
        threading.Thread(target=self._watch, daemon=True).start()

    def ask(self, lines: Sequence[str]) -> None:
        """Send requests, one a line; no more than the pipe holds, or neither side goes on."""
        self._in_time(lambda: self._send("".join(f"{line}\n" for line in lines).encode()))

    def line(self) -> bytes:
        """Return the next line of the answer."""
        return self._in_time(self._out.readline)

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes of the answer; fewer where git has ended."""
        return self._in_time(lambda: self._out.read(size))

    def close(self) -> None:
        """End it."""
        self._closed.set()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    @property
    def _out(self) -> IO[bytes]:
        if self._process.stdout is None:
            raise ValueError("a process without pipes")
        return self._process.stdout

    def _send(self, data: bytes) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _in_time(self, wait: Callable[[], _Answer]) -> _Answer:
        self._until = monotonic() + SECONDS
        try:
            answer = wait()
        except BrokenPipeError:  # as it stands it would mean that our own reader has had enough
            raise (
                self._late if self._killed else DlintError("git exited before it answered")
            ) from None
        finally:
            self._until = None
        if self._killed:
            raise self._late
        return answer

    def _watch(self) -> None:
        """Kill it once it is late, which ends the waiting: a pipe has no time limit of its own on
        every system.
        """
        while not self._closed.wait(SECONDS / 10):
            until = self._until
            if until is not None and monotonic() > until:
                self._killed = True
                self._process.kill()
                return


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a git that stays within the folder it is told, asks nobody and
    fetches nothing.
    """
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {
        **kept,
        **_given(settings or {}),
        "PATH": os.pathsep.join(_safe_path()),  # git looks there for its own parts
        "GIT_ALLOW_PROTOCOL": (
            NO_TRANSPORT
        ),  # stands above protocol.ext.allow, as `protocol.allow` does not
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def _given(settings: Mapping[str, str]) -> dict[str, str]:
    """Write settings as variables: a key with "=" in it cannot be given with -c."""
    if not settings:
        return {}
    first = int(os.environ.get(SETTINGS) or 0)  # the user's own stand before these
    given = {SETTINGS: str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        given |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return given


def _words(folder: Path, arguments: Sequence[str]) -> list[str] | None:
    program = _program(_safe_path())
    if program is None:
        return None
    held = [word for key, value in HELD.items() for word in ("-c", f"{key}={value}")]
    return [program, "--no-pager", *held, "-C", str(folder), *arguments]


def _safe_path() -> tuple[str, ...]:
    """Return the folders of PATH but for the current one, which is being checked, under each of its
    names.
    """
    here = os.path.realpath(os.curdir)
    return tuple(
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if os.path.isabs(folder) and os.path.realpath(folder) != here  # noqa: PTH117  a text
    )


@cache
def _program(folders: tuple[str, ...]) -> str | None:
    """Return the path of git. `shutil.which` looks into the current folder first on Windows, and is
    slow to import.
    """
    candidates = (os.path.join(folder, PROGRAM) for folder in folders)  # noqa: PTH118  as above
    runnable = (path for path in candidates if os.access(path, os.X_OK))
    return next((path for path in runnable if os.path.isfile(path)), None)  # noqa: PTH113  as above


def _too_slow(folder: Path, arguments: Sequence[str]) -> DlintError:
    return DlintError(
        f"{folder}: git gave no answer within {SECONDS:.0f} s",
        f"see what holds up `git {arguments[0]}` there, or remove what its settings name",
    )
