"""Releases of distributions that have left their mirrors, and the commands that fail for it."""

from __future__ import annotations

from dlint.model.stages import reachable
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects
    from dlint.syntax import Instruction

# Releases by the versions that tags name. `tools/sizes/ended.py` asks the mirrors: it was last run
# on CHECKED. CentOS's images ask mirrorlist.centos.org, a host that is no more.
CHECKED = "2026-12-02"
ENDED: dict[str, dict[tuple[int, ...], str]] = {
    "debian": {(7,): "wheezy", (8,): "jessie", (9,): "stretch", (10,): "buster"},
    "ubuntu": {
        (15, 4): "vivid",
        (15, 10): "wily",
        (16, 10): "yakkety",
        (17, 4): "zesty",
        (17, 10): "artful",
        (18, 10): "cosmic",
        (19, 4): "disco",
        (19, 10): "eoan",
        (20, 10): "groovy",
        (21, 4): "hirsute",
        (21, 10): "impish",
        (22, 10): "kinetic",
        (23, 4): "lunar",
        (23, 10): "mantic",
        (24, 10): "oracular",
    },
    "centos": {(6,): "6", (7,): "7", (8,): "8"},
}
_ARCHIVES = {
    "debian": "archive.debian.org",
    "ubuntu": "old-releases.ubuntu.com",
    "centos": "vault.centos.org",
}
_MAY_HAVE_ENDED = regex(r"centos|debian|ubuntu|wheezy|jessie|stretch|buster")
_SAID = {"debian": "Debian", "ubuntu": "Ubuntu", "centos": "CentOS"}
_MANAGERS = {"debian": "apt", "ubuntu": "apt", "centos": "dnf"}
# What may have packages come from elsewhere; a list beside that of the image does not.
_OTHER_SOURCES = regex(
    r"/etc/apt(?!/(?:sources\.list\.d|keyrings|trusted\.gpg(?:\.d)?|preferences\.d)/)"
    r"|(?i:\bsources\.list\b(?!\.d)|archive|mirror|old-releases|proxy|releasever|repo|snapshot|vault)"
)
# Comments: whole lines, and the end of a line of a script, which no quote closes.
_COMMENTS = regex(r"(?m)^[ \t]*#.*$|(?<=[ \t;])#[ \t][^\n\"'`]*$")
# A line of a list that is written beside that of the image: its address is of other packages.
_BESIDE = regex(
    r"\bdeb(?:-src)?\b(?:[^\n;&\\]|\\\n){1,500}?(?:>|\btee\b(?: -a| --append)?)\s*+[\"']?"
    r"/etc/apt/sources\.list\.d/"
)
_OVER_ALL = regex(r"\s[\"']?/(?:etc/?)?[\"']?\]?\s*\Z")  # a COPY to `/` or `/etc`


class Failing(NamedTuple):
    """A command of a RUN that asks mirrors for a release which they no longer have."""

    run: Run
    command: Command
    release: str  # as people say it: `Debian 10`
    archive: str  # the host that has it now


def failing_updates(build: Build) -> Mapping[int, Failing]:
    """Return the first commands that ask for an ended release, by the numbers of their RUNs; of
    each stage one. A fact.
    """
    found = (_first(build, stage) for stage in filter(build.live, build.stages))
    return {each.run.index: each for each in found if each is not None}


def never_builds(build: Build) -> bool:
    """Tell whether a stage that the image takes asks for an ended release."""
    failing = build.fact(failing_updates).values()
    if not failing or build.target is None:
        return False
    taken = reachable(build.stages, build.target)
    owners = (build.stage_of(each.run) for each in failing)
    return any(owner.index in taken for owner in owners if owner)


def _first(build: Build, stage: Stage) -> Failing | None:
    distribution, release = _ended(build, stage)
    if not release:
        return None
    from dlint.shell.effects import Unknown

    source = build.dockerfile.source
    for step in build.chain(stage):
        each, asking = step.instruction, None
        if isinstance(each, Run):
            effects = build.effects(each, step.state)
            asking = _asking(effects, distribution)
            if asking is None and effects.of(Unknown):
                return None  # a script may change where packages come from
        end = asking.span.end if asking else each.span.end
        if _may_change_sources(each, source.text[each.span.start : end]):
            return None
        if asking is not None and isinstance(each, Run):
            return Failing(each, asking, release, _ARCHIVES[distribution])
    return None


def _asking(effects: Effects, distribution: str) -> Command | None:
    """Return the first command of a RUN that asks the mirrors of a distribution for packages, and
    surely runs.
    """
    from dlint.shell.effects import Refresh

    manager = _MANAGERS[distribution]
    asking = effects.of_manager(Refresh, manager) if manager == "apt" else effects.calls_of(manager)
    return next((each.command for each in asking if each.command.certain), None)


def _ended(build: Build, stage: Stage) -> tuple[str, str]:
    """Return the distribution and the ended release that an official image stands on, as its tag
    says: empty for none.
    """
    image = stage.outermost.image or ""
    if not _MAY_HAVE_ENDED.search(image):
        return "", ""
    from dlint.facts.tools import version_of
    from dlint.facts.uses import base_reference

    base = base_reference(build, stage)
    if base is None or not base.is_official:
        return "", ""
    for name, ended in ENDED.items():
        version = version_of(stage, name) or ()
        for each, word in ended.items():
            if version[: len(each)] == each or (base.name, base.tag) == (name, word):
                number = f"{each[0]}.{each[1]:02}" if each[1:] else str(each[0])
                return name, f"{_SAID[name]} {number}"
    return "", ""


def _may_change_sources(instruction: Instruction, text: str) -> bool:
    """Tell whether a RUN or COPY, as far as its `text` goes, may have packages come from
    elsewhere.
    """
    if isinstance(instruction, Transfer) and _OVER_ALL.search(text):
        return True
    if not isinstance(instruction, Run | Transfer) or not _OTHER_SOURCES.search(text):
        return False
    told = _BESIDE.sub(" ", _COMMENTS.sub("", text))
    return _OTHER_SOURCES.search(told) is not None
