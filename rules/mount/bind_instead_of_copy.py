"""A file that is copied only for one RUN can be mounted for it instead, and is in no layer then.

A package file, an installer or a set-up script that one RUN uses stays in the layer that its COPY
made, whatever later steps do: deleting it frees nothing. `RUN --mount=type=bind` shows the same
file for as long as the RUN lasts, which is made again when the file changes, as before.

```context
vendor/driver_2.1_amd64.deb 3MB
```

```dockerfile bad
FROM debian:12.5-slim
COPY vendor/driver_2.1_amd64.deb /tmp/driver.deb
RUN dpkg --install /tmp/driver.deb
CMD ["driver"]
```

```dockerfile good
FROM debian:12.5-slim
RUN --mount=type=bind,source=vendor/driver_2.1_amd64.deb,target=/tmp/driver.deb dpkg --install /tmp/driver.deb
CMD ["driver"]
```

```context
setup.sh
```

```dockerfile bad
FROM debian:12.5-slim
COPY setup.sh /setup.sh
RUN /setup.sh
CMD ["bash"]
```

```dockerfile good
FROM debian:12.5-slim
RUN --mount=type=bind,source=setup.sh,target=/setup.sh /setup.sh
CMD ["bash"]
```

Packages that another stage built can be mounted from there:

```dockerfile bad
FROM python:3.12.5 AS build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt

FROM python:3.12.5-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl
CMD ["gunicorn", "shop"]
```

```dockerfile good
FROM python:3.12.5 AS build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt

FROM python:3.12.5-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-cache-dir /wheels/*.whl
CMD ["gunicorn", "shop"]
```

How sure: reported are package files, from the context or from another stage, that a RUN installs,
scripts at a place of their own that a RUN starts, and lists of dependencies in a folder for
temporary files that a RUN reads, if nothing else in the file speaks of them or of their folder, no
later COPY brings them again and no other stage copies them. Scripts in a `bin` folder are taken for
commands of the image, those in a folder that other COPYs fill for a part of the project; other
folders and the manifests of a project are left alone: the project may read them when it runs. A
file that a RUN deletes is `bloat/late-cleanup`'s, and in a stage that is not pushed a file costs
nobody anything.

When not to follow it: where the image is meant to hold the script, or where the builder knows no
mounts.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Set as AbstractSet

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_PACKAGES = (".deb", ".rpm", ".whl", ".apk", ".run", ".jar.pack", ".msi")
_SCRIPTS = (".sh", ".bash", ".py", ".pl", ".rb")
_SHELLS = frozenset(
    ("sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "source", ".")
)
_STARTS = regex(
    r"entry|start|run[-_.]|init|cmd|boot|health|wait|serve|launch|supervis|wrapper|docker-php|cron"
)
_COMMANDS = ("/bin", "/sbin")  # folders of what the image, or one built on it, may start
_SHARED = frozenset(("", "/", "/root", "/tmp", "/var/tmp", "/opt", "/usr/src", "/home"))  # noqa: S108  the image's own
_TEMPORARY = ("/tmp/", "/var/tmp/")  # noqa: S108  the image's own folders
_FEW = 5  # files; more are no set-up script


@rule.on(syntax.Transfer)
def only_for_one(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report copied package files and scripts that nothing needs after one RUN."""
    build = context.build
    stage = build.stage_of(transfer)
    if (
        stage is None
        or not build.shipped(stage)
        or stage.is_for_tests
        or len(transfer.sources) > _FEW
    ):
        return
    if transfer.from_:
        yield from _from_stage(build, stage, transfer)
        return
    if not any(
        word.text.endswith(_PACKAGES + _SCRIPTS) or facts.is_dependency_list(word.text)
        for word in transfer.sources
    ):
        return
    step = next(step for step in build.steps(stage) if step.instruction is transfer)
    places = _places(build, step, transfer)
    run = _user(build, stage, transfer, places)
    used = [place for place in places if run and _consumes(build, run, place)]
    if (
        run is None
        or not used
        or _is_of_project(build, stage, transfer, used)
        or _is_needed(build, stage, run, places)
    ):
        return
    severity, cost = _weigh(build, transfer, used)
    names = ", ".join(f"`{place}`" for place in used)
    yield Finding(
        transfer,
        f"{names} is here for line {run.line} alone, and stays in this layer; `RUN"
        " --mount=type=bind` would show it without storing it",
        cost=cost,
        related=(Related(run, "the RUN that uses it"),),
        fix=_fix(build, transfer, run, places),
        severity=severity,
    )


