"""How a repository's recipes start Bake: for which file, and with what of its options.

The text is read, as for other command lines in `dlint.project.commands`.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.project import bake
from dlint.project.commands import COMMENT, assigned, filled
from dlint.project.delivery import MACHINE, OPTION
from dlint.project.github_builder import BAKES, caches_for_bake, is_on, told_to_bake
from dlint.project.githubs_token import exposes_token, without_tokens
from dlint.project.image import TARGET
from dlint.project.pipelines import is_on_new_machines, is_own_action, jobs_in, with_started
from dlint.project.purpose import PUSHES
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from re import Match

    from dlint.project.commands import Claim, Values
    from dlint.project.pipelines import Own

_CALL = regex(r"\bdocker[ \t]++(?:buildx[ \t]++)?bake\b(?![.-])([^\n;&|]*)")
_ANY = regex(r"(?<![\w./-])bake(?![\w./])|\bbake-action\b")  # also what other tools start

# What an option sets for the images of a file with such names
# (https://docs.docker.com/reference/cli/docker/buildx/bake/#set).
_SETS = regex(
    r"(?:--set=)?[\"']?(?P<targets>(?:\$\{\{[^{}]*+\}\}|[^\s.=\"'])++)\.(?P<key>cache-from|cache-to|platform)"
    r"(?P<more>\+?)=[\"']?(?P<value>[^\"']*+)[\"']?"
)
_CACHES = "cache-from"
# https://github.com/docker/bake-action
_ACTION = regex(r"docker/bake-action@")
_TO_REGISTRY = regex(r"\btype=registry\b|\bpush=true\b")
# Options whose value is a word of its own
# (https://docs.docker.com/reference/cli/docker/buildx/bake/).
_WITH_VALUE = frozenset(
    (
        *("-f", "--file", "--set", "--builder", "--progress", "--metadata-file", "--allow"),
        *("--call", "--list", "--provenance", "--sbom", "--var"),
    )
)
_THIS_MACHINE = "localhost/"  # a name's registry
_OF_WORKFLOW = "docker-bake.hcl"  # what Docker's own workflow reads where it is told no file


class BakeCall(NamedTuple):
    """A file that a command line gives to Bake; `cold`: it is told to take no step from a cache.
    `fresh`: it does so on a machine that has built nothing before, and `of_ci`: a workflow or an
    action does so. `sets` are words that set caches and platforms, `targets` the names of what it
    is to build, as far as they are written out.
    """

    file: str
    pushes: bool
    cold: bool
    fresh: bool
    of_ci: bool = False
    sets: tuple[str, ...] = ()
    targets: frozenset[str] = frozenset()

    def names(self, claim: Claim) -> bool:
        """Tell whether it names an image of the file itself."""
        return _name_of(claim) in self.targets

    def caches_of(self, claim: Claim) -> tuple[str, str]:
        """Return the caches that an image of the file writes and reads when it is started so."""
        found = {"cache-to": claim.cache_to, "cache-from": claim.cache_from}
        for told in self._set_for(claim):
            if told["key"] in found:
                before = found[told["key"]] if told["more"] else ""
                found[told["key"]] = f"{before}\n{told['value']}".strip()
        return found["cache-to"], found["cache-from"]

    def platforms_of(self, claim: Claim) -> str:
        """Return the platforms that an image of the file is for when it is started so: of several
        that are set, all.
        """
        told = [each for each in self._set_for(claim) if each["key"] == "platform"]
        own = claim.platforms if all(each["more"] for each in told) else ""
        return ",".join(filter(None, (own, *(each["value"] for each in told))))

    def _set_for(self, claim: Claim) -> Iterator[Match[str]]:
        """Yield what is set for an image of the file, or for what an expression names: any of
        them.
        """
        name = _name_of(claim)
        for told in filter(None, map(_SETS.fullmatch, self.sets)):
            if fnmatchcase(name, told["targets"]) or "$" in told["targets"]:
                yield told


class BakeCalls(NamedTuple):
    """What command lines give to Bake; `known`: nothing else starts it. `tries`: no recipe has a
    command that pushes an image.
    """

    calls: tuple[BakeCall, ...]
    known: bool
    tries: bool = False

    def started(self, path: str, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        """Return what the Bake file `path` describes, as it is started."""
        name = posixpath.basename(path)
        pushing = self._pushing(name)
        if not pushing:
            return tuple(each.delivered(stays=self._is_tried(name, each)) for each in claims)
        # what pushes nothing may fill the builder for what does
        warm = frozenset(each for each in claims if self._reads_any(name, each))
        fresh = self.known and all(each.fresh for each in pushing)
        cold = OPTION * (self.known and all(each.cold for each in pushing))
        is_empty = self.known and all(each.cold or each.fresh for each in pushing)
        return tuple(
            _as_called(each, pushing).delivered(
                pushes=True,
                asked=_is_asked(each, pushing),
                fresh=fresh,
                cold=cold or MACHINE * (is_empty and each not in warm),
            )
            for each in claims
        )

    def _reads_any(self, name: str, claim: Claim) -> bool:
        """Tell whether an image reads a cache when a call gives the file of this name to Bake."""
        return any(each.caches_of(claim)[1] for each in self.calls if each.file == name)

    def _is_tried(self, name: str, claim: Claim) -> bool:
        """Tell whether an image of the file of this name is one that CI builds and nothing pushes,
        or stays for another reason.
        """
        calls = [each for each in self.calls if each.file == name and each.of_ci]
        is_built = any(each.names(claim) or not each.targets for each in calls)
        return claim.delivery.stays or (self.known and self.tries and is_built)

    def _pushing(self, name: str) -> list[BakeCall]:
        """Return the calls that push what a file of this name describes: those of CI, where there
        are any.
        """
        found = [each for each in self.calls if each.file == name and each.pushes]
        return [each for each in found if each.of_ci] or found


def _is_asked(claim: Claim, calls: Iterable[BakeCall]) -> bool:
    """Tell whether CI names an image of the file."""
    return any(each.of_ci and each.names(claim) for each in calls)


def _name_of(claim: Claim) -> str:
    """Return the name that an image has in its file."""
    return claim.names.partition("\n")[0].removeprefix(TARGET)


def _as_called(claim: Claim, calls: Sequence[BakeCall]) -> Claim:
    """Return an image of a file with the caches and for the platforms that it has when it is
    started so; with some that nobody knows where the calls differ.
    """
    caches = {each.caches_of(claim) for each in calls}
    exports, sources = caches.pop() if len(caches) == 1 else ("$", "$")
    platforms = {each.platforms_of(claim) for each in calls}
    told = platforms.pop() if len(platforms) == 1 else "$"
    claim = claim._replace(cache_to=exports, cache_from=sources, platforms=told)
    return _named_to_push(claim)


def _named_to_push(claim: Claim) -> Claim:
    """Return a pushed image with the names that it may be pushed by: no registry takes that of this
    machine, which is the default of a variable then.
    """
    names = claim.names.replace(f"\n{_THIS_MACHINE}", "\n$/")
    return claim if names == claim.names else claim._replace(names=names).delivered(stays=False)


def bake_calls(texts: Iterable[tuple[str, str]], own: Own) -> BakeCalls:
    """Return how recipes, path and text of each, start Bake."""
    found: list[BakeCall] = []
    is_known, told = True, list(texts)
    for path, written in told:
        text = with_started(path, written, own)
        if "bake" not in text or bake.NAMED.search(path):
            continue
        plain = COMMENT.sub("", text).replace("\\\n", " ")
        lines, actions = _CALL.findall(plain), _ACTION.findall(plain)
        is_known = is_known and len(_ANY.findall(plain)) == len(lines) + len(actions)
        is_workflow = path.startswith(".github/workflows/")
        of_ci = is_workflow or is_own_action(path)
        fresh = is_workflow and is_on_new_machines(plain)
        values = assigned(plain)
        has_token = not is_workflow or exposes_token(plain)
        for line in lines:
            for each in _read(line, values, fresh=fresh):
                sets = each.sets if has_token else tuple(map(_without_token, each.sets))
                found.append(each._replace(of_ci=of_ci, sets=sets))
        if actions:
            found += _by_actions(path, written, own)
        if BAKES.search(text):
            found += map(_called, told_to_bake(text))
    return BakeCalls(tuple(found), is_known, not any(PUSHES.search(text) for _, text in told))


def _without_token(told: str) -> str:
    """Return what sets a cache, to none where that lacks the token for it."""
    return told if without_tokens(told) else told.partition("=type=")[0] + "="


def _by_actions(path: str, text: str, own: Own) -> Iterator[BakeCall]:
    """Yield what the steps of a workflow give to Bake by Docker's action."""
    for steps, scope in jobs_in(path, text, own):
        told = (scope.given(each) for each in steps if _ACTION.match(str(each.get("uses"))))
        for each in told:
            sets = tuple(line.strip() for line in each.get("set", "").split("\n"))
            outputs = (line for line in sets if ".output" in line)
            pushes = each.get("push", "false").lower() != "false"
            call = BakeCall(
                "",
                pushes or any(map(_TO_REGISTRY.search, outputs)),
                cold=each.get("no-cache", "").lower() == "true",
                fresh=scope.fresh,
                of_ci=True,
                sets=sets,
                targets=frozenset(each.get("targets", "").replace(",", "\n").split()),
            )
            for file in each.get("files", "").replace(",", "\n").split() or bake.DEFAULT:
                yield call._replace(file=posixpath.basename(file))


