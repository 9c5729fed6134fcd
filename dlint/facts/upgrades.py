"""Upgrades of all that a base image holds: why they are there, and whether a newer base comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.tags import Precision
from dlint.facts.uses import image_uses, is_own, likely_base
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.facts.uses import ImageUse
    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Run

# A comment above a RUN, or in it, by which the upgrade is there on purpose.
_WANTED = regex(r"(?i)#[^\n#]*\b(?:secur\w+|cves?|vulnerab\w+|patch(?:es|ed)?)\b")
# One anywhere in a file by which it is built anew for those who look for vulnerabilities.
_SCANNED = regex(r"(?i)#[^\n#]*\bvuln(?:erability)?[ _-]?scan")
# What tells of upgrades that are still to come.
_APT = r"\b(?:apt|apt-get|aptitude)[ \t][^\n;&|]{0,80}"
_DRY = r"(?:-\w?s\w?|--simulate|--dry-run|--just-print)"
_LOOKS = {
    "apt": regex(
        rf"{_APT}\b(?:dist-|full-)?upgrade\b[^\n;&|]{{0,80}}\s{_DRY}\b"
        rf"|{_APT}{_DRY}\s[^\n;&|]{{0,80}}\b(?:dist-|full-)?upgrade\b|{_APT}--upgradable\b"
    ),
    "apk": regex(
        r"\bapk[ \t][^\n;&|]{0,80}\b(?:list|upgrade)[ \t][^\n;&|]{0,80}"
        r"(?:--upgradable|-u|-s|--simulate)\b"
    ),
    "dnf": regex(r"\b(?:dnf|microdnf|tdnf|yum)[ \t][^\n;&|]{0,80}\bcheck-update\b"),
}
# What distributions call what they never release.
_WITHOUT_RELEASES = {
    "debian": ("sid", "unstable", "testing"),
    "alpine": ("edge",),
    "fedora": ("rawhide",),
}
# A build that asks the registry for the newest image of a name.
_PULLS = regex(r"--pull\b(?![= ](?:false|never|missing))|\bpull[\"']?[ \t]*[:=][ \t]*true\b")


def is_for_security(build: Build, run: Run) -> bool:
    """Tell whether a comment in a RUN, or directly above it, speaks of security, or one of the file
    of scans for vulnerabilities.
    """
    if build.fact(_is_scanned):
        return True
    source = build.dockerfile.source
    line = source.line(run.span.start)
    while line > 1 and source[source.line_span(line - 1)].lstrip().startswith("#"):
        line -= 1
    above = source.text[source.line_span(line).start : run.span.end]
    return _WANTED.search(above) is not None


def _is_scanned(build: Build) -> bool:
    return _SCANNED.search(build.dockerfile.source.text) is not None


def is_looked_for(build: Build, install: Install) -> bool:
    """Tell whether a script of the repository looks for upgrades that are still to come, of the
    same manager: where it is run in the image, that has to have all of them.
    """
    looks = _LOOKS.get(install.manager)
    return looks is not None and build.recipes_mention(looks)


def has_to_upgrade(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a distribution is meant to be upgraded as a whole, and never in parts: it has no
    releases, as openSUSE Tumbleweed (https://en.opensuse.org/SDB:Tumbleweed).
    """
    stage = build.stage_of(run)
    base = likely_base(build, stage) if stage else None
    if base is None:
        return False
    if install.manager == "zypper":
        return "tumbleweed" in base.repository
    return (base.tag or "").partition("-")[0] in _WITHOUT_RELEASES.get(base.name, ())


def keeps_to_its_release(build: Build, run: Run) -> bool:
    """Tell whether a distribution gives the packages of its own release alone, unless it is told
    another: it has nothing to upgrade
    (https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html).
    """
    stage = build.stage_of(run)
    base = likely_base(build, stage) if stage else None
    is_held = base is not None and _is_amazon_linux_2023(base)
    return is_held and "releasever" not in build.dockerfile.source.text


def _is_amazon_linux_2023(base: Reference) -> bool:
    """Tell whether an image is Amazon Linux 2023 or stands on it: `amazoncorretto:25-al2023`."""
    tag = base.tag or ""
    return "al2023" in tag or (base.name == "amazonlinux" and tag.startswith("2023"))


def is_base_renewed(build: Build, stage: Stage) -> bool:
    """Tell whether builds take the newest image of a stage's base anyway, as its tag may move."""
    base = stage.outermost
    uses = (each for each in build.fact(image_uses) if each.stage is base and each.how == "from")
    use = next(uses, None)
    if use is None or use.reference is None:
        return _takes_newest(build)
    is_moving = use.moves or _may_move(use)
    # of an own one perhaps no registry knows
    return is_moving and not is_own(build, use.reference) and _takes_newest(build)


def _takes_newest(build: Build) -> bool:
    """Tell whether builds ask the registry for the newest image, or have none of their own yet."""
    recipes = build.recipes
    if recipes is not None and recipes.finds_mounts_empty(build.path):
        return True
    return build.recipes_mention(_PULLS)


def _may_move(use: ImageUse) -> bool:
    return use.precision is not None and use.precision < Precision.PATCH
