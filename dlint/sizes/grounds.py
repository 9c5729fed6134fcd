"""What a stage stands on, as sources of packages' sizes need to know it: its distribution, C
library and Python.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.facts.uses import base_reference
from dlint.packages import Base
from dlint.sizes.bases import architecture_of, name_and_tag, newest, system_of
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Run

# Of each release its glibc, and the Python that its package `python3` is.
_GLIBC = {
    "buster": (2, 28),
    "bullseye": (2, 31),
    "bookworm": (2, 36),
    "trixie": (2, 41),
    "bionic": (2, 27),
    "focal": (2, 31),
    "jammy": (2, 35),
    "noble": (2, 39),
}
_PYTHONS = {
    "buster": "3.7",
    "bullseye": "3.9",
    "bookworm": "3.11",
    "trixie": "3.13",
    "bionic": "3.6",
    "focal": "3.8",
    "jammy": "3.10",
    "noble": "3.12",
}
# What Alpine's own image holds, of several releases.
ALPINE = frozenset(
    """
    alpine-baselayout alpine-baselayout-data alpine-keys alpine-release apk-tools busybox
    busybox-binsh ca-certificates-bundle libapk2 libcrypto3 libssl3 musl musl-utils scanelf
    ssl_client zlib
    """.split()
)
_ALPINE = regex(r"alpine(\d+\.\d+)")
# Images with dnf or one of its kin, by their names: the distribution as dnf knows it.
_REDHAT = (
    (regex(r"(?:\A|/)fedora(?:/fedora)?(?:-minimal)?\Z"), "fedora"),
    (regex(r"(?:\A|/)rockylinux(?:/rockylinux)?\Z"), "rockylinux"),
    (regex(r"(?:\A|/)almalinux(?:/\w+)?\Z"), "almalinux"),
    (regex(r"(?:\A|/)centos(?:/centos)?\Z"), "centos"),
    (regex(r"(?:\A|/)amazonlinux\Z"), "amazonlinux"),
    (regex(r"(?:\A|/)oraclelinux\Z"), "oraclelinux"),
    (regex(r"(?:\A|/)ubi(?P<release>\d+)(?:/ubi[\w-]*)?(?:-\w+)*\Z"), "ubi"),
)
_RELEASE = regex(r"(?:stream)?(\d+)")
_NUMBER = regex(r"(\d+\.\d+)")
_PYTHON = regex(r"py(?:thon)?-?(3)\.?(\d{1,2})(?![\d])")
_PACKAGE = regex(r"python(3\.\d+)(?:-(?:full|dev|venv|minimal))?\Z")


def base_of(build: Build, stage: Stage, run: Run | None = None) -> Base:
    """Return what `run`, or the first step of a stage, stands on, as far as names and tags tell."""
    reference = base_reference(build, stage)
    name, tag = name_and_tag(reference)
    architecture = architecture_of(build, reference)
    alpine = _alpine(reference)
    if alpine is not None:
        return Base(
            _python(reference),
            architecture,
            "musl",
            (1, 2),
            distribution="alpine",
            release=alpine,
        )
    system = system_of(name, tag) if tag else None
    if system is None:
        return Base(_python(reference), architecture)
    python = _python(reference) or _installed(build, stage, run, system.release)
    return Base(
        python,
        architecture,
        libc_version=_GLIBC.get(system.release, Base().libc_version),
        distribution=system.distribution,
        release=system.release,
        slim=system.slim,
    )


def rpm_base_of(build: Build, stage: Stage, manager: str) -> Base:
    """Return what an install by dnf or one of its kin stands on: nobody knows which packages the
    image holds, but the manager itself is there with all that it needs.
    """
    reference = base_reference(build, stage)
    architecture = architecture_of(build, reference)
    base = Base("", architecture, packages=frozenset({manager}), holds_more=True)
    if reference is None:
        return base
    for pattern, distribution in _REDHAT:
        if found := pattern.search(reference.repository.removeprefix("library/")):
            told = found.groupdict().get("release") or _RELEASE.match(reference.tag or "")
            release = told if isinstance(told, str) else told[1] if told else ""
            return base._replace(distribution=distribution, release=release)
    return base


def is_python_image(build: Build, stage: Stage) -> bool:
    """Tell whether a stage stands on Python's own image, or a mirror's copy of it."""
    return name_and_tag(base_reference(build, stage))[0] == "python"


def may_hold_packages(build: Build, stage: Stage) -> bool:
    """Tell whether a stage stands on an image that may hold packages of Python's already: any but
    an official one, or a mirror's copy of it.
    """
    return stage.outermost.is_external and not name_and_tag(base_reference(build, stage))[0]


def _alpine(reference: Reference | None) -> str | None:
    """Return the release of Alpine that an image stands on, empty where its tag does not tell; None
    for another system.
    """
    if reference is None:
        return None
    tag = reference.tag or ""
    if reference.name == "alpine":
        number = _NUMBER.match(tag)
        return number[1] if number else ""
    if not any(word.startswith("alpine") for word in tag.split("-")):
        return None
    found = _ALPINE.search(tag)
    return found[1] if found else ""


def _python(reference: Reference | None) -> str:
    """Return the version of Python that an image's name and tag tell, empty where they do not."""
    if reference is None:
        return ""
    tag = reference.tag or ""
    own = _NUMBER.match(tag) if reference.name == "python" else None
    told = _PYTHON.search(f"{reference.name}:{tag}")
    if own:
        return own[1]
    if told:
        return f"{told[1]}.{told[2]}"
    image, tag = name_and_tag(reference)
    # `3`, `slim`, `latest` are the newest
    return newest(image) if image == "python" and not tag.startswith("2") else ""


def _installed(build: Build, stage: Stage, run: Run | None, release: str) -> str:
    """Return the Python that apt has installed above a RUN, or in it."""
    names = set(_names(build, stage, run))
    own = next((found[1] for each in sorted(names) if (found := _PACKAGE.match(each))), "")
    if own:
        return own
    system = any(re.match(r"python3(?:-|\Z)|pipx\Z", each) for each in names)
    return _PYTHONS.get(release, "") if system else ""


def _names(build: Build, stage: Stage, run: Run | None) -> Iterator[str]:
    """Yield the names of packages that apt has installed above a RUN, or in it."""
    from dlint.shell.effects import Install

    if run is None:
        return
    named = build.fact(_named_for_apt)
    for each, count in build.parts_before(stage, run):
        for at, names in named[each.index]:
            if at < count:
                yield from names
    for install in build.effects(run).of(Install):
        if install.manager == "apt":
            yield from install.names


def _named_for_apt(build: Build) -> list[list[tuple[int, frozenset[str]]]]:
    """Return the names of packages that apt installs, by stage, with the number of the step."""
    from dlint.shell.effects import Install

    return [
        [
            (at, install.names)
            for at, step in enumerate(build.steps(stage))
            for _, install in build.effects_of(Install, [step])
            if install.manager == "apt"
        ]
        for stage in build.stages
    ]
