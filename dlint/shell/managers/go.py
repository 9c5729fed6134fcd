"""go: Go's modules."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import XDG_CACHE, Cache, Call, Manager, installs, verbs, words
from dlint.shell.managers.words import BUILD, CLEAN
from dlint.shell.packages import FULL_VERSION, Spec, is_path, split

_FILES = ("go.mod", "go.sum", "go.work", "go.work.sum", "**/go.mod", "**/go.sum")


def _package(text: str) -> Spec:
    if is_path(text):
        return Spec(text, kind="path")
    # Without the `v`, a number is no version to Go but the name of a tag, which is taken as it
    # stands.
    exact = re.search(r"@(?:v\d+\.\d+\.\d+\S*|\d+\.\d+[\w.+-]*|[0-9a-f]{7,40})\Z", text)
    return split(text, "@", exact=FULL_VERSION)._replace(exact=bool(exact))


# Since when it keeps what it has built, since when it knows modules without being asked, and since
# when `go get` only fetches (https://go.dev/doc/go1.18#go-get).
_CACHING, _KNOWING_MODULES, _GETTING_ONLY = (1, 10), (1, 16), (1, 18)


def _builds(call: Call, verb: str) -> bool:
    """Tell whether Go keeps what it builds for this."""
    is_fetch = verb == "get" and (call.version is None or call.version >= _GETTING_ONLY)
    is_caching = call.version is None or call.version >= _CACHING
    return is_caching and not is_fetch and verb != "mod" and "-d" not in call.words


def _leaves(call: Call) -> bool:
    """Tell whether Go keeps what it fetches (as modules), or what it builds, for later."""
    first = call.words[0] if call.words else ""
    if first in {"list", "test", "vet"}:  # it only says something
        return False
    if call.kind == "build":
        return _builds(call, first)
    if first == "mod" or any("@" in word for word in call.words):
        return True
    if call.variables.get("GO111MODULE") == "on":
        return True
    return first != "get" and call.version is not None and call.version >= _KNOWING_MODULES


manager = Manager(
    name="go",
    commands=("go", "xx-go", "goxx-go"),
    verbs=(
        # `tool` stands for the tools that go.mod names (https://go.dev/doc/modules/managing-dependencies#tools)
        *installs("mod download|mod verify|install tool", files=_FILES, locked=True),
        *installs("mod vendor|mod tidy", files=_FILES, locked=True, project="."),
        *installs("get", packages=True, project="operands", files=_FILES),
        # without `@version`, go.mod decides (https://go.dev/ref/mod#go-install)
        *installs(
            "install", packages=True, project="operands", files=_FILES, bare=True, of_project=True
        ),
        *verbs(BUILD, "build|test|run|vet|generate|list", files=_FILES, project=".", locked=True),
        *verbs(CLEAN, "clean", needs=words("-modcache"), cleans=("cache",)),
        *verbs(CLEAN, "clean", needs=words("-cache"), cleans=("build",)),
    ),
    grammar=_package,
    values=words(
        "-o -p -tags -ldflags -gcflags -asmflags -gccgoflags -mod -modfile -overlay -C -run"
        " -timeout -pkgdir -toolexec -buildmode -compiler -installsuffix -coverprofile -covermode"
        " -count -f",
    ),
    clusters=False,
    directories=("-C",),
    one_project=True,
    offline=words("-mod=vendor"),
    assigns="env",
    lock_files=("go.sum",),
    caches=(
        Cache(
            "cache", ("/go/pkg/mod", "$HOME/go/pkg/mod"), named=("$GOMODCACHE", "$GOPATH/pkg/mod")
        ),
        Cache("build", ("$HOME/.cache/go-build",), named=("$GOCACHE", f"{XDG_CACHE}/go-build")),
    ),
    stores=("/pkg/mod",),
    prefetch="go mod download",
    fetch="go mod download",
    library_users="go",
    leaves=_leaves,
    image="golang",
    outside=True,
    pinnable=True,
    compiles=True,
)
