"""Measure what an imported build cache makes a new runner fetch: `python benchmarks/caches.py`.

Ten projects are built by an empty BuildKit that exports its cache to a registry. Then a file
changes, and another empty BuildKit builds and pushes with that cache. The registry's log tells
which layers it sent, and `dlint push --cache imported --cache-from …` which ones were foretold.
A row is one build; each layer has a size of its own, by which it is known again. Needs root and
the programs of tests/engine.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE / "tests"), str(HERE / "tests/engine")]

from harness import bases, need  # noqa: E402  of the tests
from harness.engine import Engine  # noqa: E402  as above
from harness.project import noise  # noqa: E402  as above
from harness.registry import Registry  # noqa: E402  as above
from house import commit  # noqa: E402  as above

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DLINT = Path(sys.executable).with_name("dlint")
SERVED = re.compile(r'"GET /v2/[^ ]+/blobs/(sha256:\w+) HTTP/[\d.]+" 200 ')
BASE = "@REGISTRY@/bases/shell:1"
BASE_BYTES = 1_105_900  # of shell:1, compressed
CLOSE = 900  # bytes beside a layer's own file: sizes differ by more from step to step
SMALL = 6_000  # bytes of what describes caches and images, and of layers without a file
MODES = ("min", "max")
OUTPUTS = {"push": ("--push",), "load": ("--load",), "none": ("--output", "type=cacheonly")}


class Project(NamedTuple):
    """A Dockerfile, the sizes of its context's files, and which of them change."""

    name: str
    lines: Sequence[str]
    files: Mapping[str, int]
    changes: Mapping[str, str]


def fill(size: int, path: str = "/dep") -> str:
    """Return a RUN that writes so many bytes, which do not compress."""
    return f"RUN head -c {size} /dev/urandom > {path}"


F = f"FROM {BASE}"
PROJECTS = (
    Project(
        "chain",
        (F, fill(101_000), "COPY lib /lib0", fill(115_000, "/x"), "COPY app /srv/app"),
        {"lib": 130_000, "app": 145_000},
        {"last": "app", "middle": "lib"},
    ),
    Project(
        "run-last",
        (F, fill(102_000), "COPY app /app", "RUN cat /app /app > /both"),
        {"app": 131_000},
        {"app": "app"},
    ),
    Project(
        "two-stages",
        (
            f"{F} AS build",
            fill(103_000),
            "COPY app /app",
            "RUN cat /app > /out && head -c 20000 /dev/urandom >> /out",
            F,
            fill(118_000, "/run"),
            "COPY --from=build /out /out",
        ),
        {"app": 132_000},
        {"app": "app"},
    ),
    Project(
        "two-sources",
        (
            f"{F} AS build",
            "COPY lock /lock",
            fill(104_000),
            "COPY app /app",
            "RUN cat /app > /out && head -c 21000 /dev/urandom >> /out",
            F,
            "COPY --from=build /out /out",
            "COPY conf /etc/conf",
        ),
        {"lock": 9_000, "app": 133_000, "conf": 61_000},
        {"conf": "conf", "app": "app", "lock": "lock"},
    ),
    Project(
        "link",
        (F, fill(105_000), "COPY --link lib /lib0", "COPY --link app /app"),
        {"lib": 134_000, "app": 147_000},
        {"app": "app", "lib": "lib"},
    ),
    Project(
        "link-then-run",
        (F, fill(106_000), "COPY --link app /app", "RUN cat /app > /out"),
        {"app": 135_000},
        {"app": "app"},
    ),
    Project(
        "mount",
        (
            f"{F} AS tools",
            fill(107_000, "/tool"),
            F,
            fill(119_000),
            "COPY app /app",
            "RUN --mount=from=tools,target=/tools cat /app /tools/tool > /out",
        ),
        {"app": 136_000},
        {"app": "app"},
    ),
    Project(
        "three-stages",
        (
            f"{F} AS deps",
            "COPY lock /lock",
            fill(108_000),
            "FROM deps AS build",
            "COPY app /app",
            "RUN cat /app /dep > /out",
            F,
            "COPY --from=build /out /out",
            "COPY --from=deps /dep /dep",
        ),
        {"lock": 9_100, "app": 137_000},
        {"app": "app", "lock": "lock"},
    ),
    Project(
        "workdir-scratch",
        (
            f"{F} AS build",
            "WORKDIR /src",
            "COPY app /src/app",
            "RUN cat /src/app > /out",
            "FROM scratch",
            "COPY --from=build /out /out",
            "COPY conf /conf",
        ),
        {"app": 138_000, "conf": 62_000},
        {"app": "app", "conf": "conf"},
    ),
    Project(
        "parallel",
        (
            f"{F} AS one",
            "COPY one /in",
            "RUN cat /in > /one && head -c 22000 /dev/urandom >> /one",
            f"{F} AS two",
            "COPY two /in",
            "RUN cat /in > /two && head -c 23000 /dev/urandom >> /two",
            F,
            "COPY --from=one /one /one",
            "COPY --from=two /two /two",
            "RUN cat /one /two > /three",
        ),
        {"one": 139_000, "two": 151_000},
        {"one": "one", "two": "two"},
    ),
)