def _from_stage(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report packages of another stage or image that a RUN installs, and nobody deletes."""
    step = next(step for step in build.steps(stage) if step.instruction is transfer)
    brought = [stored for stored in build.storage.of(step) if stored.path]
    run, kept = None, {}
    for run in (
        each
        for each in stage.instructions
        if isinstance(each, syntax.Run) and each.index > transfer.index
    ):
        kept = {each.path: "" for each in brought if each.path and _installs_from(build, run, each)}
        if kept:
            break
    if run is not None and kept and not _is_needed(build, stage, run, kept):
        names = ", ".join(f"`{place}`" for place in kept)
        yield Finding(
            transfer,
            f"{names} is here for line {run.line} alone, and stays in this layer; `RUN"
            " --mount=type=bind,from=…` would show it without storing it",
            related=(Related(run, "the RUN that installs it"),),
            fix=_mount_from(build, transfer, run, list(kept)),
            severity=Severity.WARNING,
        )


def _installs_from(build: Build, run: syntax.Run, stored: facts.Stored) -> bool:
    """Tell whether a RUN installs the package file that was copied, or package files of the
    folder.
    """
    for install in build.effects(run).of(shell.Install):
        for word in install.command.args:
            path = _path(build, run, install.command, word.form.partition("=")[2] or word.form)
            if path is None or not install.command.certain:
                continue
            folder, _, name = path.rpartition("/")
            packages = name.endswith(_PACKAGES)
            if path == stored.path and not stored.tree and packages:
                return True
            if folder == stored.path and stored.tree and (packages or name == "*"):
                return True
    return False


def _user(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, places: dict[str, str]
) -> syntax.Run | None:
    """Return the first RUN that speaks of one of the files; None where something else does, or
    another user runs it.
    """
    names = {posixpath.basename(place) for place in places}
    for instruction in stage.instructions:
        if instruction.index > transfer.index:
            if isinstance(instruction, syntax.Run) and _mentions(build, instruction, names):
                return instruction
            if instruction.name == "USER" or _mentions(build, instruction, names):
                return None
    return None


def _places(build: Build, step: facts.Step, transfer: syntax.Transfer) -> dict[str, str]:
    """Return the copied files: absolute path in the image by path in the context, as the text alone
    tells.
    """
    arrival: facts.Arrival | None = build.arrivals.of(step, transfer)
    if arrival is None:
        return {}
    if arrival.known:
        return dict(arrival.files)
    if (
        len(transfer.sources) == 1
        and transfer.destination
        and not transfer.destination.text.endswith(("/", "."))
    ):
        names = {posixpath.basename(arrival.destination): transfer.sources[0].text}
        if "." not in posixpath.basename(arrival.destination):
            return {
                posixpath.join(
                    arrival.destination, posixpath.basename(transfer.sources[0].text)
                ): ""
            }
        return {arrival.destination: next(iter(names.values()))}
    return {
        posixpath.join(arrival.destination, posixpath.basename(word.text)): word.text
        for word in transfer.sources
    }


def _consumes(build: Build, run: syntax.Run, place: str) -> bool:
    """Tell whether a RUN installs the package file, or starts the script, that stands at
    `place`.
    """
    name = posixpath.basename(place)
    if place.endswith(_PACKAGES) or (
        facts.is_dependency_list(place) and place.startswith(_TEMPORARY)
    ):
        return any(_names(build, run, command, place) for command in build.script(run).commands)
    if (
        not place.endswith(_SCRIPTS)
        or _STARTS.search(name.lower())
        or posixpath.dirname(place).endswith(_COMMANDS)
    ):
        return False
    return any(_starts(build, run, command, place) for command in build.script(run).commands)


def _names(build: Build, run: syntax.Run, command: shell.Command, place: str) -> bool:
    return command.name not in {"rm", "chmod", "chown", "ls"} and any(
        _path(build, run, command, word.form) == place for word in command.args
    )


def _starts(build: Build, run: syntax.Run, command: shell.Command, place: str) -> bool:
    if _path(build, run, command, command.word.form) == place and "/" in command.word.form:
        return True
    first = next((word.form for word in command.args if not word.form.startswith("-")), "")
    return command.name in _SHELLS and _path(build, run, command, first) == place


def _path(build: Build, run: syntax.Run, command: shell.Command, form: str) -> str | None:
    if form.startswith("/"):
        return posixpath.normpath(form)
    if command.cwd is None:
        return None
    return posixpath.normpath(posixpath.join(build.state(run).workdir or "/", command.cwd, form))


def _is_of_project(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, places: list[str]
) -> bool:
    """Tell whether other COPYs fill the folder that the scripts stand in: they are part of what the
    image runs.
    """
    folders = {posixpath.dirname(place) for place in places if place.endswith(_SCRIPTS)} - _SHARED
    for step in build.steps(stage):
        other = step.instruction
        if folders and isinstance(other, syntax.Transfer) and other is not transfer:
            arrival: facts.Arrival | None = build.arrivals.of(step, other)
            alike = all(word.text.endswith(_SCRIPTS + _PACKAGES) for word in other.sources)
            if (
                arrival is not None
                and not alike
                and any(facts.within(arrival.destination, each) for each in folders)
            ):
                return True
    return False


def _is_needed(build: Build, stage: facts.Stage, run: syntax.Run, places: dict[str, str]) -> bool:
    """Tell whether anything but the RUN may want one of the files, brings it again, or deletes
    it.
    """
    if any(
        _takes(delete, place) for delete in build.effects(run).of(shell.Delete) for place in places
    ):
        return True
    folders = (
        {posixpath.dirname(place) for place in places} - _SHARED - {build.state(run).workdir or "/"}
    )
    names = {posixpath.basename(place) for place in places}
    for each in build.stages:
        if stage in each.ancestors():
            for instruction in each.instructions:
                if instruction.index > run.index and _mentions(build, instruction, names, folders):
                    return True
                if isinstance(instruction, syntax.Transfer) and _brings_again(
                    build, each, run, instruction, places
                ):
                    return True
    return any(
        isinstance(i, syntax.Onbuild | syntax.Healthcheck) for i in stage.instructions
    ) or _is_taken(build, stage, places)


def _brings_again(
    build: Build,
    stage: facts.Stage,
    run: syntax.Run,
    transfer: syntax.Transfer,
    places: dict[str, str],
) -> bool:
    """Tell whether a COPY behind the RUN brings the files again: a folder that they come from, to
    where they stand.
    """
    if transfer.index < run.index:
        return False
    step = next(step for step in build.steps(stage) if step.instruction is transfer)
    arrival: facts.Arrival | None = build.arrivals.of(step, transfer)
    if arrival is None:
        return False
    if arrival.known:
        return any(place in arrival.files for place in places)
    folders = [
        "/" + posixpath.normpath(word.text.strip("\"'")).lstrip("./") for word in transfer.sources
    ]
    return any(
        facts.within(place, arrival.destination)
        and facts.within("/" + posixpath.normpath(source), folder)
        for place, source in places.items()
        for folder in folders
    )


def _takes(delete: shell.Delete, place: str) -> bool:
    if delete.place.path is None or shell.deletes(delete, place):
        return True
    return delete.place.glob and posixpath.dirname(delete.place.path) == posixpath.dirname(place)


def _mentions(
    build: Build,
    instruction: syntax.Instruction,
    names: AbstractSet[str],
    folders: AbstractSet[str] = frozenset(),
) -> bool:
    """Tell whether an instruction speaks of a file of one of `names`, or of a folder whole;
    comments do not count.
    """
    if isinstance(instruction, syntax.Run) and build.script(instruction).parsed:
        commands = build.script(instruction).commands
        redirects = (
            redirect.body.text
            for command in commands
            for redirect in command.redirects
            if redirect.body
        )
        texts = [
            *(word.form for command in commands for word in (command.word, *command.args)),
            *redirects,
        ]
    else:
        texts = list(instruction.texts)
    asked = (
        frozenset() if isinstance(instruction, syntax.Transfer) else folders
    )  # a COPY to the folder reads nothing there
    whole = [re.compile(rf"{re.escape(folder)}(?:/?\*|/?(?![\w./-]))") for folder in asked]
    return any(name in text for text in texts for name in names) or any(
        pattern.search(text) for text in texts for pattern in whole
    )


def _is_taken(build: Build, stage: facts.Stage, places: dict[str, str]) -> bool:
    """Tell whether a COPY --from may take one of the files out of the stage."""
    own = {stage.name, str(stage.index)}
    for each in build.stages:
        for instruction in each.instructions:
            if isinstance(instruction, syntax.Copy) and (instruction.from_ or "-").lower() in own:
                for word in instruction.sources:
                    source = posixpath.normpath("/" + word.text.strip("\"'").lstrip("/"))
                    if any(
                        place == source or place.startswith(source.rstrip("/") + "/")
                        for place in places
                    ):
                        return True
    return False


def _weigh(
    build: Build, transfer: syntax.Transfer, used: list[str]
) -> tuple[Severity | None, Cost | None]:
    selection = build.selection(transfer)
    if selection is None or selection.failures or not selection.entries:
        return None, None
    files = {landed.source for landed in selection.entries if f"/{landed.path}" in used}
    size = build.packed_bytes(selection, files)
    return Severity.WARNING, Cost.modelled(size, size) if size is not None else None


def _mount_from(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: list[str]
) -> fixes.Fix | None:
    """Mount the folder or file of the stage where the COPY names just that."""
    plain = (
        len(transfer.sources) == 1
        and len(transfer.flags) == 1
        and not run.heredocs
        and run.json is None
    )
    source = build.expand(transfer, transfer.sources[0].text) if plain else None
    if (
        source is None
        or len(places) != 1
        or "*" in places[0]
        or source.startswith(".")
        or "?" in places[0]
    ):
        return None
    mount = f"--mount=type=bind,from={transfer.from_},source={source},target={places[0]}"
    edits = (
        *fixes.fold(build.dockerfile.source, transfer, run),
        fixes.add_mount(build, run, mount),
    )
    return fixes.Fix("mount it for the RUN that installs it", edits, fixes.Safety.UNSAFE)


def _fix(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: dict[str, str]
) -> fixes.Fix | None:
    """Mount the one file instead; a copy that sets owner or mode, or unpacks, is more than a mount
    gives.
    """
    selection = build.selection(transfer)
    simple = not transfer.flags and not isinstance(transfer, syntax.Add) and len(places) == 1
    if (
        not simple
        or selection is None
        or selection.failures
        or run.heredocs
        or run.json is not None
    ):
        return None
    place, source = next(iter(places.items()))
    changed = (each.place for each in build.effects(run).of(shell.Rewrite))
    if any(each.path is None or facts.within(place, each.path) for each in changed):
        return None  # `chmod +x` of a file that is mounted to be read alone fails
    mount = f"--mount=type=bind,source={source},target={place}"
    edits = (
        *fixes.fold(build.dockerfile.source, transfer, run),
        fixes.add_mount(build, run, mount),
    )
    return fixes.Fix("mount the file for the RUN that uses it", edits, fixes.Safety.UNSAFE)
