"""What recipes make of Dockerfiles before they build: a changed copy, or other text in the place of
a file's own.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.project.purpose import is_dockerfile
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

_WORD = r"(?:'[^']{0,2000}+'|\"[^\"]{0,2000}+\"|[^\s'\";|&<>]){1,200}+"
# A command that changes files where they are: its words may stand in several lines.
_IN_PLACE = regex(rf"\b(?:g?sed|perl|yq)((?:[ \t]++(?:\\\n[ \t]*+)?{_WORD}){{1,40}}+)")
_EACH = regex(_WORD)
_OPTION = regex(r"-\w{0,8}i\b.*|--in-?place\b.*")
_WRITTEN = regex(r"(?:>|\btee(?:[ \t]+-a)?)[ \t]*+[\"']?([\w./-]++)")
# What a job may do with an image so that others get it: also as a file.
_HANDS_ON = regex(r"push|\bsave\b|\btype=")
# One that puts what it makes of a file into another one.
_COPIES = regex(
    r"(?m)^[ \t@-]*+(?:g?sed|awk|cat|cpp|envsubst|m4)[ \t]([^\n>]++)>[ \t]*+([\w./-]++)"
    r"|\bcp[ \t]++(\S++[ \t]++\S++)[ \t]*+$"
)


def copies_in(texts: Iterable[str]) -> Mapping[str, str]:
    """Return the files, as they are written, that recipes make of one Dockerfile, with its name."""
    found: dict[str, str] = {}
    for text in texts:
        for command in _COPIES.finditer(text):
            words = command[0].replace(">", " ").replace("<", " ").split()
            *sources, made = (each.strip("\"'") for each in words)
            named = [each for each in sources if is_dockerfile(each)]
            if len(named) == 1 and named[0] != made:
                found.setdefault(made, named[0])
    return found


def rewritten_in(text: str) -> frozenset[str]:
    """Return the files, as they are written, that the commands of a recipe change or write."""
    return frozenset(map(posixpath.normpath, _rewritten(text)))


def rewritten_by_jobs(workflow: str) -> frozenset[str]:
    """Return the same of a workflow, but for the jobs that build an image for themselves: each job
    checks out the files anew.
    """
    from dlint.manifests.loading import yaml_table
    from dlint.project.pipelines import jobs_of

    jobs = jobs_of(yaml_table(workflow))
    others = [job for job in jobs if not _builds_for_itself(job)]
    if len(others) == len(jobs):
        return rewritten_in(workflow)
    return rewritten_in("\n".join(map(_commands_of, others)))


def _builds_for_itself(job: Mapping[str, Any]) -> bool:
    from dlint.project.written import BUILDS

    is_built = BUILDS.search(_commands_of(job)) is not None
    return is_built and _HANDS_ON.search(str(job)) is None


def _commands_of(job: Mapping[str, Any]) -> str:
    from dlint.manifests.loading import tables

    return "\n".join(str(step.get("run", "")) for step in tables(job.get("steps")))


def _rewritten(text: str) -> Iterator[str]:
    yield from _WRITTEN.findall(text)
    for command in _IN_PLACE.finditer(text):
        words = _EACH.findall(command[1])
        if any(map(_OPTION.fullmatch, words)):
            yield from (each.strip("\"'") for each in words if not each.startswith("-"))
