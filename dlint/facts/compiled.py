"""Programs that a step compiles from what it clones or downloads itself."""

from __future__ import annotations

from itertools import pairwise

from dlint.syntax import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build, Step


def compiled_download(build: Build, chain: Sequence[Step], path: str) -> Step | None:
    """Return the RUN that compiles what it clones or downloads to a path (`-o /usr/bin/tool`), if
    no step after it in the chain names that file.
    """
    from dlint.shell.effects import Clone, Fetch

    name = path.rpartition("/")[2]
    naming = (each for each in reversed(chain) if name in each.instruction.value.text)
    step = next(naming, None)
    run = step.instruction if step else None
    if step is None or not isinstance(run, Run) or any(each.type == "bind" for each in run.mounts):
        return None
    effects = build.effects(run, step.state)
    brings = any(isinstance(each, Clone | Fetch) and each.command.certain for each in effects.items)
    commands = build.script(run).commands
    is_output = any(("-o", path) in pairwise(each.forms) for each in commands)
    return step if brings and is_output else None
