"""A layer that is large and changes often: each push uploads all of it for a few changed files.

A layer is uploaded whole. A COPY that takes code and something large, such as a model, fonts or a
data set, has a new layer whenever one line of the code changes, and the large files go along. In
two COPYs, the large and steady first, the second layer is as small as the change.

```context
app/main.py: print("hello")
app/weights.bin 12MB
```

```dockerfile bad
FROM python:3.12.4-slim
COPY app /app
CMD ["python", "/app/main.py"]
```

```dockerfile good
FROM python:3.12.4-slim
COPY app/weights.bin /app/
COPY app/main.py /app/
CMD ["python", "/app/main.py"]
```

The `budget` is how many bytes one layer may cost, expected for each commit: its size times the
share of commits that change it.

```toml
[push.hot-layer]
budget = "1GB"
```

```dockerfile good
FROM python:3.12.4-slim
COPY app /app
CMD ["python", "/app/main.py"]
```

How sure: git's last commits tell how often the files change; where there are none, a COPY that
takes a program's source is taken to change with each. The size is that of the files, compressed by
a sample.

When not to follow it: where what changes is the large files themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, facts, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, options={"budget": "8MB"})


@rule.on(syntax.Transfer)
def hot(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs whose layer costs more than the budget for each commit, mostly for files that
    stay.
    """
    build = context.build
    stage = build.stage_of(transfer)
    if transfer.from_ or stage is None or not build.shipped(stage) or build.arrivals.doubtful:
        return
    selection = build.selection(transfer)
    budget = rule.bytes(context, "budget")
    if selection is None or selection.failures or selection.archives:
        return
    files = [
        each
        for each in selection.entries
        if each.entry.kind == "file" and not _is_history(each.source)
    ]
    sizes = {each.source: each.entry.size for each in files}
    raw = sum(sizes.values())
    if raw <= budget:
        return  # compressed it is less
    rate, moving = _change(build, frozenset(sizes))
    steady = {path: size for path, size in sizes.items() if path not in moving}
    if rate * raw <= budget or 2 * sum(steady.values()) <= raw:
        return
    size = build.packed_bytes(selection, sizes)
    if size is not None and rate * size > budget:
        yield _finding(transfer, max(steady, key=lambda path: sizes[path]), size, rate, build)


def _is_history(path: str) -> bool:
    """Tell whether a file is git's own, which nobody should copy by itself: that is
    context/git-copied's matter.
    """
    return ".git" in path.split("/")


def _change(build: Build, files: frozenset[str]) -> tuple[float, frozenset[str]]:
    """Return the share of commits that change some of `files`, and those that change: once may be
    when they came.
    """
    history = build.history
    if history is not None and history.is_telling:
        return history.rate(files) or 0.0, frozenset(
            path for path in files if history.count(path) > 1
        )
    moving = frozenset(path for path in files if facts.is_source(path))
    return (1.0 if moving else 0.0), moving


def _finding(
    transfer: syntax.Transfer, largest: str, size: int, rate: float, build: Build
) -> Finding:
    often = f"{rate:.0%} of the commits" if build.history else "every change of the source"
    return Finding(
        transfer,
        f"this layer of {human_bytes(size)} is uploaded again with {often}, and most of it stays"
        f" the same, such as `{largest}`; copy that above, by itself",
        cost=Cost.modelled(push_bytes=size),
    )
