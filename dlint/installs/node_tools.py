"""Tools of a Node.js project's build that its manifest lists among what the program needs."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from dlint.facts.shipping import carrier_of
from dlint.facts.yarns import brings_development
from dlint.installs.installations import installations
from dlint.manifests.loading import table
from dlint.reads.context_files import Reader, json_in
from dlint.reads.starts import started
from dlint.reads.unread import LARGEST, MOST_BYTES
from dlint.syntax import Run
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install

# Their documentation installs each with `--save-dev`, and none is there to be called by a program.
_TOOLS = regex(
    r"(?:@babel/(?:cli|preset-.*)|@typescript-eslint/.*|ava|babel-(?:cli|loader|preset-.*)"
    r"|bower|browserify|chai|cypress|eslint(?:-.*)?|grunt(?:-.*)?|gulp(?:-.*)?|husky|jasmine|jest"
    r"|karma(?:-.*)?|lint-staged|mocha|nodemon|nyc|parcel|prettier|sinon|standard|stylelint|supertest"
    r"|ts-jest|ts-node-dev|tslint|typedoc|vitest|webpack(?:-cli|-dev-server)?"
    r"|(?:css|file|style|ts)-loader)\Z"
)
_SOURCES = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
# Settings of tools, and tests: they use the tools of the build without a program's doing so.
_BESIDE = regex(
    r"(?:^|/)(?:node_modules|tests?|__tests__|specs?|e2e|cypress)/|\.(?:test|spec)\.\w+\Z"
    r"|(?:^|/)(?:\.[^/]*|[^/]*\.conf(?:ig)?\.[^/]*|webpack\.[^/]*|(?:gulp|grunt)file[^/]*)\Z",
    re.IGNORECASE,
)
_MANIFEST = "package.json"
# What starts whatever tool there is: npx, and the tasks of Rails and Phoenix that make assets.
_START_ANY = frozenset(
    "assets.deploy assets:precompile css:build javascript:build npx shakapacker:compile vite:build"
    " webpacker:compile".split()
)
_STARTS = ("prestart", "start", "poststart", "heroku-postbuild")


class ToolsListed(NamedTuple):
    """The tools of the build, by their names, that a manifest of the context lists among the
    program's own dependencies, and the install for production that brings them.
    """

    install: Install
    manifest: str
    names: tuple[str, ...]


def tools_listed(build: Build, stage: Stage) -> Iterator[ToolsListed]:
    """Yield what installs of `stage` bring into a pushed image of tools that only the build needs;
    nothing where something on the way may use one.
    """
    if not any(started(build, stage)) and build.shipped(stage):
        return  # what stands on it may be a build
    for found in installations(build, stage):
        if found.step.stage is not stage or found.family != "node":
            continue
        if brings_development(build, found.run, found.install):
            continue
        if build.shipped(stage) or carrier_of(build, found.run, found.install) is not None:
            for path, names in _listed(build, stage, found):
                yield ToolsListed(found.install, path, names)


def _listed(
    build: Build, stage: Stage, found: Installation
) -> Iterator[tuple[str, tuple[str, ...]]]:
    manifests = (each for each in found.needs.manifests if posixpath.basename(each) == _MANIFEST)
    for path in sorted(manifests):
        told = json_in(build.context, path)
        names = tuple(name for name in table(told, "dependencies") if _TOOLS.match(name))
        if not names or _is_used(build, stage, found, table(told, "scripts"), names):
            continue
        if not _is_imported(build, names):
            yield path, names


def _is_used(
    build: Build,
    stage: Stage,
    found: Installation,
    scripts: Mapping[str, Any],
    names: tuple[str, ...],
) -> bool:
    """Tell whether what the image starts, a RUN with it or on top of it, or a script that these run
    may start one of the tools.
    """
    from dlint.shell.managers.node_family import lifecycle

    texts = [*started(build, stage), found.run.value.text, *_later(build, stage, found.run)]
    run = [str(scripts.get(name, "")) for name in (*lifecycle("pnpm"), *_STARTS)]
    run += [
        str(text)
        for name, text in scripts.items()
        if any(re.search(rf"\b{re.escape(name)}\b", each) for each in texts)
    ]
    words = {word for text in (*texts, *run) for word in re.split(r"[\s\"',;&|/\[\]]+", text)}
    stems = {name.rpartition("/")[2].partition("-")[0] for name in names}
    return not words.isdisjoint(_START_ANY.union(names, stems))


def _is_imported(build: Build, names: tuple[str, ...]) -> bool:
    """Tell whether a source of the context, other than settings and tests, loads one of the tools;
    of more than can be read, it may, and where an ignore file leaves no source.
    """
    modules = "|".join(map(re.escape, names))
    loads = re.compile(rf"(?:\brequire|\bimport|\bfrom)\s*\(?\s*[\"'](?:{modules})[\"'/]".encode())
    sources = [
        (path, entry.size)
        for path, entry in build.context.entries.items()
        if entry.kind == "file" and path.endswith(_SOURCES) and not _BESIDE.search(path)
    ]
    if not sources and build.context.ignore is not None:
        return True  # the program is made outside
    readable = [(path, size) for path, size in sources if size <= LARGEST]
    if sum(size for _, size in readable) > MOST_BYTES:
        return True
    read = Reader(build.context).read
    return any(loads.search(read(path) or b"") for path, _ in readable)


def _later(build: Build, stage: Stage, run: Run) -> Iterator[str]:
    for image in build.stages_on(stage):
        for each in image.instructions:
            if isinstance(each, Run) and each.index > run.index:
                yield each.value.text