def _called(told: Mapping[str, str]) -> BakeCall:
    """Return what a job gives to Bake that calls Docker's own workflow for it."""
    file = posixpath.basename((told.get("files") or _OF_WORKFLOW).split()[0])
    pushes = is_on(told, "push") and told.get("output") == "image"
    sets = tuple(caches_for_bake(told))
    targets = frozenset(told.get("target", "").split())
    return BakeCall(file, pushes, cold=False, fresh=True, of_ci=True, sets=sets, targets=targets)


def _read(line: str, values: Values, *, fresh: bool) -> Iterator[BakeCall]:
    """Yield what one command line gives to Bake, for each of the values of its variables."""
    for words in (each.split() for each in filled(line, values)):
        if any(each.strip("\"'${}") in values for each in words if "$" in each):
            continue  # a variable that is made of itself
        flags = [each.strip("\"'") for each in words]
        pushes, cold = "--push" in flags, "--no-cache" in flags
        sets = tuple(filter(_SETS.fullmatch, flags))
        is_fresh = fresh and line.count(_CACHES) <= "\n".join(sets).count(_CACHES)
        targets = frozenset(_targets(flags))
        for file in _named(flags) or bake.DEFAULT:
            name = posixpath.basename(file)
            yield BakeCall(name, pushes, cold, is_fresh, sets=sets, targets=targets)


def _targets(words: Sequence[str]) -> Iterator[str]:
    """Yield the words that name what is to be built."""
    for before, word in pairwise(("", *words)):
        if not word.startswith("-") and before not in _WITH_VALUE:
            yield word


def _named(flags: Sequence[str]) -> list[str]:
    """Return the files that are named."""
    named = [value for flag, value in pairwise(flags) if flag in {"-f", "--file"}]
    return named + [each.partition("=")[2] for each in flags if each.startswith("--file=")]
