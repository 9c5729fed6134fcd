"""Stages that bundle a front end with Node's tools, whose files are the same for every platform."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.portable import Portable, is_harmless
from dlint.facts.shipping import dependencies_held
from dlint.model.stages import SCRATCH
from dlint.shell.effects import Install
from dlint.shell.managers import by_name
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.facts.portable import Group, Ran, Taken
    from dlint.model.build import Build
    from dlint.model.stages import Stage

_IMAGE = regex(
    r"(?:(?:docker\.io|public\.ecr\.aws/docker|mirror\.gcr\.io)/)?(?:library/)?node(?:[:@]\S*)?"
    r"|(?:docker\.io/)?oven/bun(?:[:@]\S*)?"
)
_MANAGERS = frozenset(("npm", "yarn", "pnpm", "bun"))
_RUNNERS = frozenset(("npx", "bunx", "corepack"))
_BUNDLERS = frozenset(("ng", "vite", "vue-cli-service", "webpack", "astro", "tsc", "vue-tsc"))
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
_STATIC = frozenset(("_site", "build", "dist", "out", "public", "static", "www"))
_SERVES = frozenset(
    (".next", ".nuxt", ".output", ".svelte-kit", "functions", "server", "standalone")
)
_DEPENDENCIES = "node_modules"
# Images that hold no Node, by parts of their names; and what brings it there.
_OTHERS = regex(
    r"(?:nginx|caddy|httpd|apache|static-web-server|golang|python|php|alpine|debian|ubuntu|busybox"
    r"|distroless/(?:static|base|cc|java|python)[\w-]*|temurin|openjdk|tomcat|aspnet|dotnet/[\w/-]+|rust"
    r"|ruby|fedora|ubi\d*(?:-minimal)?|traefik|haproxy)[\w.-]*(?:[:@]\S*)?\Z"
)
_NODE = regex(r"(?<![\w.-])(?:node(?:js|source)?|npm|npx|yarn|pnpm|bun)(?![\w-])")


def front_end(build: Build, group: Group) -> Portable | None:
    """Return what bundles a front end in stages on Node's image, where nothing but bundles leaves
    these, for a stage without Node.
    """
    first = group.stages[0]
    image = first.from_.image
    if image is None or not _IMAGE.fullmatch(image.text):
        return None
    builds = [each for each in group.ran if _is_build(each)]
    if not builds or not all(map(_is_known, group.ran)) or not _installs(build, group):
        return None
    if not all(_is_bundle(build, group, each) for each in group.taken):
        return None
    if not _makes_no_program(build, group):
        return None
    return Portable(first, "node", tuple((each.run, each.command) for each in builds))


def _is_build(ran: Ran) -> bool:
    command = ran.command
    if command.name in _BUNDLERS:
        return "build" in command.forms
    runs = command.name in _MANAGERS or command.name in _RUNNERS
    return runs and any(map(_BUILDS.fullmatch, command.forms))


def _is_known(ran: Ran) -> bool:
    """Tell whether a command belongs to what bundles, or does no harm."""
    command = ran.command
    if command.name in _MANAGERS or command.name in _BUNDLERS or command.name == "corepack":
        return True
    if command.name in _RUNNERS:
        return bool(_BUNDLERS.intersection(command.forms))
    takes = any(_DEPENDENCIES in each for each in command.forms)
    return is_harmless(ran, "/") and not (takes and command.name != "rm")


def _installs(build: Build, group: Group) -> bool:
    """Tell whether the stages install packages of Node."""
    runs = dict.fromkeys(each.run for each in group.ran)
    installs = (each for run in runs for each in build.effects(run).of(Install))
    managers = (by_name(each.manager) for each in installs)
    return any(each is not None and each.language == "node" for each in managers)


def _is_bundle(build: Build, group: Group, taken: Taken) -> bool:
    """Tell whether a COPY takes a folder of bundles, and where it goes no Node runs them."""
    path = taken.source
    if path is None or not _is_static(path) or not _lacks_node(build, taken.receiver):
        return False
    held = (dependencies_held(build, stage, path) for stage in group.stages)
    places = {each.step.state.workdir for each in group.ran} | {"/"}
    return path not in places and not any(any(each) for each in held)


def _is_static(path: str) -> bool:
    parts = path.strip("/").split("/")
    is_served = not _SERVES.isdisjoint(parts) and ".output/public" not in path
    return not (is_served or _DEPENDENCIES in parts) and not _STATIC.isdisjoint(parts)


def _lacks_node(build: Build, stage: Stage) -> bool:
    """Tell whether the image of a stage has no Node, as far as its name and its steps tell."""
    image = stage.outermost.image
    if image is None or not (image == SCRATCH or _OTHERS.search(image)) or _NODE.search(image):
        return False
    commands = (
        step.instruction.value.text
        for step in build.chain(stage)
        if isinstance(step.instruction, Run)
    )
    return not any(map(_NODE.search, commands))


def _makes_no_program(build: Build, group: Group) -> bool:
    """Tell whether no project of the context, nor a command, makes programs for one platform."""
    source = build.dockerfile.source.text
    spans = {each.run.span for each in group.ran}
    manifests = _manifests(build)
    scripts = map(_scripts_of, manifests)
    return (
        bool(manifests)
        and not any(map(_NEEDS_PROGRAMS.search, manifests))
        and not any(map(_RUNS_PROGRAMS.search, scripts))
        and not any(_RUNS_PROGRAMS.search(source, start, end) for start, end in spans)
    )


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
