"""What the RUNs of a Dockerfile need of the build context that a COPY took as a whole: the Makefile
of `make`, the go.mod of `go build`, `./setup.sh`. A folder without it cannot be the context.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.syntax import Copy, From, Run, Transfer, Workdir
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.shell import Command, Effects
    from dlint.syntax import Dockerfile, Instruction

_RELATIVE = regex(r"(?<![^\s=])(?:\./)?(\w[\w.-]*(?:/[\w.-]+)*/\w[\w-]*\.\w+)(?!\S)")
_FILE = regex(r"[^$*?\[]*/[^/$*?\[]*\.\w+")  # in a folder, and with an ending
_HERE = "/context"  # where the context stands, whatever the Dockerfile calls that
_UNKNOWN = "?"  # the working directory of a base
# What works in a project without installing.
_PROJECTS = {
    **{("go", verb): "go.mod" for verb in ("generate", "test", "vet")},
    **{
        (name, verb): "package.json"
        for name in ("bun", "npm", "pnpm", "yarn")
        for verb in ("build", "run", "run-script", "test")
    },
}
_MAKES = frozenset(("make", "gmake"))
# A Makefile that one of these writes is none of the context's.
_CONFIGURES = regex(r"(?:.*/)?(?:configure|config|cmake|qmake6?|autogen\.sh|autoreconf|bootstrap)")


class _Stage(NamedTuple):
    """The working directory of a stage, and where the whole context was copied to, if it was."""

    workdir: str = _UNKNOWN
    filled: str | None = None

    def at(self, path: str) -> str:
        """Return a path of an instruction, absolute; one that starts with a variable is taken to
        be.
        """
        is_absolute = path.startswith(("/", "$"))
        return posixpath.normpath(path if is_absolute else posixpath.join(self.workdir, path))


def needed_by_runs(dockerfile: Dockerfile) -> Iterator[str]:
    """Yield what RUNs, and COPYs from the stages that they are in, need of the context, relative
    to it.
    """
    stages: dict[str, _Stage] = {}
    name, stage = "", _Stage()
    for instruction in dockerfile.instructions:
        match instruction:
            case From():
                stage = stages.get(_base(instruction), _Stage())
                name = instruction.alias.text.lower() if instruction.alias else ""
            case Workdir():
                stage = stage._replace(workdir=stage.at(instruction.value.text.strip("\"' ")))
            case Copy(from_=str() as source) if source.lower() in stages:
                yield from _taken(instruction, stages[source.lower()])
            case Transfer(from_=None) if _takes_all(instruction) and instruction.destination:
                stage = stage._replace(filled=stage.at(instruction.destination.text))
            case Run() if stage.filled is not None:
                yield from _RELATIVE.findall(instruction.value.text)
                yield from _needed(instruction, stage.workdir, stage.filled)
        stages[name] = stage


def _base(instruction: From) -> str:
    return instruction.image.text.lower() if instruction.image else ""


def _takes_all(instruction: Instruction) -> bool:
    sources = instruction.sources if isinstance(instruction, Transfer) else ()
    return any(not posixpath.normpath(f"/{each.text}").strip("/") for each in sources)


def _taken(copy: Copy, stage: _Stage) -> Iterator[str]:
    """Yield the files in folders of the context that a COPY takes from a stage that holds it."""
    for word in copy.sources if stage.filled not in {None, "/"} else ():
        path = _below(word.text, stage.filled or "")
        if path and _FILE.fullmatch(path):
            yield path


def _below(path: str, folder: str) -> str | None:
    """Return a path relative to a folder that it is in; None where it is not."""
    if path == folder:
        return ""
    start = folder.rstrip("/") + "/"
    return path.removeprefix(start) if path.startswith(start) else None


def _needed(run: Run, workdir: str, filled: str) -> Iterator[str]:
    """Yield what a RUN needs: the manifest of each install, a Makefile, programs by their paths."""
    from dlint.shell.effects import Clone, Extract, Install
    from dlint.shell.judge import effects
    from dlint.shell.managers import manager_named
    from dlint.shell.reader import read_script

    below = _below(workdir, filled)
    if below is None or run.json is not None or run.mounts:
        return
    here = posixpath.join(_HERE, below).rstrip("/")
    script = read_script(run.script, "sh", {})
    done = effects(script, workdir=here)
    if not done.known or any(isinstance(each, Clone | Extract) for each in done.items):
        return  # it may work on what it fetches
    for install in done.of(Install):
        if install.manifests and not manager_named(install.manager).is_system:
            yield from _in_context(install.manifests[0].path)
    for command in script.commands:
        name = _PROJECTS.get((command.name, next(iter(command.forms), "")))
        if name and command.cwd is not None:
            yield from _in_context(posixpath.join(here, command.cwd, name))
    yield from _programs(done, here)


def _in_context(path: str | None) -> Iterator[str]:
    """Yield the path in the context of what stands at an absolute path; a pattern that goes through
    folders asks for the outermost.
    """
    found = _below(path, _HERE) if path else None
    if found:
        yield found.replace("**/", "")


def _programs(done: Effects, here: str) -> Iterator[str]:
    """Yield the Makefile and the programs of the context that a RUN starts."""
    from dlint.shell.effects import Unknown

    commands = [each.command for each in done.of(Unknown)]
    configured = any(_CONFIGURES.fullmatch(each.word.form) for each in commands)
    for each in commands:
        if each.cwd is None or "$" in each.word.form:
            continue
        folder = posixpath.join(here, each.cwd)
        if each.name in _MAKES and not configured and not _names_makefile(each):
            yield from _in_context(posixpath.join(folder, "[Mm]akefile"))
        elif each.word.form.startswith("./"):
            yield from _in_context(posixpath.normpath(posixpath.join(folder, each.word.form)))


def _names_makefile(command: Command) -> bool:
    return any(word.form.startswith(("-C", "-f", "--directory", "--file")) for word in command.args)
