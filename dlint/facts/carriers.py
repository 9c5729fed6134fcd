"""Images of which a build only takes what is the same in any: certificates, time zones and
accounts, or what their tools have downloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.portable import SAME, taken_of_images
from dlint.syntax import Run
from dlint.text.paths import within

if TYPE_CHECKING:
    from dlint.facts.uses import ImageUse
    from dlint.model.build import Build

_DATA = (*SAME, "/tmp")  # noqa: S108  an empty folder, for images that have none
# What brings files from elsewhere, and what it takes: these do so in any version of an image.
_FETCHING = frozenset(
    """
    apk apt-get cat cd chmod cp curl echo grep gunzip gzip install ls mkdir mv printf rm set
    sha256sum sha512sum tar test unzip wget xz
    """.split()
)
# Where official images, and packages, keep what is theirs.
_OF_IMAGE = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/sbin", "/usr", "/var")


def gives_data_alone(build: Build, use: ImageUse) -> bool:
    """Tell whether nothing else leaves the stages that stand on an image: which one it is hardly
    matters to what is built.
    """
    if use.how != "from" or any(map(build.shipped, build.stages_on(use.stage))):
        return False
    sources = [each.source for each in build.fact(taken_of_images).get(use.stage.index, ())]
    return bool(sources) and all(each is not None and _is_data(each) for each in sources)


def gives_downloads_alone(build: Build, use: ImageUse) -> bool:
    """Tell whether the stages on an official image only download, unpack and move files, and none
    that leaves them may be the image's own or a package's.
    """
    if use.how != "from" or use.reference is None or not use.reference.is_official:
        return False
    stages = tuple(build.stages_on(use.stage))
    sources = [each.source for each in build.fact(taken_of_images).get(use.stage.index, ())]
    if any(map(build.shipped, stages)) or not sources or not all(map(_is_brought, sources)):
        return False
    runs = [each for stage in stages for each in stage.instructions if isinstance(each, Run)]
    return bool(runs) and all(_only_fetches(build, run) for run in runs)


def _is_brought(path: str | None) -> bool:
    return path not in {None, "/"} and not any(within(path or "", each) for each in _OF_IMAGE)


def _only_fetches(build: Build, run: Run) -> bool:
    script = build.script(run)
    return script.parsed and all(each.name in _FETCHING for each in script.commands)


def _is_data(path: str) -> bool:
    return any(within(path, each) for each in _DATA)
