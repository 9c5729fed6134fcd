"""mix: Elixir's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, words

manager = Manager(
    name="mix",
    commands=("mix",),
    verbs=(
        *installs("deps.get", files=("mix.exs", "mix.lock"), locked=True),
        # which settings decide on
        *installs(
            "deps.compile", files=("mix.exs", "mix.lock", "config/*.exs"), locked=True, cached=False
        ),
        *installs("deps.update", packages=True, files=("mix.exs", "mix.lock"), locked=False),
        *installs("archive.install|local.hex|local.rebar|escript.install", everywhere=True),
    ),
    versioned=words("mix"),
    values=words("--only"),
    lock_files=("mix.lock",),
    no_dev=words("--only=prod"),
    no_dev_variables=("MIX_ENV=prod",),
    dev_default=True,
    caches=(Cache("cache", ("$HOME/.hex",), named=("$HEX_HOME",)),),
    library_users="mix",
)
