"""Which images stand on a toolchain that only their build needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.shell.effects import Install
from dlint.syntax import Cmd, Copy, Entrypoint, Healthcheck
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage


class Toolchain(NamedTuple):
    """An image that holds a compiler, the managers that build with it, and what starts it."""

    image: re.Pattern[str]
    managers: frozenset[str]
    programs: str


_TOOLCHAINS = (
    Toolchain(
        regex(r"(?:\A|/)golang(?::|@|\Z)"),
        frozenset(("go",)),
        r"go|gofmt|gopls|dlv|air|reflex|modd|CompileDaemon"
        # they start `go`, or read its library
        r"|errcheck|garble|ginkgo|goimports|golangci-lint|goreleaser|gosec|gotestsum|govulncheck|ko"
        r"|mage|mockgen|staticcheck|wire|xcaddy",
    ),
    Toolchain(regex(r"(?:\A|/)rust(?::|@|\Z)"), frozenset(("cargo",)), r"cargo|rustc|rustup"),
    Toolchain(regex(r"(?:\A|/)maven(?::|@|\Z)"), frozenset(("maven",)), r"mvnw?|mvnd"),
    Toolchain(regex(r"(?:\A|/)gradle(?::|@|\Z)"), frozenset(("gradle",)), r"gradlew?"),
    Toolchain(
        regex(r"/dotnet/(?:core/)?sdk(?::|@|\Z)"),
        frozenset(("dotnet",)),
        r"dotnet\W+(?:run|watch|test|build|ef)",
    ),
)
_SHELL = regex(r"(?:bash|sh|zsh|ash|make|sleep|tail|\.sh)\b")
_OTHER_PURPOSE = regex(r"alpine3?\Z|test|dev")  # what a stage's name says
# What such an image holds and a small one may lack: health checks start it.
_OF_CHECKS = regex(r"(?<![\w./-])(?:/(?:usr/)?bin/)?(curl|wget|nc|netcat|bash)(?![\w.-])")


def unneeded_toolchain(build: Build, stage: Stage) -> Toolchain | None:
    """Return the toolchain that an image stands on and its program, compiled, does without."""
    return build.fact(_unneeded).get(stage.index)


def images_without_need(build: Build, base: Stage) -> list[Stage]:
    """Return the images on top of a stage that do without the toolchain of its base image: people
    work with a debugger, and with what else is there.
    """
    images = (each for each in build.stages_on(base) if "debug" not in (each.name or ""))
    return [each for each in images if unneeded_toolchain(build, each)]


def health_tools(build: Build, base: Stage) -> list[str]:
    """Return the programs that health checks of those images start and that come with the base: the
    checks of the Dockerfile, and of the Compose services that it is built for.
    """
    images = images_without_need(build, base)
    checks = (check for image in images for check in checks_of(build, image))
    return [*dict.fromkeys(name for check in checks for name in _OF_CHECKS.findall(check))]


def checks_of(build: Build, image: Stage) -> Iterator[str]:
    """Yield the commands of an image's health checks: of its Dockerfile, and of the Compose
    services that it is built for.
    """
    from dlint.project.health_checks import health_checks

    own = [step.instruction for step in build.chain(image)]
    yield from [each.command.text for each in own if isinstance(each, Healthcheck)][-1:]
    if build.recipes is not None:
        yield from health_checks(build.recipes, build.path, build.names_for_builds(image))


def brings_unneeded_toolchain(build: Build, stage: Stage, manager: str) -> bool:
    """Tell whether each pushed image on top of a stage stands on the toolchain of a manager without
    need.
    """
    images = [each for each in build.stages_on(stage) if each in build.targets]
    found = [unneeded_toolchain(build, each) for each in images]
    return bool(found) and all(each and manager in each.managers for each in found)


def _unneeded(build: Build) -> dict[int, Toolchain]:
    """Return the toolchains of all images that do without theirs, by the numbers of the stages:
    each RUN below them asks.
    """
    found = ((each.index, _toolchain_of(build, each)) for each in build.targets)
    return {number: toolchain for number, toolchain in found if toolchain}


def _toolchain_of(build: Build, stage: Stage) -> Toolchain | None:
    if build.stays_local(stage):
        return None
    base = stage.outermost.image or ""
    found = next((each for each in _TOOLCHAINS if each.image.search(base)), None)
    if found is None or _OTHER_PURPOSE.search(stage.name or ""):
        return None
    if _is_started(build, stage, found):
        return None
    is_left = _is_built(build, stage, found.managers) or _is_copied(build, stage)
    return found if is_left else None


def _is_started(build: Build, stage: Stage, toolchain: Toolchain) -> bool:
    """Tell whether the image may start its toolchain: it has no command, a shell, or such a one."""
    commands = [
        step.instruction.value.text
        for step in build.chain(stage)
        if isinstance(step.instruction, Cmd | Entrypoint)
    ]
    text = " ".join(commands[-2:]).replace('"', " ")
    if not text or _SHELL.search(text):
        return True
    tool = rf"(?<![\w./-])(?:\S*/)?(?:{toolchain.programs})(?![\w/-])"
    return re.search(tool, text) is not None


def _is_built(build: Build, stage: Stage, managers: frozenset[str]) -> bool:
    """Tell whether a program is built in the stage itself: a project's, or one by its name."""
    return any(
        install.manager in managers and (install.hidden or _is_program(install))
        for install in _installs(build, stage)
    )


def _is_program(install: Install) -> bool:
    is_named = bool(install.packages or install.projects)
    return is_named and "install" in install.command.forms


def _is_copied(build: Build, stage: Stage) -> bool:
    """Tell whether the stage gets something from other stages, and installs nothing itself."""
    for step in build.chain(stage):
        match step.instruction:
            case Copy(from_=str(origin)) if origin:
                return not any(_installs(build, stage))
    return False


def _installs(build: Build, stage: Stage) -> Iterator[Install]:
    for _, install in build.effects_of(Install, build.chain(stage)):
        yield install
