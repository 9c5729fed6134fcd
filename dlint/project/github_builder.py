"""Docker's own workflows that build for others, with Bake or without: what a job does that calls
one (https://github.com/docker/github-builder).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUILDS = regex(r"docker/github-builder/\.github/workflows/build\.yml@.*")
BAKES = regex(r"docker/github-builder/\.github/workflows/bake\.yml@")
_COMMIT = "{{defaultContext}}"  # which the builder fetches itself
_MACHINE = "ubuntu-24.04"
_PASSED = ("target", "push", "build-args")


def as_job(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job that calls the workflow with the steps that it stands for; any other as it is.
    Each platform is built on a machine that runs it, so they are left out.
    """
    if not _BUILDS.fullmatch(str(job.get("uses"))):
        return job
    told = _told(job)
    folder = posixpath.normpath(told.get("context") or ".")
    options = {
        "context": _COMMIT if folder == "." else f"{_COMMIT}:{folder}",
        "file": told.get("file") or posixpath.join(folder, "Dockerfile"),
        "push": "false",
        "tags": told.get("meta-images", ""),
        **{key: told[key] for key in _PASSED if key in told},
        **_caches(told),
    }
    if told.get("output") == "local":
        options["outputs"] = "type=local,dest=out"
    steps = [
        {"uses": "docker/setup-buildx-action@v3"},
        {"uses": "docker/build-push-action@v6", "with": options},
    ]
    rest = {key: value for key, value in job.items() if key not in {"uses", "with"}}
    return {**rest, "runs-on": _MACHINE, "steps": steps}


def told_to_bake(workflow: str) -> Iterator[dict[str, str]]:
    """Yield what each job of a workflow is told that calls the one for Bake."""
    from dlint.manifests.loading import table, yaml_table

    for job in table(yaml_table(workflow), "jobs").values():
        if isinstance(job, dict) and BAKES.match(str(job.get("uses"))):
            yield _told(job)


def caches_for_bake(told: Mapping[str, str]) -> Iterator[str]:
    """Yield what a job that calls the one for Bake sets for all images: caches of GitHub's, each of
    whose names ends with a platform that only the workflow knows.
    """
    if is_on(told, "cache"):
        scope = told.get("cache-scope") or told.get("target") or "default"
        cache = f"type=gha,scope={scope}-$platform"
        yield f"*.cache-from={cache}"
        yield f"*.cache-to={cache},mode={told.get('cache-mode') or 'min'}"


def is_on(told: Mapping[str, str], name: str) -> bool:
    """Tell whether a job turns something on that is off where nothing is told."""
    return told.get(name, "false").lower() != "false"


def _told(job: dict[str, Any]) -> dict[str, str]:
    given = job.get("with")
    return {key: str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def _caches(told: dict[str, str]) -> dict[str, str]:
    """Return the caches of a build, which are GitHub's if it is told to have any."""
    if not is_on(told, "cache"):
        return {}
    cache = f"type=gha,scope={told.get('cache-scope') or told.get('target') or 'buildkit'}"
    return {"cache-from": cache, "cache-to": f"{cache},mode={told.get('cache-mode') or 'min'}"}
