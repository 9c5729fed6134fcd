"""Whether a base image is one of Debian's or Ubuntu's kin, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.images.reference import parse_reference
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.syntax import Run

# Official images that are not based on Debian or Ubuntu, whatever their tag.
_OTHERS = frozenset(
    "alpine alt amazonlinux archlinux busybox centos clearlinux fedora mageia oraclelinux photon"
    " rockylinux almalinux".split()
)
_OTHER_TAGS = regex(r"alpine|windows|nanoserver|ol|oracle|ubi|fedora|centos|al20|rocky")


def is_debian(build: Build, run: Run) -> bool:
    """Tell whether a RUN's base image is based on Debian or Ubuntu: an official one, or NVIDIA's,
    which adds packages to Ubuntu's.
    """
    try:
        reference = parse_reference(_base(build, run) or "")
    except ValueError:
        return False
    if (reference.account, reference.name) == ("nvidia", "cuda"):
        return "ubuntu" in (reference.tag or "")
    mirror = reference.registry.partition("docker.io")[0]
    is_official = reference.is_official and "." not in mirror
    is_other = reference.name in _OTHERS or _OTHER_TAGS.search(reference.tag or "")
    return is_official and not is_other


def _base(build: Build, run: Run) -> str | None:
    stage = build.stage_of(run)
    return build.chain(stage)[0].stage.image if stage else None
