"""The programs of one test run, each started when it is first needed and stopped at the end."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Self

from . import bases, need
from .builders import Buildah, DockerBuilder
from .engine import INSECURE_NAME, Engine
from .insecure import InsecureRegistry
from .pushes import Surroundings, publish_base, run_project
from .registry import PasswordRegistry, Registry, TokenRegistry
from .served import Served
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .builders import Builder
    from .project import Project

BUILDERS = ("docker", "buildkit", "classic", "buildah")


class Session:
    """A context manager; its properties start what they name."""

    def __init__(self) -> None:
        self._stops: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stop in reversed(self._stops):
            stop()

    @functools.cached_property
    def insecure_host(self) -> str:
        """The name and port of the insecure registry, which the engines are told of when they
        start.
        """
        return f"{INSECURE_NAME}:{need.free_port()}"

    @functools.cached_property
    def engine(self) -> Engine:
        """A Docker Engine with the graphdriver store, and the shell bases in it."""
        return self._engine("graphdriver")

    @functools.cached_property
    def containerd_engine(self) -> Engine:
        """A Docker Engine with the containerd image store, and the shell bases in it."""
        return self._engine("containerd")

    @functools.cached_property
    def registry(self) -> Registry:
        """A registry open to all."""
        registry = Registry()
        self._stops.append(registry.stop)
        return registry

    @functools.cached_property
    def auth_registry(self) -> PasswordRegistry:
        """A registry behind a password."""
        registry = PasswordRegistry()
        self._stops.append(registry.stop)
        return registry

    @functools.cached_property
    def token_registry(self) -> TokenRegistry:
        """A registry behind tokens."""
        registry = TokenRegistry()
        self._stops.append(registry.stop)
        return registry

    @functools.cached_property
    def insecure_registry(self) -> InsecureRegistry:
        """A registry with a name that is not loopback's."""
        registry = InsecureRegistry(self.insecure_host)
        self._stops.append(registry.stop)
        return registry

    @functools.cached_property
    def served(self) -> Served:
        """A web server."""
        served = Served()
        self._stops.append(served.close)
        return served

    def builder(self, name: str) -> Builder:
        """Return one of BUILDERS."""
        return self._builder(name)

    def lacks(self, project: Project, builder: str) -> str:
        """Return why a project cannot run on a builder, an empty string if it can."""
        if not project.runs_on(builder):
            return f"has no expectations for {builder}"
        flags = [flag for flag in project.needs if flag.startswith("--")]
        missing = [flag for flag in flags if not self._engine_of(builder).accepts(flag)]
        return f"the engine's COPY has no {missing[0]}" if missing else ""

    def run(
        self, project: Project, builder: str, to: Path, *, warm: bool = False
    ) -> list[dict[str, Any]]:
        """Run a project: see run_project."""
        engine = self._engine_of(builder)
        around = Surroundings(self.registry, self.insecure_host, self.served, engine, self._wire)
        if "debian" in project.needs:
            bases.import_debian(engine)
        if "registry" in project.needs:
            for tag in ("1", "2"):
                publish_base(engine, f"shell:{tag}", f"{self.registry.host}/{builder}", tag)
        if "insecure registry" in project.needs:
            publish_base(engine, "shell:1", self.insecure_registry.host, "1")
        return run_project(self.builder(builder), around, project, to, warm=warm)

    def client_env(self, builder: str) -> dict[str, str]:
        """Return what a client of the builder's engine has in its environment."""
        env = self._engine_of(builder).env
        return {name: env[name] for name in ("DOCKER_HOST", "DOCKER_CONFIG")}

    def _wire(self) -> Wire:
        wire = Wire(self.registry.host)
        self._stops.append(wire.close)
        return wire

    def _engine_of(self, builder: str) -> Engine:
        return self.containerd_engine if builder == "buildkit" else self.engine

    def _engine(self, store: str) -> Engine:
        engine = Engine(store, [self.insecure_host])
        self._stops.append(engine.stop)
        bases.import_shells(engine)
        bases.import_tools(engine)
        return engine

    @functools.lru_cache  # noqa: B019 - a session lives as long as the run
    def _builder(self, name: str) -> Builder:
        if name != "buildah":
            return DockerBuilder(self._engine_of(name), classic=name == "classic")
        archive = self.engine.home / "shell.tar"
        self.engine.docker("save", "--output", archive, "shell:1")
        buildah = Buildah(archive)
        self._stops.append(buildah.stop)
        return buildah