class Bench:
    """A registry, and builders that know nothing yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.registry = Registry()
        self.runner = Runner()
        engine = self.runner.engine
        bases.import_shells(engine)
        name = f"{self.registry.host}/bases/shell:1"
        engine.docker("tag", "shell:1", name)
        engine.docker("push", name)

    def stop(self) -> None:
        """Stop both."""
        self.runner.stop()
        self.registry.stop()

    def served(self) -> list[str]:
        """Return the digests of blobs that the registry sent so far."""
        return SERVED.findall((self.registry.home / "registry.log").read_text())

    def build(self, folder: Path, name: str, *options: str) -> dict[str, int]:
        """Build with an empty BuildKit; the blobs that it fetched, and their bytes."""
        engine, before = self.runner.engine, len(self.served())
        words = ("buildx", "build", "--network=none", "--provenance=false", "--tag")
        engine.docker(*words, f"{self.registry.host}/{name}", *options, str(folder))
        sizes = self.registry.blobs()
        return {digest: sizes.get(digest, 0) for digest in self.served()[before:]}

    def rows(self, project: Project, mode: str, outputs: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield what was fetched, and what was foretold, for each change."""
        folder = self.root / f"{project.name}-{mode}"
        folder.mkdir()
        text = "\n".join(project.lines).replace("@REGISTRY@", self.registry.host)
        (folder / "Dockerfile").write_text(f"{text}\n")
        for name, size in project.files.items():
            (folder / name).write_bytes(noise(f"{project.name} {name}", size))
        commit(folder)
        cache = f"type=registry,ref={self.registry.host}/cache/{project.name}:{mode}"
        self.build(folder, f"{project.name}:{mode}", "--push", f"--cache-to={cache},mode={mode}")
        image = f"docker://{self.registry.host}/{project.name}:{mode}"
        described = self._described(f"cache/{project.name}", mode)
        for change, path in {"nothing": "", **project.changes}.items():
            if path:
                old = (folder / path).read_bytes()
                (folder / path).write_bytes(noise(f"{change} {path}", len(old)))
            for output in outputs:
                name = f"{project.name}:{mode}-{change}-{output}"
                fetched = self.build(folder, name, *OUTPUTS[output], f"--cache-from={cache}")
                row = {
                    "project": project.name,
                    "mode": mode,
                    "change": change,
                    "output": output,
                    "fetched": fetched,
                    "described": described,
                    "foretold": _told(folder, image, cache, mode),
                }
                yield _compared(row, project)
            if path:
                (folder / path).write_bytes(old)

    def _described(self, name: str, tag: str) -> dict[str, int]:
        """Return how large a cache's manifest and configuration are, and how many layers it has."""
        manifest = self.registry.manifest(name, tag)
        sizes, told = self.registry.blobs(), manifest.data
        blobs = [each["digest"] for each in told.get("manifests") or told["layers"]]
        config = told["config"]["digest"] if "config" in told else blobs.pop()
        return {"bytes": len(manifest.raw) + sizes[config], "layers": len(set(blobs))}


