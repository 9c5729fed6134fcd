"""Stages that bundle a front end with Node's tools, whose files are the same for every platform."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.portable import OFFICIAL, Portable, is_harmless
from dlint.facts.shipping import dependencies_held
from dlint.model.stages import SCRATCH
from dlint.shell.effects import Install
from dlint.shell.managers import by_name
from dlint.syntax import Cmd, Copy, Entrypoint, Run
from dlint.text.paths import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.facts.portable import Group, Ran
    from dlint.model.build import Build
    from dlint.model.stages import Stage

_IMAGE = regex(rf"{OFFICIAL}node(?:[:@]\S*)?|(?:docker\.io/)?oven/bun(?:[:@]\S*)?")
_MANAGERS = frozenset(("npm", "yarn", "pnpm", "bun"))
_RUNNERS = frozenset(("npx", "bunx", "corepack"))
_BUNDLERS = frozenset(
    """
    astro ember eleventy ng nuxi nuxt parcel quasar react-scripts rollup tsc vite vitepress
    vue-cli-service vue-tsc webpack
    """.split()
)
_BUILDS = regex(r"(?:[\w.-]+:)*(?:build|bundle|generate)(?:[:.-][\w:.-]+)?")
# What makes programs for one platform, or takes them along.
_MAKES_PROGRAMS = (
    r"electron[\w/-]*|nexe|caxa|pkg|@yao-pkg/pkg|node-gyp[\w-]*|node-pre-gyp|@mapbox/node-pre-gyp"
    r"|prebuildify|prebuild-install|cmake-js|@napi-rs/cli|neon-cli|cargo-cp-artifact|@tauri-apps/cli"
    r"|postject|@electron[\w/-]*|wasm-pack|@sentry/profiling-node"
)
_NEEDS_PROGRAMS = regex(rf'"(?:{_MAKES_PROGRAMS})"[ \t]*+:')
_RUNS_PROGRAMS = regex(
    rf"(?<![\w@/-])(?:{_MAKES_PROGRAMS})(?![\w@/-])|--compile\b|sea-config|\.node\b"
)
_MANIFEST = "package.json"
# Folders of files that browsers load, by the names that bundlers give them.
_STATIC = frozenset(("_site", "build", "dist", "docs", "out", "public", "static", "www"))
_SERVES = frozenset(
    (".next", ".nuxt", ".output", ".svelte-kit", "functions", "server", "standalone")
)
_DEPENDENCIES = "node_modules"
# Images that hold no Node, by their names, those that do, and what brings it there.
_OTHERS = regex(
    r"(?:\A|/)(?:nginx|caddy|httpd|apache|static-web-server|golang|python|php|alpine|debian|ubuntu|busybox"
    r"|distroless/(?:static|base|cc|java|python)[\w-]*|temurin|openjdk|tomcat|aspnet|dotnet/[\w/-]+|rust"
    r"|ruby|astral-sh/uv|fedora|ubi\d*(?:-minimal)?|traefik|haproxy)[\w.-]*(?:[:@]\S*)?\Z"
)
_WITH_NODE = regex(r"node|deno|electron|puppeteer|playwright|cypress|(?<![a-z])bun(?![a-z])")
_NODE = regex(r"(?<![\w.-])(?:node(?:js|source)?|npm|npx|yarn|pnpm|bun)(?![\w-])")
_PROGRAMS = regex(r"(?:.*/(?:bun|deno|node)|(?:/usr)?(?:/local)?(?:/bin)?)/?")  # where it stands


def front_end(build: Build, group: Group) -> Portable | None:
    """Return what bundles a front end in stages on Node's image, or installs packages for it, where
    nothing but bundles leaves these, for a stage without Node. What other stages on Node's image
    take has to be for the same.
    """
    first = group.stages[0]
    if not _is_node(first) or not all(map(_is_known, group.ran)):
        return None
    along = frozenset(t.receiver.outermost.index for t in group.taken if _is_node(t.receiver))
    installs = list(_installs(build, group))
    builds = [each for each in group.ran if _is_build(each)] or (installs if along else [])
    is_project = bool(builds) and bool(installs or group.origins)
    if not is_project or not _gives_bundles(build, group) or not _makes_no_program(build, group):
        return None
    compiles = tuple((each.run, each.command) for each in builds)
    return Portable(first, "node", compiles, group.origins | along)


def _is_node(stage: Stage) -> bool:
    """Tell whether a stage stands on Docker's official image of Node, or on Bun's."""
    image = stage.outermost.from_.image
    return image is not None and _IMAGE.fullmatch(image.text) is not None


def _is_build(ran: Ran) -> bool:
    runs = ran.command.name in _MANAGERS | _RUNNERS | _BUNDLERS
    return runs and any(map(_BUILDS.fullmatch, ran.command.forms))


def _is_known(ran: Ran) -> bool:
    """Tell whether a command belongs to what bundles, or does no harm."""
    command = ran.command
    if command.name in _MANAGERS or command.name in _BUNDLERS or command.name == "corepack":
        return True
    if command.name in _RUNNERS:
        return bool(_BUNDLERS.intersection(command.forms))
    takes = any(_DEPENDENCIES in each for each in command.forms)
    return is_harmless(ran, "/") and not (takes and command.name != "rm")


def _installs(build: Build, group: Group) -> Iterator[Ran]:
    """Yield the commands that install packages of Node."""
    for ran in group.ran:
        installs = build.effects(ran.run).of(Install)
        own = [each for each in installs if each.command.span == ran.command.span]
        if any(_is_of_node(each.manager) for each in own):
            yield ran


def _is_of_node(manager: str) -> bool:
    found = by_name(manager)
    return found is not None and found.language == "node"


def _gives_bundles(build: Build, group: Group) -> bool:
    """Tell whether stages without Node take nothing but folders of bundles."""
    taken = [each for each in group.taken if not _is_node(each.receiver)]
    paths = [each.source or "/" for each in taken]
    if not all(map(_is_static, paths)) or not _hold_no_packages(build, group, paths):
        return False
    return all(lacks_node(build, each.receiver) for each in taken)


def _hold_no_packages(build: Build, group: Group, paths: list[str]) -> bool:
    """Tell whether no packages of Node are at or below some paths, nor a project is at one."""
    held = (each for stage in group.stages for each in dependencies_held(build, stage, "/"))
    folders = sorted({each.folder for each in held})
    projects = {each.step.state.workdir for each in group.ran}
    return projects.isdisjoint(paths) and not any(
        within(folder, path) for path in paths for folder in folders
    )


def _is_static(path: str) -> bool:
    parts = path.strip("/").split("/")
    is_served = not _SERVES.isdisjoint(parts) and ".output/public" not in path
    return not (is_served or _DEPENDENCIES in parts) and not _STATIC.isdisjoint(parts)


def lacks_node(build: Build, stage: Stage) -> bool:
    """Tell whether the image of a stage has no Node, as far as its name and its steps tell."""
    image = stage.outermost.image
    if image is None or not (image == SCRATCH or _OTHERS.search(image)) or _WITH_NODE.search(image):
        return False
    steps = [step.instruction for step in build.chain(stage)]
    texts = (each.value.text for each in steps if isinstance(each, Run | Cmd | Entrypoint))
    copies = (each for each in steps if isinstance(each, Copy))
    return not (any(map(_NODE.search, texts)) or any(_brings_node(build, each) for each in copies))


def _brings_node(build: Build, copy: Copy) -> bool:
    """Tell whether a COPY takes programs from an image that has Node, by its name."""
    origin = build.origin_of(copy)
    image = (origin.outermost.image if origin else copy.from_) or ""
    is_there = _WITH_NODE.search(image) is not None
    return is_there and any(_PROGRAMS.fullmatch(each.text) for each in copy.sources)


def _makes_no_program(build: Build, group: Group) -> bool:
    """Tell whether no project of the context, nor a command, makes programs for one platform."""
    source = build.dockerfile.source.text
    spans = {each.run.span for each in group.ran}
    is_told = any(_RUNS_PROGRAMS.search(source[start:end]) for start, end in spans)
    return not is_told and build.fact(_projects_make_none)


def _projects_make_none(build: Build) -> bool:
    manifests = _manifests(build)
    is_needed = any(map(_NEEDS_PROGRAMS.search, manifests))
    is_run = any(map(_RUNS_PROGRAMS.search, map(_scripts_of, manifests)))
    return bool(manifests) and not (is_needed or is_run)


def _scripts_of(manifest: str) -> str:
    """Return the scripts of a project, as they are written."""
    return manifest.partition('"scripts"')[2].partition("}")[0]


def _manifests(build: Build) -> list[str]:
    """Return the texts of all projects of the context; none where one cannot be read."""
    paths = [
        path
        for path in build.context.entries
        if posixpath.basename(path) == _MANIFEST and _DEPENDENCIES not in path
    ]
    try:
        return [build.context.read(path).decode("utf-8", "replace") for path in paths]
    except DlintError:
        return []
