"""Layers of RUNs on a real Debian, held against what `dlint layers` guesses of them."""

from __future__ import annotations

import json

from harness.project import Project, prose, step
from harness.skips import require

from dlint.cli import main

# What Debian's images tell apt and dpkg, and debootstrap doesn't.
AS_IN_IMAGES = (
    'Dir::Cache::pkgcache \\"\\"; Dir::Cache::srcpkgcache \\"\\"; '
    'DPkg::Post-Invoke { \\"rm -f /var/cache/apt/archives/*.deb\\"; }; '
    'Acquire::GzipIndexes \\"true\\"; Acquire::Languages \\"none\\";'
)
EXCLUDES = "\\n".join(
    f"path-exclude /usr/share/{name}/*" for name in ("doc", "info", "locale", "man")
)
SMALL = (
    "mkdir -p /srv/app /srv/data && touch /srv/app/x && echo yes > /etc/told",
    "groupadd -r shop && useradd -r -g shop shop",
    "useradd --create-home cook",
    "usermod -aG shop cook && ldconfig",
    "update-ca-certificates",
    "chown -R shop:shop /app",
    "chmod 600 /app/prose.txt",
    "mkdir /srv/x && chown -R shop /srv/x",
)
INSTALLS = (
    "apt-get update",
    "apt-get install -y --no-install-recommends git",
    "apt-get install -y --no-install-recommends build-essential libpq-dev",
    "apt-get install -y postgresql-client",
)


def dockerfile() -> str:
    """Return a Dockerfile whose last RUNs are SMALL and INSTALLS."""
    apt = f'printf "{AS_IN_IMAGES}" > /etc/apt/apt.conf.d/docker-clean'
    dpkg = f'printf "{EXCLUDES}\\n" > /etc/dpkg/dpkg.cfg.d/docker'
    lines = (
        f"RUN {apt} && {dpkg}",
        "COPY app /app",
        *(f"RUN {each}" for each in (*SMALL, *INSTALLS)),
    )
    return "".join(f"{line}\n" for line in ("FROM debian:trixie-slim", *lines))


WEIGHTS = Project(
    "weights",
    "what a RUN stores is near to what is guessed of it",
    (
        step(
            {"Dockerfile": dockerfile(), "app/prose.txt": prose("weights", 60_000)},
            build=("--network", "host"),
        ),
    ),
    needs=("debian",),
)


def test_guesses_are_near(programs, tmp_path, capsys):
    [push] = require(lambda: programs.run(WEIGHTS, "docker", tmp_path))
    real = [layer["size"] for layer in push["layers"]][-len(SMALL + INSTALLS) :]
    assert (
        main(
            [
                "layers",
                "--isolated",
                "--output-format",
                "json",
                str(tmp_path / "repo" / WEIGHTS.dockerfile),
            ]
        )
        == 0
    )
    rows = json.loads(capsys.readouterr().out)["layers"][-len(SMALL + INSTALLS) :]
    guessed = [row["gzip_bytes"] for row in rows]
    assert {row["basis"] for row in rows} == {"guessed", "modelled"}
    assert not [row["instruction"] for row in rows if row["at_least"]]
    far = {
        row["instruction"]: (guess, size)
        for row, guess, size in zip(rows, guessed, real, strict=True)
        if abs(guess - size) > max(300, 0.3 * size)
    }
    assert not far
