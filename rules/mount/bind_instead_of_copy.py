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

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_PATTERN = regex(r"[*?]")
_FEW = 5  # files; more are no set-up script


@rule.on(syntax.Transfer)
def only_for_one(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report copied package files and scripts that nothing needs after one RUN."""
    build = context.build
    stage = build.shipped_stage(transfer)
    if stage is None or stage.is_for_tests or len(transfer.sources) > _FEW:
        return
    if transfer.from_:
        yield from _from_stage(build, transfer)
    elif any(map(build.copies.may_serve_once, transfer.sources)):
        yield from _from_context(build, stage, transfer)


def _from_context(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report what the context brings for the RUN that speaks of it first, and for no other."""
    places = build.copies.places_of(transfer)
    run = build.copies.first_mention(transfer, places)
    if run is None:
        return
    used = [place for place in places if build.copies.serves(run, place)]
    if not used or build.copies.is_of_project(stage, transfer, used):
        return
    if not build.copies.is_wanted_besides(run, places):
        severity, cost = _weigh(build, transfer, used)
        yield Finding(
            transfer,
            f"{_quoted(used)} is only used by line {run.line}, but stays in this layer",
            help="mount it with `RUN --mount=type=bind`, which stores nothing",
            cost=cost,
            related=(Related(run, "uses it"),),
            fix=_mount_file(build, transfer, run, places),
            severity=severity,
        )


def _from_stage(build: Build, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report packages of another stage or image that a RUN installs, and nobody deletes."""
    for run in build.runs_below(transfer):
        places = build.copies.packages_installed(transfer, run)
        if places and not build.copies.is_wanted_besides(run, dict.fromkeys(places, "")):
            yield Finding(
                transfer,
                f"{_quoted(places)} is only used by line {run.line}, but stays in this layer",
                help="mount it with `RUN --mount=type=bind,from=…`, which stores nothing",
                related=(Related(run, "installs it"),),
                fix=_mount_from(build, transfer, run, places),
                severity=Severity.WARNING,
            )
        if places:
            return


def _quoted(places: Iterable[str]) -> str:
    return ", ".join(f"`{place}`" for place in places)


def _weigh(
    build: Build, transfer: syntax.Transfer, used: list[str]
) -> tuple[Severity | None, Cost | None]:
    selection = build.selection(transfer)
    if selection is None or selection.failures or not selection.entries:
        return None, None
    files = {landed.source for landed in selection.entries if f"/{landed.path}" in used}
    size = build.sizes.packed(selection, files)
    return Severity.WARNING, None if size is None else Cost.modelled(size, size)


def _mount_from(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: tuple[str, ...]
) -> fixes.Fix | None:
    """Mount the folder or file of the stage where the COPY names just that."""
    if not len(transfer.sources) == len(transfer.flags) == len(places) == 1:
        return None
    source = build.expand(transfer, transfer.sources[0].text)
    if source is None or source.startswith(".") or _PATTERN.search(places[0]):
        return None
    mount = f"--mount=type=bind,from={transfer.from_},source={source},target={places[0]}"
    return _mount(build, transfer, run, mount, "mount it for the RUN that installs it")


def _mount_file(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: Mapping[str, str]
) -> fixes.Fix | None:
    """Mount the one file instead; a copy that sets owner or mode, or unpacks, is more than a mount
    gives.
    """
    is_add = isinstance(transfer, syntax.Add)
    selection = build.selection(transfer)
    if selection is None or selection.failures:
        return None
    if is_add or transfer.flags or len(places) != 1:
        return None
    place, source = next(iter(places.items()))
    for rewrite in build.effects(run).of(shell.Rewrite):
        if rewrite.place.path is None or facts.within(place, rewrite.place.path):
            return None  # `chmod +x` of a file that is mounted to be read alone fails
    mount = f"--mount=type=bind,source={source},target={place}"
    return _mount(build, transfer, run, mount, "mount the file for the RUN that uses it")


def _mount(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, mount: str, title: str
) -> fixes.Fix | None:
    """Take the COPY away and give its RUN a mount, where the RUN's text has a place for one."""
    if run.heredocs or run.json is not None:
        return None
    edits = (
        *fixes.fold(build.dockerfile.source, transfer, run),
        fixes.add_mount(build, run, mount),
    )
    return fixes.Fix(title, edits, fixes.Safety.UNSAFE)
