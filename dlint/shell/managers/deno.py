"""deno: Deno's packages and programs."""

from __future__ import annotations

from dlint.shell.managers.manager import Manager, installs, words

manager = Manager(
    name="deno",
    commands=("deno",),
    verbs=installs(
        "install",
        files=("deno.json", "deno.jsonc", "deno.lock", "package.json"),
        bare=True,
        locked=False,
    ),
    values=words("-n --name --root --config -c"),
    everywhere=("-g", "--global"),
    lock_files=("deno.lock",),
    locked=words("--frozen"),
)
