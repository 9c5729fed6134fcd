r"""A file that only one `RUN` uses is copied into a layer instead of being mounted.

## What it does

Finds package files, installers, setup scripts and requirement lists that a `COPY` stores and
exactly one `RUN` uses.

## Why is this bad?

The file stays in the layer of its `COPY`, and deleting it later frees no space.
`RUN --mount=type=bind` shows the same file only while the `RUN` executes. The step still runs again
when the file changes.

**Measured:** dlint's model of the first example counts 3 MB of `driver_2.1_amd64.deb`.

## Example

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

Packages built in another stage can be mounted from there:

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

## How sure

Nothing else in the file mentions the copied files or their folder, no later `COPY` stores them
again, and no other stage copies them. The fix is unsafe: the mount is read-only unless it says
`rw`. Reported are:

- package files from the build context or another stage that a `RUN` installs; a wheel of another
  stage that is named, and not all of a folder, is an info
- scripts in a place of their own that a `RUN` starts
- dependency lists in a temporary folder that a `RUN` reads

Scripts in a `bin` folder count as commands of the image, and scripts in a folder that other `COPY`s
fill as part of the project. Other folders and a project's manifests may be read at run time.
`bloat/late-cleanup` reports files that a `RUN` deletes. A stage that does not ship costs nothing.

## When not to follow it

Keep the `COPY` when the image is meant to contain the file, or when the builder does not support
mounts.

## Options

None.

## References

- [`RUN --mount=type=bind`](https://docs.docker.com/reference/dockerfile/#run---mounttypebind)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(syntax.Transfer, syntax.Run),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)

_PATTERN = regex(r"[*?]")
_WHEEL = regex(r"[A-Za-z0-9][-.*]{0,3}\.whl\Z")  # of one project, rarely large
_SEVERITIES = {False: Severity.WARNING, True: Severity.INFO}  # by whether it is such wheels alone
_FEW = 5  # files; more are no setup script


@rule.on(syntax.Transfer)
def only_for_one(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report copied package files and scripts that only one RUN needs."""
    build = context.build
    stage = build.shipped_stage(transfer)
    if stage is None or len(transfer.sources) > _FEW:
        return
    if transfer.from_:
        yield from _from_stage(build, transfer)
    elif any(map(build.copies.may_serve_once, transfer.sources)):
        yield from _from_context(build, stage, transfer)


def _from_context(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report context files that only the first RUN mentioning them uses, by their names or by the
    pattern of the COPY.
    """
    found = build.copies.single_use(transfer)
    if found is None or build.copies.is_of_project(stage, transfer, found.used):
        return
    run, used, places = found
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
    """Report packages of another stage or image that a RUN installs and nothing deletes."""
    found = build.copies.packages_installed(transfer)
    if found is None:
        return
    run, places = found
    if not build.copies.is_wanted_besides(run, dict.fromkeys(places, "")):
        yield Finding(
            transfer,
            f"{_quoted(places)} is only used by line {run.line}, but stays in this layer",
            help="mount it with `RUN --mount=type=bind,from=…`, which stores nothing",
            related=(Related(run, "installs it"),),
            fix=_mount_from(build, transfer, run, places),
            severity=_SEVERITIES[all(map(_WHEEL.search, places))],
        )


def _quoted(places: Iterable[str]) -> str:
    return ", ".join(f"`{place}`" for place in places)


def _weigh(
    build: Build, transfer: syntax.Transfer, used: list[str]
) -> tuple[Severity | None, Cost | None]:
    selection = build.selection(transfer)
    if selection is None or selection.failures or not selection.entries:
        return None, None
    is_all = any(map(_PATTERN.search, used))
    files = {each.source for each in selection.entries if is_all or f"/{each.path}" in used}
    size = build.sizes.packed(selection, files)
    return Severity.WARNING, None if size is None else Cost.modelled(size, size)


def _mount_from(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: tuple[str, ...]
) -> fixes.Fix | None:
    """Mount the folder or file of the stage, if the COPY names exactly that."""
    if not len(transfer.sources) == len(transfer.flags) == len(places) == 1:
        return None
    source = build.expand(transfer, transfer.sources[0].text)
    if source is None or source.startswith(".") or _PATTERN.search(places[0]):
        return None
    mount = f"--mount=type=bind,from={transfer.from_},source={source},target={places[0]}"
    return _mount(build, transfer, run, mount, "mount it in the `RUN` that installs it")


def _mount_file(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, places: Mapping[str, str]
) -> fixes.Fix | None:
    """Mount the file; a copy that sets owner or mode, or unpacks, does more than a mount."""
    is_add = isinstance(transfer, syntax.Add)
    selection = build.selection(transfer)
    if selection is None or selection.failures:
        return None
    if is_add or transfer.flags or len(places) != 1:
        return None
    place, source = next(iter(places.items()))
    if not source or _PATTERN.search(place) or _PATTERN.search(transfer.sources[0].text):
        return None  # another build has a file of another name
    for rewrite in build.effects(run).of(shell.Rewrite):
        if rewrite.place.path is None or facts.within(place, rewrite.place.path):
            return None  # `chmod +x` fails on a file that is mounted read-only
    mount = f"--mount=type=bind,source={source},target={place}"
    return _mount(build, transfer, run, mount, "mount the file in the `RUN` that uses it")


def _mount(
    build: Build, transfer: syntax.Transfer, run: syntax.Run, mount: str, title: str
) -> fixes.Fix | None:
    """Replace the COPY by a mount of its RUN, if the text of the RUN has a place for one."""
    if run.heredocs or run.json is not None:
        return None
    edits = (
        *fixes.fold(build.dockerfile.source, transfer, run),
        fixes.add_mount(build, run, mount),
    )
    return fixes.Fix(title, edits, fixes.Safety.UNSAFE)
