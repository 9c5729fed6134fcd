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

from dlint import Cost, Finding, Related, Rule, facts, fixes, human_bytes, shell, syntax

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
    """Report COPYs above larger steps that hardly change."""
    build = context.build
    if not build.shipped(stage) or stage.index not in build.built_stages:
        return
    above: list[_Volatile] = []
    for step in build.steps(stage):
        stable = _stable(build, step, context.min_bytes) if above else None
        if stable is not None:
            found = [early for early in above if _is_apart(build, early, stable)]
            above = [early for early in above if early not in found]
            yield from (_finding(build, early, stable) for early in found)
        above.extend(_volatile(build, step))


class _Volatile(NamedTuple):
    """A COPY of what changes often."""

    transfer: syntax.Transfer
    arrival: facts.Arrival
    change: str


class _Stable(NamedTuple):
    """A later, heavy step that hardly changes: what it brings from the context, and what it weighs,
    as pushed, where that is known.
    """

    step: facts.Step
    instruction: syntax.Transfer | syntax.Run
    arrival: facts.Arrival | None = None
    cost: Cost | None = None


def _volatile(build: Build, step: facts.Step) -> Iterator[_Volatile]:
    match step.instruction:
        case syntax.Transfer(link=False) as transfer:
            arrival = build.arrivals.of(step, transfer)
            change = build.change_of_source(arrival) if arrival else None
            if arrival and change:
                yield _Volatile(transfer, arrival, change)


def _stable(build: Build, step: facts.Step, least: int) -> _Stable | None:
    """Return a step if it is heavy and seldom another one."""
    match step.instruction:
        case syntax.Transfer(link=True):
            return None
        case syntax.Transfer() as transfer if arrival := build.arrivals.of(step, transfer):
            if _is_data(arrival, least):
                return _Stable(step, transfer, arrival, _cost(build, arrival))
        case syntax.Copy() as copy if build.takes_settled_dependencies(step):
            return _Stable(step, copy)
        case syntax.Run() as run if _only_downloads(build, step, run):
            return _Stable(step, run)
    return None


def _is_data(arrival: facts.Arrival, least: int) -> bool:
    """Tell whether a COPY brings at least as many bytes, not compressed, and nothing that a program
    or a list of dependencies consists of.
    """
    selection = arrival.selection
    if selection is None or selection.stable:
        return False
    if sum(landed.entry.size for landed in selection.entries) < least:
        return False
    return not any(
        facts.is_source(path) or facts.is_dependency_list(path) for path in arrival.sources
    )


def _cost(build: Build, arrival: facts.Arrival) -> Cost | None:
    size = None if arrival.selection is None else build.packed_bytes(arrival.selection)
    return None if size is None else Cost.modelled(push_bytes=size)


def _only_downloads(build: Build, step: facts.Step, run: syntax.Run) -> bool:
    """Tell whether a RUN surely gets something from elsewhere and does nothing but unpack it."""
    if any(mount.type == "bind" for mount in run.mounts):
        return False
    effects = build.effects(run, step.state)
    fetches = (each for each in effects.items if isinstance(each, shell.Fetch | shell.Clone))
    certain = any(each.command.certain for each in fetches)
    if not certain or not effects.known:
        return False
    return all(isinstance(each, _DOWNLOADS) for each in effects.items)


def _is_apart(build: Build, early: _Volatile, late: _Stable) -> bool:
    """Tell whether a later step does without what the earlier one brings, and changes far less
    often.
    """
    state = late.step.state
    if isinstance(late.instruction, syntax.Run):
        commands = build.script(late.instruction).commands
        return not any(early.arrival.named_by(each, state.workdir) for each in commands)
    if not early.arrival.known:
        return False
    if late.arrival is not None:
        return _is_other(early.arrival, late.arrival) and _is_calmer(build, early, late.arrival)
    destination = late.instruction.destination
    place = state.resolve(destination.text if destination else None, "/?")
    files = early.arrival.files
    return place is not None and not any(facts.within(each, place) for each in files)


def _is_other(early: facts.Arrival, late: facts.Arrival) -> bool:
    """Tell whether two COPYs share neither a file of the context nor a place."""
    return early.sources.isdisjoint(late.sources) and early.files.keys().isdisjoint(late.files)


def _is_calmer(build: Build, early: _Volatile, late: facts.Arrival) -> bool:
    """Tell whether commits change what the later COPY brings far less often; without a history of
    the earlier one it is taken to.
    """
    history = build.history
    if history is None or not early.change[:1].isdigit():
        return True
    rate = history.rate(early.arrival.sources) or 0
    return RATIO * (history.rate(late.sources) or 0) <= rate


def _finding(build: Build, early: _Volatile, stable: _Stable) -> Finding:
    late = stable.instruction
    often = f"at {early.change}" if early.change.startswith("every") else f"as after {early.change}"
    does = "downloads" if isinstance(late, syntax.Run) else "copies"
    what = f"what line {late.line} {does} is"
    if stable.cost and stable.cost.push_bytes:
        what = f"the {human_bytes(stable.cost.push_bytes)} of line {late.line} are"
    return Finding(
        early.transfer,
        f"{what} uploaded again {often}, since that step stands below this one without reading any"
        " of it",
        fix=_fix(build, early.transfer, late),
        cost=stable.cost,
        related=(Related(late, "changes less often"),),
    )


def _fix(
    build: Build, early: syntax.Transfer, late: syntax.Transfer | syntax.Run
) -> fixes.Fix | None:
    """Put the step that hardly changes above the COPY."""
    crossed = build.crossed(early, late)
    if isinstance(late, syntax.Run):
        safety, stays = fixes.Safety.UNSAFE, _download_stays(crossed, late)
    else:
        safety = fixes.Safety.SAFE
        stays = all(_copy_stays(build, each, late) for each in crossed)
    edits = fixes.move_before(build.dockerfile.source, [late], early)
    return fixes.Fix("put what hardly changes first", edits, safety) if crossed and stays else None


def _download_stays(crossed: Sequence[syntax.Instruction], run: syntax.Run) -> bool:
    """Tell whether a download is the same above others: a RUN between may bring the tools, or the
    files, that it works with.
    """
    works = any(isinstance(each, syntax.Run | syntax.Workdir) for each in crossed)
    return not works and fixes.crosses_settings(crossed, run)


def _copy_stays(build: Build, crossed: syntax.Instruction, copy: syntax.Transfer) -> bool:
    """Tell whether a COPY does the same above an instruction as below it."""
    match crossed:
        case syntax.Transfer():
            return build.write_apart(crossed, copy)
        case syntax.Label() | syntax.Expose() | syntax.User():
            return True
        case syntax.Workdir():
            return copy.destination is None or copy.destination.text.startswith("/")
        case syntax.Arg() | syntax.Env():
            return "$" not in copy.value.text
    return False
