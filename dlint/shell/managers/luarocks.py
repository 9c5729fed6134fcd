"""luarocks: Lua's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import XDG_CACHE, Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import REMOVE

manager = Manager(
    name="luarocks",
    commands=("luarocks",),
    verbs=(
        *installs("install", packages=True, version_at=1),
        *installs("make", files=("*.rockspec",), project="."),
        *verbs(REMOVE, "remove", packages=True),
    ),
    values=words("--server --tree --lua-version --lua-dir --from --only-from"),
    caches=(Cache("index", ("$HOME/.cache/luarocks",), named=(f"{XDG_CACHE}/luarocks",)),),
)
