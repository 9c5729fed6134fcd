"""How a repository's recipes start Bake: for which file, and with what of its options.

The text is read, as for other command lines in `dlint.project.commands`.
"""

from __future__ import annotations

import posixpath
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.project import bake
from dlint.project.commands import COMMENT, assigned, filled
from dlint.project.delivery import MACHINE, OPTION
from dlint.project.github_builder import BAKES, is_on, told_to_bake
from dlint.project.pipelines import is_on_new_machines
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.project.commands import Claim, Values

_CALL = regex(r"\bdocker[ \t]++(?:buildx[ \t]++)?bake\b(?![.-])([^\n;&|]*)")
_ANY = regex(r"(?<![\w./-])bake(?![\w./])|\bbake-action\b")  # also what other tools start

# What an option sets for all images of a file
# (https://docs.docker.com/reference/cli/docker/buildx/bake/#set).
_SETS = regex(r"(?:--set=)?\*\.platform=([^$@{]++)")
_OF_WORKFLOW = "docker-bake.hcl"  # what Docker's own workflow reads where it is told no file


class BakeCall(NamedTuple):
    """A file that a command line gives to Bake; `cold`: it is told to take no step from a cache.
    `fresh`: it does so on a machine that has built nothing before. `platforms` are those that it
    sets for all images, and `of_ci`: a workflow does so.
    """

    file: str
    pushes: bool
    cold: bool
    fresh: bool
    platforms: str = ""
    of_ci: bool = False


class BakeCalls(NamedTuple):
    """What command lines give to Bake; `known`: nothing else starts it."""

    calls: tuple[BakeCall, ...]
    known: bool

    def started(self, path: str, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        """Return what the Bake file `path` describes, as it is started."""
        pushing = self._pushing(posixpath.basename(path))
        if not pushing:
            return claims
        fresh = self.known and all(each.fresh for each in pushing)
        cold = OPTION * (self.known and all(each.cold for each in pushing))
        is_empty = self.known and all(each.cold or each.fresh for each in pushing)
        platforms = {each.platforms for each in pushing}
        told = platforms.pop() if len(platforms) == 1 else ""
        return tuple(
            each.delivered(
                pushes=True, fresh=fresh, cold=cold or MACHINE * (is_empty and not each.cache_from)
            )._replace(platforms=told)
            for each in claims
        )

    def _pushing(self, name: str) -> list[BakeCall]:
        """Return the calls that push what a file of this name describes: those of CI, where there
        are any.
        """
        found = [each for each in self.calls if each.file == name and each.pushes]
        return [each for each in found if each.of_ci] or found


def bake_calls(texts: Iterable[tuple[str, str]]) -> BakeCalls:
    """Return how recipes, path and text of each, start Bake."""
    found: list[BakeCall] = []
    is_known = True
    for path, text in texts:
        if "bake" not in text or bake.NAMED.search(path):
            continue
        plain = COMMENT.sub("", text).replace("\\\n", " ")
        lines = _CALL.findall(plain)
        is_known = is_known and len(_ANY.findall(plain)) == len(lines)
        of_ci = path.startswith(".github/workflows/")
        fresh = of_ci and is_on_new_machines(plain)
        values = assigned(plain)
        for line in lines:
            calls = _read(line, values, fresh=fresh and "cache-from" not in line)
            found += (each._replace(of_ci=of_ci) for each in calls)
        if BAKES.search(text):
            found += map(_called, told_to_bake(text))
    return BakeCalls(tuple(found), is_known)


def _called(told: Mapping[str, str]) -> BakeCall:
    """Return what a job gives to Bake that calls Docker's own workflow for it."""
    file = posixpath.basename((told.get("files") or _OF_WORKFLOW).split()[0])
    pushes = is_on(told, "push") and told.get("output") == "image"
    return BakeCall(file, pushes, cold=False, fresh=not is_on(told, "cache"), of_ci=True)


def _read(line: str, values: Values, *, fresh: bool) -> Iterator[BakeCall]:
    """Yield what one command line gives to Bake, for each of the values of its variables."""
    for words in (each.split() for each in filled(line, values)):
        if any(each.strip("\"'${}") in values for each in words if "$" in each):
            continue  # a variable that is made of itself
        flags = [each.strip("\"'") for each in words]
        pushes, cold = "--push" in flags, "--no-cache" in flags
        named = [value for flag, value in pairwise(flags) if flag in {"-f", "--file"}]
        named += [each.partition("=")[2] for each in flags if each.startswith("--file=")]
        platforms = ",".join(found[1] for found in map(_SETS.fullmatch, flags) if found)
        for file in named or bake.DEFAULT:
            yield BakeCall(posixpath.basename(file), pushes, cold, fresh, platforms)
