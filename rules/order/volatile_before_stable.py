"""What changes often is copied above something large that hardly changes, which is uploaded along
with it each time.

A layer is uploaded again when anything above its instruction changed. With the source copied first
and a model, a font collection or a downloaded runtime after it, each edit of the source makes the
large layer anew: BuildKit runs the step again, its folders and files get new times, and all of its
bytes are pushed. Below the large one, the source costs what the source weighs.

```context
src/app.py 12kB
models/base.onnx 30MB
package.json
```

```dockerfile bad
FROM python:3.12-slim
WORKDIR /app
COPY src ./src
COPY models ./models
CMD ["python", "src/app.py"]
```

```dockerfile good
FROM python:3.12-slim
WORKDIR /app
COPY models ./models
COPY src ./src
CMD ["python", "src/app.py"]
```

A download that reads nothing of the copied files stands better above them, too:

```dockerfile bad
FROM debian:12.5-slim
COPY src /app
RUN curl -fsSL https://example.com/runtime-3.1.tar.gz | tar -xz -C /opt
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSL https://example.com/runtime-3.1.tar.gz | tar -xz -C /opt
COPY src /app
```

Dependencies that another stage installed, of manifests alone, are such a step:

```dockerfile bad
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim
WORKDIR /app
COPY src ./src
COPY --from=deps /app/node_modules ./node_modules
```

```dockerfile good
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY src ./src
```

How sure: how often files change is known from git's last hundred commits; without them, source code
is taken to change and large data not to. The later step must weigh at least `min-bytes`, go to
another folder, and name nothing of what the earlier one brings. A COPY with `--link`, and one to a
new folder right below `/`, keeps its layer wherever it stands and is left alone. Installs of
packages have rules of their own (`order/copy-before-install`, `order/system-install-after-source`).

The fix swaps two COPYs; it is safe where both are known and neither writes what the other does. A
download is moved by an unsafe fix: what it runs may look at more than it names.

When not to follow it: where the later COPY is meant to overwrite files of the earlier one through a
symlink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, facts, fixes, human_bytes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

RATIO = 5  # how many times as often the earlier step must change
_DOWNLOADS = (
    shell.Fetch,
    shell.Clone,
    shell.Extract,
    shell.Create,
    shell.Delete,
    shell.Rewrite,
    shell.Clean,
    shell.CacheLeft,
)


@rule.on(facts.Stage)
def volatile_first(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report COPYs above larger and calmer steps."""
    build = context.build
    if not build.shipped(stage) or stage.index not in build.built_stages:
        return
    found = build.arrivals
    above: list[_Volatile] = []
    reported: set[int] = set()
    for step in build.steps(stage):
        instruction = step.instruction
        arrival = found.of(step, instruction) if isinstance(instruction, syntax.Transfer) else None
        calm = _calm(build, step, arrival, context.min_bytes) if above else None
        for each in above if calm else ():
            if (
                calm
                and each.transfer.index not in reported
                and _is_apart(build, each, step, arrival)
            ):
                reported.add(each.transfer.index)
                yield _finding(build, stage, each, calm)
        if arrival and isinstance(instruction, syntax.Transfer) and not instruction.link:
            change = _change(build, arrival)
            if change:
                above.append(_Volatile(instruction, arrival, change))


class _Volatile(NamedTuple):
    """A COPY of what changes often."""

    transfer: syntax.Transfer
    arrival: facts.Arrival
    change: str


class _Calm(NamedTuple):
    """A later step that hardly changes: what it weighs, raw and as pushed, where that is known."""

    instruction: syntax.Transfer | syntax.Run
    cost: Cost | None


def _change(build: Build, arrival: facts.Arrival) -> str | None:
    if arrival.known:
        return build.volatile_files(arrival.sources)
    return "every change of the source" if arrival.whole else None


def _calm(
    build: Build, step: facts.Step, arrival: facts.Arrival | None, least: int
) -> _Calm | None:
    """Return a step if it is heavy and seldom another one."""
    instruction = step.instruction
    if arrival and isinstance(instruction, syntax.Transfer):
        selection = arrival.selection
        if selection is None or instruction.link or selection.stable:
            return None
        size = sum(landed.entry.size for landed in selection.entries)
        if size < least or any(
            facts.is_source(path) or facts.is_dependency_list(path) for path in arrival.sources
        ):
            return None
        pushed = build.packed_bytes(selection)
        return _Calm(
            instruction,
            Cost.modelled(push_bytes=pushed) if pushed is not None else None,
        )
    if isinstance(instruction, syntax.Copy) and instruction.from_ and not instruction.link:
        return _Calm(instruction, None) if _brings_dependencies(build, step, instruction) else None
    if isinstance(instruction, syntax.Run) and not any(
        mount.type == "bind" for mount in instruction.mounts
    ):
        effects = build.effects(instruction, step.state)
        heavy = any(
            isinstance(each, shell.Fetch | shell.Clone) and each.command.certain
            for each in effects.items
        )
        if heavy and effects.known and all(isinstance(each, _DOWNLOADS) for each in effects.items):
            return _Calm(instruction, None)
    return None


