"""Images of which a build only takes what is the same in any: certificates, time zones and
accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.portable import SAME, taken_of_images
from dlint.text.paths import within

if TYPE_CHECKING:
    from dlint.facts.uses import ImageUse
    from dlint.model.build import Build

_DATA = (*SAME, "/tmp")  # noqa: S108  an empty folder, for images that have none


def gives_data_alone(build: Build, use: ImageUse) -> bool:
    """Tell whether nothing else leaves the stages that stand on an image: which one it is hardly
    matters to what is built.
    """
    if use.how != "from" or any(map(build.shipped, build.stages_on(use.stage))):
        return False
    sources = [each.source for each in build.fact(taken_of_images).get(use.stage.index, ())]
    return bool(sources) and all(each is not None and _is_data(each) for each in sources)


def _is_data(path: str) -> bool:
    return any(within(path, each) for each in _DATA)
