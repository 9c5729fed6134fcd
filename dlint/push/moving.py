"""What a push line supposes to stay as it is: images that the image copies from."""

from __future__ import annotations

from dlint.facts.uses import image_uses
from dlint.push.plan import PUSHED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model import Build
    from dlint.push.plan import PushPlan


def moving_image(build: Build, plan: PushPlan) -> str:
    """Return an image with a tag that moves, as it is written, of which a layer holds files that
    the push leaves where it is, with others on top: with the next image of that name these go up as
    well. "" where there is none.
    """
    last = max((each.line or 0 for each in plan.layers if each.status != PUSHED), default=0)
    own = {stage.index for stage in build.target.ancestors()} if build.target else set()
    moving = (
        use.written
        for use in build.fact(image_uses)
        if use.how == "copy"
        and use.moves
        and use.stage.index in own
        and use.instruction.line < last
    )
    return next(moving, "")