_DEPENDENCIES = regex(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|venv|\.venv|vendor|bundle|gems)/?$"
)


def _brings_dependencies(build: Build, step: facts.Step, copy: syntax.Copy) -> bool:
    """Tell whether a COPY takes installed packages out of a stage that does not change with the
    source.
    """
    if copy.destination is None or not any(
        _DEPENDENCIES.search(word.text.strip("\"'")) for word in copy.sources
    ):
        return False
    place = step.state.resolve(build.expand(copy, copy.destination.text), "/?")
    if (
        place is None or place.count("/") <= 1
    ):  # a new folder below the root is the same blob each time
        return False
    source = build.find_stage(copy.from_ or "", step.stage.index)
    if source is None:
        return False
    found = build.arrivals
    for each in build.chain(source):
        arrival = (
            found.of(each, each.instruction)
            if isinstance(each.instruction, syntax.Transfer)
            else None
        )
        if (arrival and _change(build, arrival)) or (
            isinstance(each.instruction, syntax.Copy) and each.instruction.from_
        ):
            return False
    return True


def _is_apart(build: Build, early: _Volatile, step: facts.Step, late: facts.Arrival | None) -> bool:
    """Tell whether a later step does without what the earlier one brings, and changes far less
    often.
    """
    instruction = step.instruction
    if late is not None:
        if (
            not early.arrival.known
            or early.arrival.sources & late.sources
            or late.files.keys() & early.arrival.files.keys()
        ):
            return False
        history = build.history
        if history is None or not early.change[:1].isdigit():
            return True
        return RATIO * (history.rate(late.sources) or 0) <= (
            history.rate(early.arrival.sources) or 0
        )
    if isinstance(instruction, syntax.Copy):
        place = step.state.resolve(
            instruction.destination.text if instruction.destination else None, "/?"
        )
        return (
            place is not None
            and early.arrival.known
            and not any(facts.within(f, place) for f in early.arrival.files)
        )
    return isinstance(instruction, syntax.Run) and not any(
        early.arrival.named_by(command, step.state.workdir)
        for command in build.script(instruction).commands
    )


def _finding(build: Build, stage: facts.Stage, early: _Volatile, calm: _Calm) -> Finding:
    transfer, late = early.transfer, calm.instruction
    often = f"at {early.change}" if early.change.startswith("every") else f"as after {early.change}"
    pushed = calm.cost.push_bytes if calm.cost else None
    does = "downloads" if isinstance(late, syntax.Run) else "copies"
    what = (
        f"the {human_bytes(pushed)} of line {late.line} are"
        if pushed
        else f"what line {late.line} {does} is"
    )
    return Finding(
        transfer,
        f"{what} uploaded again {often}, since that step stands below this one without reading any"
        " of it",
        fix=_fix(build, stage, transfer, late),
        cost=calm.cost,
        related=(Related(late, "changes less often"),),
    )


def _fix(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, late: syntax.Transfer | syntax.Run
) -> fixes.Fix | None:
    """Put the calm step above the COPY."""
    crossed: Sequence[syntax.Instruction] = [
        i for i in stage.instructions if transfer.index <= i.index < late.index
    ]
    if late not in stage.instructions or transfer not in stage.instructions:
        return None
    edits = fixes.move_before(build.dockerfile.source, [late], transfer)
    title = "put what hardly changes first"
    if isinstance(late, syntax.Run):
        # a RUN between may bring the tools, or the files, that this one works with
        stays = fixes.crosses_settings(crossed, late) and not any(
            isinstance(each, syntax.Run | syntax.Workdir) for each in crossed
        )
        return fixes.Fix(title, edits, fixes.Safety.UNSAFE) if stays else None
    relative = late.destination is not None and not late.destination.text.startswith("/")
    stays = all(
        (isinstance(each, syntax.Transfer) and _writes_elsewhere(build, each, late))
        or isinstance(each, syntax.Label | syntax.Expose | syntax.User)
        or (isinstance(each, syntax.Workdir) and not relative)
        or (isinstance(each, syntax.Arg | syntax.Env) and "$" not in late.value.text)
        for each in crossed
    )
    return fixes.Fix(title, edits, fixes.Safety.SAFE) if stays else None


def _writes_elsewhere(build: Build, one: syntax.Transfer, other: syntax.Transfer) -> bool:
    """Tell whether two COPYs of known files share no place, nor a symlink that could lead to
    one.
    """
    selections = [build.selection(one), build.selection(other)]
    if None in selections:
        return bool(other.flag("from"))  # what it brings was found to be apart
    landed = [each for selection in selections if selection for each in selection.entries]
    files = [each.path for each in landed if each.entry.kind != "dir"]
    return len(files) == len(set(files)) and not any(
        each.entry.kind == "symlink" for each in landed
    )
