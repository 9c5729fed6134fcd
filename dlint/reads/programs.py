"""Which programs the steps of a build and the scripts of its context call, by their names."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.reads.scripts import program_of, texts
from dlint.reads.starts import started, starting_scripts
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex
from dlint.text.source import Mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.script import Script

_WORD = regex(r"[\w.+-]+")


def programs_from(build: Build, stage: Stage, run: Run) -> frozenset[str]:
    """Return the names of the programs that a RUN, those below it and the start of the images on
    top of `stage` call, by themselves or by a script of the context; and those of scripts that a
    COPY brings by their names, as somebody is to start them.
    """
    last = build.fact_of(_last_calls, stage)
    return frozenset(name for name, at in last.items() if at >= run.index)


def _last_calls(build: Build, stage: Stage) -> dict[str, int]:
    """Return the number of the last RUN that calls each program, in `stage` or on top of it, or one
    behind all of them for what is called at a start; a fact of the stage.
    """
    end = len(build.dockerfile.instructions)
    found: dict[str, int] = {}
    for each in build.stages_on(stage):
        found |= build.fact_of(_own_calls, each)
    for text in started(build, stage):
        found.update(dict.fromkeys(_WORD.findall(text), end))
    for raw in (*starting_scripts(build, stage), *_carried(build, stage)):
        found.update(dict.fromkeys(programs_of(raw), end))
    return found


def _own_calls(build: Build, stage: Stage) -> dict[str, int]:
    """Return the number of the last RUN of a stage that calls each program; a fact of the stage."""
    runs = (each for each in stage.instructions if isinstance(each, Run))
    return {name: run.index for run in runs for called in _called(build, run) for name in called}


def programs_of(raw: bytes) -> frozenset[str]:
    """Return the names of the programs that a script calls, read as one of a shell."""
    from dlint.shell.reader import read_script

    return _names(read_script(Mapped(raw.decode("utf-8", "replace"))))


def _carried(build: Build, stage: Stage) -> Iterator[bytes]:
    """Yield the texts of scripts that COPYs of the images on top of a stage name."""
    for each in build.stages_on(stage):
        for copy in each.instructions:
            sources = copy.sources if isinstance(copy, Transfer) and not copy.from_ else ()
            for source in sources:
                found = texts(build, posixpath.basename(source.text))
                yield from (raw for raw in found if raw.startswith(b"#!"))


def _called(build: Build, run: Run) -> Iterator[frozenset[str]]:
    """Yield the names of what a RUN calls, and of what each script of the context does that it
    calls.
    """
    script = build.script(run)
    yield _names(script)
    for each in script.commands:
        name = posixpath.basename(program_of(each) or "")
        for raw in texts(build, name) if name else ():
            yield programs_of(raw)


def _names(script: Script) -> frozenset[str]:
    return frozenset(each.name for each in script.commands if each.name)
