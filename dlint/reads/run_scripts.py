"""What `npm run SCRIPT` installs, where the script in the context's package.json does nothing
else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.manifests.loading import FormatError, load_json, table
from dlint.model.scope import join
from dlint.reads.makefiles import installed_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build, Step
    from dlint.shell import Command, Install

RUNNERS = frozenset(("bun", "npm", "pnpm", "yarn"))
_RUNS = frozenset(("run", "run-script"))
_ONE = 1  # word: the script's name alone, without any for the script or flags that choose a package


def installed_by_script(
    build: Build, step: Step, command: Command, places: Mapping[str, str]
) -> list[Install]:
    """Return what a script that a command starts installs, each as an install of that command; none
    where the script may do anything else. `places` are the context's files by where they stand in
    the image.
    """
    from dlint.shell.effects import Place

    script = _script(command)
    here = None if command.cwd is None else join(step.state.workdir, command.cwd or ".")
    path = join(here, "package.json")
    if script is None or here is None or path is None or path not in places:
        return []
    lines = _lines(build, places[path], script, has_hooks=command.name != "yarn")
    installs: list[Install] = []
    for line in lines:
        found = installed_by(step, line, here)
        if found is None:
            return []
        installs += found
    own = [place for each in installs for place in each.manifests]
    read = tuple(dict.fromkeys([*own, Place(path, path)]))
    return [each._replace(command=command, span=command.span, manifests=read) for each in installs]


def _script(command: Command) -> str | None:
    """Return the name of the script that a command starts; npm needs a verb for that."""
    words = [word.text for word in command.args]
    if words and words[0] in _RUNS:
        words = words[1:]
    elif command.name == "npm":
        return None
    return words[0] if len(words) == _ONE and words[0] and words[0][0] != "-" else None


def _lines(build: Build, path: str, script: str, *, has_hooks: bool) -> list[str]:
    """Return the commands of a script of a package.json, with those before and after it, which the
    second Yarn does not start: then it may be either.
    """
    try:
        told = table(load_json(build.context.read(path)), "scripts")
    except (DlintError, FormatError):
        return []
    hooks = [told.get(f"pre{script}"), told.get(f"post{script}")]
    if not has_hooks and any(hooks):
        return []
    every = (hooks[0], told.get(script), hooks[1])
    return [each for each in every if isinstance(each, str)] if told.get(script) else []
