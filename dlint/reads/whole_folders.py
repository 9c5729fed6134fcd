"""Programs that are given a folder as a whole, and may look at all that is in it."""

from __future__ import annotations

import posixpath

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build

_WHOLE = frozenset((".", "./"))
# What takes a folder as a place, or as the project to install or build: its settings say which of
# the files in it are read.
_KNOWN = frozenset(
    """
    bun cargo cd chgrp chmod chown cmake composer cp docker dotnet echo find git go gradle install
    ln ls make mkdir mv mvn next ng npm nuxt pip pip3 pnpm poetry pushd python python3 rm rsync set
    source tar test touch tsc unzip uv vite webpack yarn [ .
    """.split()
)
_STARTERS = frozenset(("bunx", "npx", "exec", "dlx", "env", "sudo", "time"))
_BREAKS = regex(r"&&|\|\||[;|\n]")
_SCRIPTS = regex(r"\b(?:npm|pnpm|yarn|bun)[ \t]+(?:run(?:-script)?[ \t]+)?([\w:.-]+)")
_MOST_SCRIPTS = 50


def looks_at_all(build: Build, folder: str) -> bool:
    """Tell whether a RUN, or a script of npm in the context's `folder` that it runs, gives the
    folder it is in to a program of which nobody knows what it reads there.
    """
    from dlint.syntax import Run

    runs = [each for each in build.dockerfile.instructions if isinstance(each, Run)]
    commands = [
        [command.name, *command.forms] for run in runs for command in build.script(run).commands
    ]
    scripts = _scripts_run(build, folder, "\n".join(run.value.text for run in runs))
    told = (part.split() for script in scripts for part in _BREAKS.split(script))
    return any(_takes_all(each) for each in (*commands, *told))


def _takes_all(words: Sequence[str]) -> bool:
    """Tell whether a command gives the folder it is in to a program that is not known."""
    own = [each for each in words if each not in _STARTERS and not each.startswith("-")]
    return bool(own) and own[0] not in _KNOWN and not _WHOLE.isdisjoint(own[1:])


def _scripts_run(build: Build, folder: str, text: str) -> Iterator[str]:
    """Yield the scripts of npm that commands run, and those that these run."""
    from dlint.reads.context_files import commands_in

    scripts = commands_in(build.context, posixpath.join(folder, "package.json"))
    left, seen = _SCRIPTS.findall(text), set[str]()
    while left and len(seen) < _MOST_SCRIPTS:
        name = left.pop()
        for each in (f"pre{name}", name, f"post{name}"):
            if each in scripts and each not in seen:
                seen.add(each)
                yield scripts[each]
                left += _SCRIPTS.findall(scripts[each])
