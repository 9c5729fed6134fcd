"""Where an image that a repository's own files build comes from and goes, as far as they say."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Why a build takes no step from a cache: it is told not to, or nothing was built there before.
OPTION, MACHINE = "option", "machine"
# What is true where it is of each start of a build, or of each of those that push, if any does.
_OF_EACH = ("stays", "for_job", "nameless", "part", "untagged", "files")
_OF_EACH_TOLD = ("fetched", "single")
_OF_ANY_PUSH = ("per_commit", "by_clock", "asked")
# Of those that push most often.
_OF_EACH_REGULAR = ("builder", "fresh", "renewed", "reads", "foreign")
# What brings steps of earlier builds to a new machine: a builder of another one, images.
FROM_ELSEWHERE = (
    r"\bendpoint:|\bdriver: *(?:remote|kubernetes|cloud)\b|\bdocker[ \t]+(?:load|context)\b"
)
# Whose cache is all that a build reads: GitHub's, also by folders that a step keeps there, or that
# of the image which it pushes itself.
GITHUBS, FOLDERS, IMAGES = "github", "folder", "image"
# What the builder is told to give out in the place of an image: nothing, a path, or what has one
# (https://docs.docker.com/build/exporters/). A variable alone may hold either, or a push.
_FILES = regex(r"type=(?:cacheonly|local|tar)\b.*|(?!\$[^/]*\Z)[^=]*")


def makes_files(outputs: str) -> bool:
    """Tell whether a build is told in each line to give out files or nothing, and no image."""
    told = [each.strip() for each in outputs.split("\n") if each.strip()]
    return bool(told) and all(map(_FILES.fullmatch, told))


class Delivery(NamedTuple):
    """Where the image of a build goes, and what the build has: a cache, a folder.

    `stays`: the image is for this machine; `for_job`: because what builds it starts it, too, or
    deletes it again. `pushes`: the build or what follows it pushes, `per_commit`: not for releases
    alone, nor by the clock, `by_clock`: by that as well, or by an event from elsewhere,
    `on_branch`: for commits of a branch, and not for requests alone. `cold`: why no step is taken
    from a cache, `OPTION` or `MACHINE`.
    `fetched`: the builder fetches the commit itself, so no `.git` is in the context, and no ignore
    file applies to it.
    `nameless`: of a service of Compose without an `image`, which `docker compose push` leaves out,
    or with a name that no registry takes of its owner. `builder`: a step before makes one that
    exports caches; `rows`: as how many rows of a matrix it is built, none where there is no matrix;
    `jobs`: in how many jobs it is pushed for commits, each row counted.
    `part`: only other images of the same file take files from it. `hopes`: all that it reads is
    GitHub's cache or that of its own image (`GITHUBS`, `FOLDERS`, `IMAGES`), which somebody has to
    write first. `typed`: a command starts the build, no action. `fresh`: on a machine that has
    built nothing before, so that cache mounts are empty; `renewed`: the files of the context have
    the time of the job, whoever builds. `single`: all steps together make one
    layer on top of the base. `untagged`: a command gives the image no name by which anybody could
    push it. `files`: it makes no image at all, but a folder or an archive of what would be in it,
    or nothing. `hidden`: a variable may hold more of its options. `reads`: it is told to read a
    cache, and does. `machine`: what GitHub calls the one that it runs on; "" where that is not
    known. `unwarmed`: the platforms, of several, for which none is taken from a cache. `foreign`:
    an action of others starts the build, or the first version of Docker's: its inputs have other
    names. `asked`: CI has Bake push the image, by the name that it has in its file.
    """

    stays: bool = False
    for_job: bool = False
    pushes: bool = False
    per_commit: bool = False
    by_clock: bool = False
    on_branch: bool = False
    cold: str = ""
    fetched: bool = False
    nameless: bool = False
    builder: bool = False
    rows: int = 0
    jobs: int = 0
    part: bool = False
    hopes: str = ""
    typed: bool = False
    fresh: bool = False
    renewed: bool = False
    single: bool = False
    untagged: bool = False
    files: bool = False
    hidden: bool = False
    reads: bool = False
    machine: str = ""
    unwarmed: str = ""
    foreign: bool = False
    asked: bool = False

    @classmethod
    def of_all(cls, several: Sequence[Delivery]) -> Delivery:
        """Return what is true of a build that is started several times: it stays where it always
        does, and is pushed where it ever is. What a build keeps for the next one is that of those
        which push most often.
        """
        pushing = [each for each in several if each.pushes]
        told = pushing or several
        most = max((each.often for each in pushing), default=0)
        regular = [each for each in pushing if each.often == most] or told
        return cls(
            pushes=bool(pushing),
            on_branch=any(map(attrgetter("on_branch"), told)),
            cold=min(each.cold for each in regular),
            rows=sum(each.rows for each in pushing),
            hidden=any(map(attrgetter("hidden"), several)),
            jobs=sum(each.jobs for each in pushing if each.per_commit),
            hopes=_hope(regular),
            machine=_only(map(attrgetter("machine"), several)),
            unwarmed=_only(map(attrgetter("unwarmed"), regular)),
            typed=any(map(attrgetter("typed"), regular)),
            **{name: any(map(attrgetter(name), pushing)) for name in _OF_ANY_PUSH},
            **_true_of_each(several, _OF_EACH),
            **_true_of_each(told, _OF_EACH_TOLD),
            **_true_of_each(regular, _OF_EACH_REGULAR),
        )

    @property
    def often(self) -> int:
        """How often it is started, to be compared: with commits, by the clock, or more seldom."""
        return 2 if self.per_commit else int(self.by_clock)

    @property
    def is_pushed(self) -> bool:
        """Whether the build pushes the image for others."""
        return self.pushes and not self.stays

    @property
    def is_for_builder(self) -> bool:
        """Whether nothing pushes the image: Compose pushes no service without an `image`."""
        return self.stays or self.nameless

    @property
    def refuses_cache(self) -> bool:
        """Whether the build is told to use no cache, where one might be there."""
        return self.cold == OPTION

    def within_job(self) -> Delivery:
        """Return the same for an image that ends with what builds it."""
        return self._replace(stays=True, for_job=True)


def _true_of_each(builds: Sequence[Delivery], names: Iterable[str]) -> dict[str, bool]:
    """Return for each of these fields whether it is true of all builds."""
    return {name: all(map(attrgetter(name), builds)) for name in names}


def _only(told: Iterable[str]) -> str:
    """Return what all builds tell; "" where they differ, or one does not tell."""
    found = set(told)
    return found.pop() if len(found) == 1 else ""


def _hope(builds: Sequence[Delivery]) -> str:
    """Return which cache builds without one of their own read, some at least; "" for several."""
    found = {each.hopes for each in builds if each.hopes}
    is_all = len(found) == 1 and all(each.hopes or each.cold for each in builds)
    return found.pop() if is_all else ""
