"""Whether two Dockerfiles make the same image, as far as the model knows: a look at the outcome,
not at the moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.model.scope import after
from dlint.syntax import Arg, Env, From, Run, Shell, Transfer, User, Workdir
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.model import Build, Stage
    from dlint.model.scope import State

# They change what later instructions see, and are compared there.
_SETTINGS = (Arg, Env, From, Shell, User, Workdir)


class _Outcome(NamedTuple):
    """What a stage comes to.

    `files` are what the context brings, by the place in the image; `made` what runs or is copied
    from elsewhere, each with what it sees of its surroundings; `configuration` what is said there,
    by keyword; `end` what holds at the end.
    """

    files: Mapping[str, object]
    made: Sequence[tuple[str, ...]]
    configuration: Mapping[str, Sequence[str]]
    end: object


def difference(before: Build, after: Build) -> str | None:
    """Return in what two Dockerfiles of the same stages differ in the images they make; None where
    they do not.
    """
    for one, other in zip(before.stages, after.stages, strict=True):
        if before.live(one):
            old, new = _outcome(before, one), _outcome(after, other)
            if old.files != new.files:
                return "the image would not hold the same files of the context"
            if old.made != new.made:
                return "a RUN, or a COPY from another stage, would see something else"
            if (old.configuration, old.end) != (new.configuration, new.end):
                return "the image's configuration would change"
    return None


def _outcome(build: Build, stage: Stage) -> _Outcome:
    files: dict[str, object] = {}
    made: list[tuple[str, ...]] = []
    configuration: dict[str, list[str]] = {}
    for step in build.chain(stage):
        instruction = step.instruction
        text = step.state.expand(instruction.value.text) or instruction.value.text
        selection = build.selection(instruction) if isinstance(instruction, Transfer) else None
        if selection is not None:
            files |= dict.fromkeys(selection.parents, "folder")
            files |= {
                f"{place}: {source}": "unpacked" for source, place in selection.archives.items()
            }
            for landed in selection.entries:
                is_folder = landed.entry.kind == "dir"
                files[landed.path] = (
                    "folder" if is_folder else (landed.entry, landed.mode, landed.uid, landed.gid)
                )
        elif isinstance(instruction, Transfer):
            made.append((text, str(step.state.workdir)))
        elif isinstance(instruction, Run):
            made.append(
                (
                    instruction.value.text,
                    *(heredoc.body for heredoc in instruction.heredocs),
                    *_seen(step.state),
                )
            )
        elif not isinstance(instruction, _SETTINGS):
            configuration.setdefault(instruction.name, []).append(text)
    end = after(step.state, step.instruction, build.options.build_args, stage.globals.values)
    return _Outcome(files, sorted(made), configuration, _seen(end))


def _seen(state: State) -> tuple[str, ...]:
    """Return what a RUN sees of its surroundings."""
    variables = (f"{name}={state.values.get(name)}" for name in sorted(state.environment))
    return str(state.workdir), str(state.user), str(state.shell), *variables
