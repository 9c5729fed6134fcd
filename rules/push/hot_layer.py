r"""A large layer changes often, so every push uploads all of it for a few changed files.

## What it does

Finds `COPY`s whose layer costs more than the budget per commit, mostly for files that rarely
change.

## Why is this bad?

A layer is pushed as a whole. A `COPY` of code together with a model, fonts or a data set gives a
new layer whenever one line of code changes. With two `COPY`s, the large and stable files first, the
second layer is as small as the change.

**Measured:** dlint's model of the first example counts 12 MB per source change.

## Example

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

```toml
[push.hot-layer]
budget = "1GB"
```

```dockerfile good
FROM python:3.12.4-slim
COPY app /app
CMD ["python", "/app/main.py"]
```

## How sure

Git's last commits show how often the files change. Without a history, source code is assumed to
change with every commit. The rule is silent when the stable bytes are spread over more than three
files and folders, because a few `COPY`s could not keep them. It is silent where an earlier step
runs again with most commits, because each later `COPY` does, too. Where a later step deletes what
is copied, `bloat/late-cleanup` reports it. The cost is the compressed size
of the files that rarely change. An image that is pushed for releases alone gives an info,
and one that is pushed without a cache nothing.

The help copies those first, each folder in a `COPY` of its own: one `COPY` of several folders
would mix what is in them. Where an earlier step copies them already, leaving them out is enough.
What nothing in the image reads is better left out, which only the
maintainer can tell.

`--exclude` needs Dockerfile syntax 1.19, which `# syntax=docker/dockerfile:1` fetches.

## When not to follow it

Keep the layer when the large files themselves are what changes.

## Options

- `budget` (default `"8MB"`): the bytes that a layer may cost per commit, as its size times the
  share of commits that change it. The last example raises it.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
- [`COPY --exclude`](https://docs.docker.com/reference/dockerfile/#copy---exclude)
"""

from __future__ import annotations

from collections import Counter
from itertools import filterfalse

from dlint import Cost, Finding, Rule, Severity, human_bytes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint import Build, Context

FEW = 3  # COPYs that a maintainer would write instead

rule = Rule(__name__, __doc__, since="0.1", layered=True, options={"budget": "8MB"})


@rule.on(syntax.Transfer)
def hot(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs whose layer costs more than the budget per commit, mostly for stable files."""
    build, budget = context.build, rule.bytes(context, "budget")
    selection = build.sources.shipped_selection(transfer)
    if selection is None or selection.archives:
        return
    sizes = {each.source: each.entry.size for each in selection.files}
    if sum(sizes.values()) <= budget:
        return  # the compressed size is smaller still
    files = dict(filterfalse(_is_gits_own, sizes.items()))
    layer = _Layer(build, files)
    bulk = layer.bulk(context.min_bytes) if layer.costs(layer.bytes) > budget else []
    if not (bulk and build.exports.keeps_above(transfer)):
        return  # no COPY of its own, or one that would run as often
    size = build.sizes.packed(selection, files)
    if size is None or layer.costs(size) <= budget:
        return
    if not build.sources.is_deleted_below(transfer):  # bloat/late-cleanup says not to store it
        yield _finding(build, transfer, layer, bulk, size)


def _is_gits_own(file: tuple[str, int]) -> bool:
    """Tell whether a file belongs to git, which context/git-copied reports."""
    return ".git" in file[0].split("/")


class _Layer:
    """The files of a layer with their sizes, the ones that change, and the share of commits that
    change one.
    """

    def __init__(self, build: Build, files: Mapping[str, int]) -> None:
        self.files = files
        self.rate, self.moving = build.changes.changing_files(files)

    @property
    def bytes(self) -> int:
        """The uncompressed size of the files."""
        return sum(self.files.values())

    def bulk(self, least: int) -> list[str]:
        """Return the few stable files and folders that hold more than half of the bytes, the
        largest first, or nothing; less than `least` is not worth a `COPY` of its own.
        """
        steady = (each for each in self._steady().items() if each[1] >= least)
        largest = sorted(steady, key=lambda each: -each[1])[:FEW]
        return [path for path, _ in largest] if self._is_half(largest) else []

    def _is_half(self, paths: Sequence[tuple[str, int]]) -> bool:
        return 2 * sum(size for _, size in paths) > self.bytes

    def _steady(self) -> Counter[str]:
        """Return the bytes of each stable file, or of the outermost folder in which all files are
        stable.
        """
        restless = {folder for path in self.moving for folder in _folders(path)}
        sizes: Counter[str] = Counter()
        for path, size in self.files.items():
            if path not in self.moving:
                around = (each for each in _folders(path) if each not in restless)
                sizes[next(around, path)] += size
        return sizes

    def costs(self, size: int) -> float:
        """Return the bytes that a commit is expected to push, for a layer of `size`."""
        return self.rate * size


def _folders(path: str) -> list[str]:
    """Return the folders that contain a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _finding(
    build: Build, transfer: syntax.Transfer, layer: _Layer, bulk: Sequence[str], size: int
) -> Finding:
    often = f"{layer.rate:.0%} of the commits" if build.history else "every source change"
    return Finding(
        transfer,
        f"{build.if_cached}this layer of {human_bytes(size)} changes with {often} and is pushed as"
        f" a whole, although most of it rarely changes ({_quoted(bulk)})",
        help=_advice(build, transfer, bulk),
        cost=Cost.modelled(push_bytes=build.sizes.packed_folders(transfer, bulk)),
        severity=Severity.INFO if build.exports.are_rarely_kept else None,
    )


def _advice(build: Build, transfer: syntax.Transfer, bulk: Sequence[str]) -> str:
    """Say what to do with stable files: they are copied first, and no longer with the others."""
    rest = _left_out(build, transfer, bulk)
    if rest and build.sources.stands_already(transfer, bulk):
        return f"{rest}: an earlier `COPY` has stored {_quoted(bulk)}"
    first = build.sources.copied_first(transfer, bulk)
    return f"copy {_quoted(bulk)} {first}" + f", and {rest}" * bool(rest)


def _quoted(paths: Sequence[str]) -> str:
    return ", ".join(map("`{}`".format, paths))


def _left_out(build: Build, transfer: syntax.Transfer, paths: Sequence[str]) -> str:
    """Say how a COPY leaves out what an earlier one brings, where it takes a folder around that."""
    names = build.sources.names_inside(transfer, paths)
    flags = " ".join(map("--exclude={}".format, names))
    return f"add `{flags}` to this one{build.line_for('exclude')}" * bool(names)
