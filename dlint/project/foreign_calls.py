"""Workflows of other repositories that build images for this one: what they do is not seen, but
when they are called is.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CALL = regex(r"[\w.-]+/[\w.-]+/(\.github/workflows/[\w.-]+)@.*")
_CALLS = regex(r"\buses:[ \t]*['\"]?\w[\w.-]*/[\w.-]+/\.github/workflows/")
_OF_IMAGES = regex(r"(?i)docker|container|image")
_PUBLISHES = regex(r"(?i)publish|push|release|deploy")
_PUSHES_NOTHING = regex(r"(?i)'push': '?false\b")
_OF_REGISTRY = regex(r"(?i)registr|push|image|\btags?\b|secrets\.")  # names of inputs, or values
FOR_TRIALS = frozenset(("pull_request", "merge_group"))  # events that publish nothing


def are_called_for_releases(texts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether workflows call such a one to publish an image, and each call of any is for
    releases, by the clock, by hand, or for requests alone, which publish nothing.
    """
    calls = [each for each in _calls(texts) if _OF_IMAGES.search(each[0])]
    return any(_PUBLISHES.search(called) for called, _ in calls) and all(
        events is not None and events <= FOR_TRIALS for _, events in calls
    )


def may_push_elsewhere(texts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether workflows call such a one that may push an image, by its name, and not for
    requests alone.
    """
    return any(
        (_OF_IMAGES.search(called) or _PUBLISHES.search(called))
        and (not events or bool(events - FOR_TRIALS))
        for called, events in _calls(texts)
    )


def _calls(texts: Iterable[tuple[str, str]]) -> list[tuple[str, frozenset[str] | None]]:
    """Return the calls of other repositories' workflows, as `_calls_in` does."""
    own = {path: text for path, text in texts if path.startswith(".github/workflows/")}
    return [
        (called, events)
        for text in own.values()
        if "/.github/workflows/" in text
        for called, events in _calls_in(text)
        if called not in own  # it may be this repository's by its full name
    ]


def published_from(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return what jobs name, the rows of their matrices among it, that call such a workflow to
    publish an image: a Dockerfile's path from the root is one that is pushed.
    """
    return frozenset(
        path
        for called, job in _calling_jobs(texts)
        if _PUBLISHES.search(called) and not _PUSHES_NOTHING.search(str(job.get("with")))
        for path in _paths_in(job)
    )


def only_tried_from(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return what jobs name that call such a workflow and let it into no registry: none of their
    Dockerfiles is pushed.
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for _, job in _calling_jobs(texts):
        found[_may_push(job)].update(_paths_in(job))
    return frozenset(found[False] - found[True])


def _calling_jobs(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the workflows of others that jobs call, each with the job, which has the permissions of
    its workflow where it has none of its own.
    """
    from dlint.manifests.loading import yaml_table
    from dlint.project.pipelines import jobs_of

    for path, text in texts:
        if path.startswith(".github/workflows/") and _CALLS.search(text):
            tree = yaml_table(text)
            for job in jobs_of(tree):
                if call := _CALL.fullmatch(str(job.get("uses", ""))):
                    yield call[1], {"permissions": tree.get("permissions"), **job}


def _paths_in(job: dict[str, Any]) -> Iterator[str]:
    """Yield the words that a job is given, and those of its matrix, as paths."""
    return map(posixpath.normpath, _words_of((job.get("with"), job.get("strategy"))))


def _may_push(job: dict[str, Any]) -> bool:
    """Tell whether a job may let what it calls into a registry: by its token, whose default a
    repository's settings decide, by secrets, or by what it is given.
    """
    is_told = _OF_REGISTRY.search(str(job.get("with"))) is not None
    return _may_write(job["permissions"]) or "secrets" in job or is_told


def _may_write(permissions: object) -> bool:
    """Tell whether a job's token may push to GitHub's registry, or let it into one of a cloud."""
    if not isinstance(permissions, dict):
        return permissions != "read-all"
    return "write" in {permissions.get("packages"), permissions.get("id-token")}


def _words_of(value: object) -> Iterator[str]:
    """Yield the words in a value of YAML, at any depth."""
    match value:
        case str():
            yield value
        case dict():
            yield from _words_of([*value.values()])
        case list() | tuple():
            for each in value:
                yield from _words_of(each)


def _calls_in(text: str) -> list[tuple[str, frozenset[str] | None]]:
    """Return the calls of a workflow, with the events of commits that start it; None where another
    workflow may call it in turn.
    """
    from dlint.manifests.loading import yaml_table
    from dlint.project.pipelines import events_of, jobs_of

    tree = yaml_table(text)
    on = tree.get("on")
    events = None if "workflow_call" in str(on) else events_of(on)
    uses = (_CALL.fullmatch(str(job.get("uses", ""))) for job in jobs_of(tree))
    return [(each[1], events) for each in uses if each]
