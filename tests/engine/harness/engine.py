"""A Docker Engine of our own: its own data, socket and client configuration, no network of its
own.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from . import need

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Mapping
    from pathlib import Path

INSECURE_NAME = "registry.local"
NEVER_STARTED = "waiting for init preliminary setup"
"""What runc says where the process that it made died before it became a container. It was seen once
in thousands of builds on a machine under load: of the command in the container it says nothing.
"""
RESTARTS = 2


class Engine:
    """A running dockerd; `store` is `graphdriver` or `containerd` (the containerd image store)."""

    def __init__(self, store: str = "graphdriver", insecure: Iterable[str] = ()) -> None:
        need.programs("dockerd", "docker", "containerd", "runc")
        need.root()
        self.store = store
        self.home = need.folder("dle-")
        (self.home / "client").mkdir()
        self.env: dict[str, str] = {
            **os.environ,
            "DOCKER_HOST": f"unix://{self.home}/docker.sock",
            "DOCKER_BUILDKIT": "1",
            "DOCKER_CONFIG": str(self.home / "client"),
            "BUILDKIT_PROGRESS": "plain",
        }
        self._insecure = sorted(insecure)
        self.program = self._start()

    def docker(
        self,
        *args: str | Path,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        text: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run the docker client against this engine; env adds to the environment. What ended
        because runc could not start a container runs again: nothing of it was stored.
        """
        environment = {**self.env, **(env or {})}

        def run() -> subprocess.CompletedProcess[str]:
            return need.run("docker", *args, check=False, env=environment, cwd=cwd, text=text)

        ended = run()
        for _ in range(RESTARTS):
            if NEVER_STARTED not in ended.stdout + ended.stderr:
                break
            ended = run()
        if check:
            need.success(ended)
        return ended

    @property
    def version(self) -> str:
        """The engine's version, such as `26.1.5+dfsg1`."""
        return self.docker("version", "--format", "{{.Server.Version}}").stdout.strip()

    def accepts(self, flag: str) -> bool:
        """Tell whether the engine's own Dockerfile frontend knows a flag of COPY."""
        text = f"FROM scratch\nCOPY {flag} /a /b\n"
        return "unknown flag" not in self.docker("build", "-", text=text, check=False).stderr

    def forget_builds(self) -> None:
        """Empty the build cache, so that no project hits what another one left."""
        self.docker("builder", "prune", "--all", "--force")

    def stop(self) -> None:
        """Stop the engine and the containerd that it started, and remove all that it stored."""
        self.program.stop()
        need.remove(self.home)

    def _start(self) -> need.Program:
        """Start dockerd, with overlay2 if the filesystem can carry it, else with vfs."""
        failure = RuntimeError()
        for driver in ("overlayfs",) if self.store == "containerd" else ("overlay2", "vfs"):
            program = need.Program(
                need.which("dockerd") or "dockerd",
                "--config-file",
                self._configuration(driver),
                log=self.home / "dockerd.log",
                env={**self.env, "TMPDIR": str(self.home)},
            )
            try:
                program.await_ready(self._answers)
            except RuntimeError as error:
                failure = error
                continue
            return program
        need.remove(self.home)
        raise failure

    def _configuration(self, driver: str) -> Path:
        settings = {
            "hosts": [self.env["DOCKER_HOST"]],
            "data-root": str(self.home / "data"),
            "exec-root": str(self.home / "exec"),
            "pidfile": str(self.home / "docker.pid"),
            "bridge": "none",
            "iptables": False,
            "ip-forward": False,
            "ip-masq": False,
            "log-level": "warn",
            "insecure-registries": self._insecure,
            "features": {"containerd-snapshotter": self.store == "containerd"},
        }
        if self.store != "containerd":
            settings["storage-driver"] = driver
        path = self.home / "daemon.json"
        path.write_text(json.dumps(settings))
        return path

    def _answers(self) -> bool:
        return self.docker("version", check=False).returncode == 0
