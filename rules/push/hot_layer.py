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

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Rule, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, options={"budget": "8MB"})


@rule.on(syntax.Transfer)
def hot(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs whose layer costs more than the budget for each commit, mostly for files that
    stay.
    """
    build, budget = context.build, rule.bytes(context, "budget")
    selection = build.sources.shipped_selection(transfer)
    if selection is None or selection.archives:
        return
    files = {
        each.source: each.entry.size for each in selection.files if not _is_gits_own(each.source)
    }
    if sum(files.values()) <= budget:
        return  # compressed it is less
    layer = _Layer.of(build, files)
    if layer.costs(layer.bytes) <= budget or not layer.is_mostly_steady:
        return
    size = build.sizes.packed(selection, files)
    if size is not None and layer.costs(size) > budget:
        yield _finding(build, transfer, layer, size)


def _is_gits_own(path: str) -> bool:
    """Tell whether a file is git's own, which nobody should copy by itself: that is
    context/git-copied's matter.
    """
    return ".git" in path.split("/")


class _Layer(NamedTuple):
    """The files of a layer with their sizes, those of them that stay what they are, and the share
    of commits that change one of the others.
    """

    files: Mapping[str, int]
    steady: Mapping[str, int]
    rate: float

    @classmethod
    def of(cls, build: Build, files: Mapping[str, int]) -> _Layer:
        rate, moving = build.changes.changing_files(files)
        steady = {path: size for path, size in files.items() if path not in moving}
        return cls(files, steady, rate)

    @property
    def bytes(self) -> int:
        """What the files take up, not compressed."""
        return sum(self.files.values())

    @property
    def is_mostly_steady(self) -> bool:
        """Whether more than half of its bytes stay."""
        return 2 * sum(self.steady.values()) > self.bytes

    def costs(self, size: int) -> float:
        """Return the bytes that a commit is expected to push, where the layer has `size`."""
        return self.rate * size


def _finding(build: Build, transfer: syntax.Transfer, layer: _Layer, size: int) -> Finding:
    often = f"{layer.rate:.0%} of the commits" if build.history else "every source change"
    largest = max(layer.steady, key=lambda path: layer.files[path])
    return Finding(
        transfer,
        f"this layer of {human_bytes(size)} is pushed again with {often}, although most of it"
        f" rarely changes (`{largest}`)",
        help=f"copy `{largest}` in an earlier `COPY` of its own",
        cost=Cost.modelled(push_bytes=size),
    )