class Runner:
    """An engine that knows nothing of what was built before."""

    def __init__(self) -> None:
        self._engine = Engine("containerd")

    @property
    def engine(self) -> Engine:
        """The engine, emptied; another one where anything is left in it."""
        for image in self._engine.docker("images", "--quiet").stdout.split():
            self._engine.docker("rmi", "--force", image, check=False)
        self._engine.forget_builds()
        if any((self._engine.home / "data").glob("containerd/**/content/blobs/sha256/*")):
            self.stop()
            self._engine = Engine("containerd")
        return self._engine

    def stop(self) -> None:
        """Stop it."""
        self._engine.stop()


def _weights(project: Project) -> dict[int | None, int]:
    """Return about how many bytes each step writes, by its line; None is the base's."""
    found: dict[int | None, int] = {None: BASE_BYTES}
    stages: list[tuple[str, dict[str, int]]] = []
    for number, line in enumerate(project.lines, 1):
        verb, *words = line.split()
        if verb == "FROM":
            above = next((dict(paths) for name, paths in stages if name == words[0]), {})
            stages.append((words[-1], above))
            continue
        paths = stages[-1][1]
        if verb == "COPY":
            sources = next((p for n, p in stages if f"--from={n}" == words[0]), project.files)
            found[number] = paths[words[-1]] = sources[words[-2]]
        elif verb == "RUN":
            tools = next((p for n, p in stages if f"from={n}," in line), {})
            read = sum(paths.get(each, 0) + tools.get(each[len("/tools") :], 0) for each in words)
            found[number] = read + sum(map(int, re.findall(r"head -c (\d+)", line)))
            paths[words[-1]] = found[number]
    return found


def _compared(row: dict[str, Any], project: Project) -> dict[str, Any]:
    """Add to a row which layers were fetched and which were foretold, by their sizes."""
    told, weights = row["foretold"]["fetched"], _weights(project)
    layers = told["layers"] + (told["kept_layers"] if row["output"] == "push" else [])
    foretold = {weights.get(each["line"], 0) for each in layers} - {0}
    real = {
        next((each for each in weights.values() if 0 <= size - each < CLOSE), -size)
        for size in row["fetched"].values()
        if size > SMALL
    }
    bytes_ = {weights.get(each["line"], 0): each["bytes"] for each in layers}
    known = {weight: count for weight, count in bytes_.items() if weight and count is not None}
    sizes = {
        each: size for size in row["fetched"].values() for each in known if 0 <= size - each < CLOSE
    }
    return {
        **row,
        "real": sorted(real),
        "expected": sorted(foretold),
        "known": [sum(known.values()), sum(sizes.values())],
    }


def _told(folder: Path, image: str, cache: str, mode: str) -> dict[str, Any]:
    caches = ("--cache-from", cache, "--cache-to", f"{cache},mode={mode}")
    words = ("--since", "HEAD", "--against", image, "--cache", "imported", *caches)
    printed = need.run(DLINT, "push", *words, "--output-format", "json", cwd=folder)
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def main(words: Sequence[str]) -> int:
    """Print the rows as JSON, one a line."""
    names, outputs = [w for w in words if w not in OUTPUTS], [w for w in words if w in OUTPUTS]
    right = every = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            for project in PROJECTS:
                for mode in MODES if not names or project.name in names else ():
                    for row in bench.rows(project, mode, outputs or ["push"]):
                        sys.stdout.write(json.dumps(row) + "\n")
                        sys.stdout.flush()
                        right += row["real"] == row["expected"]
                        every += 1
        finally:
            bench.stop()
    sys.stderr.write(f"{right} of {every} builds fetched what was foretold\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
