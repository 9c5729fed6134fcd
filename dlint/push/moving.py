"""What a push line supposes to stay as it is: images that the image copies from, and arguments."""

from __future__ import annotations

from dlint.facts.uses import image_uses
from dlint.push.plan import PUSHED
from dlint.push.renewed import layers_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model import Build
    from dlint.model.keys import Keys
    from dlint.push.plan import PushPlan

_MOST = 4  # arguments that are planned with another value: each takes as long as the push itself


def supposed(now: Keys, plan: PushPlan) -> list[str]:
    """Return what is supposed to stay as it is: with another one, layers that the push leaves where
    they are would go up as well.
    """
    return [*filter(None, [_moving_image(now.build, plan)]), *_open_arguments(now, plan)]


def _moving_image(build: Build, plan: PushPlan) -> str:
    """Return an image with a tag that moves, as it is written, of which a layer holds files that
    the push leaves where it is, with others on top; "" where there is none.
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


def _open_arguments(now: Keys, plan: PushPlan) -> Iterator[str]:
    """Yield the arguments on which such a layer depends, and of which recipes do not tell the
    value: they are worked out when a workflow runs.
    """
    build, kept = now.build, {at for at, each in enumerate(plan.layers) if each.status != PUSHED}
    for name in [name for name in sorted(build.declared) if _is_worked_out(build, name)][:_MOST]:
        if not kept.isdisjoint(layers_by(now, [name])):
            yield name


def _is_worked_out(build: Build, name: str) -> bool:
    return any(each.is_filled_in for each in build.passed_by_pushes(name))
