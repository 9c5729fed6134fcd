"""The commands that steps of Azure Pipelines start: scripts, and what Docker's task does
(https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/docker-v2, and the task's own
source, https://github.com/microsoft/azure-pipelines-tasks).
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.project.fitting import fits
from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

# Keys of steps that are scripts themselves
# (https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps).
_SHELLS = ("script", "bash", "pwsh", "powershell")
# Inputs of tasks with the text of a script, its file, and where it runs.
_INLINE = ("script", "inlinescript")
_FILES = ("filepath", "scriptpath")
_FOLDERS = ("workingdirectory", "cwd", "workingfolder")
_OTHER_MACHINES = regex(r"(?i)ssh")
_MACRO = regex(r"\$\(([\w.-]++)\)")
_PATTERN = regex(r"(?:\*\*/)++|[*?]++")
_ANY_FILE = "**/Dockerfile"
_OWN_FOLDER = "**"  # the context is where the Dockerfile is
_ANY = "$(any)"
_ID = "$(Build.BuildId)"
_NAMED_BY_RUN = f"$(Build.Repository.Name):{_ID}"
# What the older tasks call the commands.
_ACTIONS = {"build an image": "build", "push an image": "push", "push images": "push several"}


def name_of(step: Mapping[str, str]) -> str:
    """Return the name of a step's task, in lower case and without its version."""
    return step.get("task", "").partition("@")[0].lower()


def macros_filled(text: str, known: Collection[str]) -> str:
    """Return a text with the variables as programs see them that Azure puts in: those that it knows
    itself have a dot in their names, and others may be a command's output.
    """

    def named(macro: re.Match[str]) -> str:
        name = macro[1].upper().replace(".", "_").replace("-", "_")
        return f"${{{name}}}" if "." in macro[1] or name in known else macro[0]

    return _MACRO.sub(named, text)


def commands_of(
    step: Mapping[str, str],
    inputs: Mapping[str, str],
    filled: Callable[[str], str],
    listed: Callable[[str], Collection[str]],
) -> tuple[str, str]:
    """Return the commands of a step, and the folder that they run in; none where it starts none
    that are known. The names of `inputs` are in lower case, `filled` puts variables into a path,
    and `listed` are the files of the repository that a pattern takes.
    """
    for key in _SHELLS:
        if key in step:
            return step[key], step.get("workingDirectory", ".")
    task, _, version = step.get("task", "").partition("@")
    if task.lower() == "docker":
        read = {"0": _docker_0, "1": _docker_1}.get(version, _docker_2)
        return read(inputs, _Dockerfiles(filled, listed)), "."
    if _OTHER_MACHINES.search(task):
        return "", "."
    folder = _first(inputs, _FOLDERS) or "."
    script, file = _first(inputs, _INLINE), _first(inputs, _FILES)
    if file and not script:
        return f"{filled(file)} {inputs.get('arguments', '')}".strip(), folder
    return script, folder


def _first(inputs: Mapping[str, str], names: Iterable[str]) -> str:
    return next((inputs[name] for name in names if inputs.get(name)), "")


class _Dockerfiles:
    """Finds the Dockerfile and the context that a task is told."""

    def __init__(
        self, filled: Callable[[str], str], listed: Callable[[str], Collection[str]]
    ) -> None:
        self._filled = filled
        self._listed = listed

    def build(self, file: str, context: str, options: str, images: Sequence[str]) -> str:
        """Return the command that builds; without a context of its own, where the Dockerfile is."""
        file = self._found(self._filled(file.strip() or _ANY_FILE))
        own = _ANY if file.startswith(_ANY) else posixpath.dirname(file)
        context = self._filled(context.strip())
        place = own if context in {"", _OWN_FOLDER} else context
        names = [f"-t {each}" for each in images]
        words = ["docker build -f", _quoted(file), *options.split(), *names, _quoted(place or ".")]
        return " ".join(words)

    def _found(self, file: str) -> str:
        """Return the only file that a pattern takes, or what may be any that it does."""
        if not _PATTERN.search(file):
            return file
        name, hidden = posixpath.basename(file), _PATTERN.sub(lambda _: _ANY, file)
        found = [
            each
            for each in self._listed(f"*{name}")
            if fnmatchcase(posixpath.basename(each), name) and fits(hidden, each)
        ]
        return found[0] if len(found) == 1 else hidden


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in path and "'" not in path else path


def _docker_2(inputs: Mapping[str, str], files: _Dockerfiles) -> str:
    command = inputs.get("command", "buildAndPush").strip()
    kind = command.lower()
    repository = inputs.get("repository", "").strip()
    tags = [each.strip() for each in inputs.get("tags", _ID).replace(",", "\n").split("\n")]
    named = [f"{repository}:{tag}" for tag in tags if tag] or [repository]
    images = named if repository else []
    # both at once ignore options
    options = "" if kind == "buildandpush" else inputs.get("arguments", "")
    if kind not in {"build", "buildandpush", "push"}:
        return f"docker {command} {' '.join(options.split())}"
    found: list[str] = []
    if kind != "push":
        file, context = inputs.get("dockerfile", ""), inputs.get("buildcontext", "")
        found.append(files.build(file, context, options, images))
    if kind != "build":
        found += [f"docker push {each}" for each in images]
    return "\n".join(found)


def _docker_1(inputs: Mapping[str, str], files: _Dockerfiles) -> str:
    is_default = inputs.get("usedefaultcontext", "true").lower() != "false"
    return _older(
        inputs.get("command", "build"),
        inputs,
        files,
        "" if is_default else inputs.get("buildcontext", ""),
        inputs.get("arguments", ""),
    )


def _docker_0(inputs: Mapping[str, str], files: _Dockerfiles) -> str:
    is_default = inputs.get("defaultcontext", "true").lower() != "false"
    arguments = filter(None, map(str.strip, inputs.get("buildarguments", "").split("\n")))
    if inputs.get("action", "").lower() == "run a docker command":
        return f"docker {inputs.get('customcommand', '')}"
    return _older(
        inputs.get("action", "build"),
        inputs,
        files,
        "" if is_default else inputs.get("context", ""),
        " ".join(f"--build-arg {each}" for each in arguments),
    )


def _older(
    command: str, inputs: Mapping[str, str], files: _Dockerfiles, context: str, options: str
) -> str:
    """Return what the task did before its second version, which built or pushed."""
    kind = _ACTIONS.get(command.strip().lower(), command.strip().lower())
    image = inputs.get("imagename", _NAMED_BY_RUN).strip()
    if kind == "build":
        return files.build(inputs.get("dockerfile", ""), context, options, [image])
    is_several = kind == "push several" or inputs.get("pushmultipleimages", "").lower() == "true"
    if is_several:
        image = "$(images)"  # those that a file names
    return f"docker push {image}" if kind.startswith("push") else ""
