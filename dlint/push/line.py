"""What `check` says of the next push: what it uploads when the file that changes most often changes
once more.
"""

from __future__ import annotations

from dlint.model.keys import Changed, Keys, shallow
from dlint.project.discovery import is_dockerfile
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.rows import ASSUMED, Labels, as_dict, image_text, sum_text
from dlint.push.sizes import Sizes
from dlint.reads.arrivals import arrivals, deleted_sources
from dlint.text.units import plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dlint.findings import Size
    from dlint.model import Build
    from dlint.model.commits import History
    from dlint.model.keys import Keyed


class PushLine(NamedTuple):
    """The next push, foretold.

    `path` is the Dockerfile's, `context` its build context where that is another folder; `changed`
    is the context path taken to change, `line` the instruction that reads it first. `size` is that
    of the uploaded `layers`, of which `unknown_layers` are not known in full; `doubtful` ones are
    uploaded only if a program makes other bytes than before. `cold`: what is known to push the
    image has no cache, which the plan takes to be there. `target` is the stage that is meant
    where somebody names one.
    `image` says how large the whole image is, where anything tells how large its base is; `whole`
    is that size, or the least that it is.
    `changes` says in how many of the last `commits` commits the path changed; None where there is
    no git history.
    """

    path: str
    changed: str
    line: int
    size: Size
    unknown_layers: int
    layers: int
    changes: int | None
    commits: int | None
    data: dict[str, Any]
    context: str | None = None
    image: str = ""
    whole: Size | None = None
    doubtful: int = 0
    cold: bool = False
    target: str | None = None

    @property
    def counted(self) -> str:
        """How many layers go up."""
        return "up to " * (self.doubtful > 0) + plural(self.layers, "layer")

    @property
    def in_short(self) -> tuple[str, str]:
        """The image's size, and what is pushed."""
        pushed = f"{self.counted}, {self.size}" if self.layers else "no layer"
        return "size unknown" if self.whole is None else str(self.whole), pushed

    def called(self, name: str) -> PushLine:
        """Return the same of an image with a name of its own."""
        return self._replace(path=name, data={"image": name, **self.data})

    @property
    def text(self) -> str:
        """Say it in one sentence."""
        of = f" of {self.target}" if self.target else ""
        where = f" with {self.context} as context" if self.context is not None else ""
        return f"typical push{of}{where} ({', '.join(self.assumed)}): {self.forecast}"

    @property
    def forecast(self) -> str:
        """What changing the path pushes."""
        often = (
            f" ({self.changes} of the last {self.commits} commits)"
            if self.changes is not None
            else ""
        )
        image = f"; {self.image}" if self.image else ""
        return f"changing `{self.changed}`{often} pushes {self.upload}{image}"

    @property
    def assumed(self) -> tuple[str, ...]:
        """What the plan takes to be as it was."""
        return (*ASSUMED, "warm cache") if self.cold else ASSUMED

    @property
    def upload(self) -> str:
        """What goes up, in words."""
        if not self.layers:
            return "no layer"
        if self.size.is_unknown:
            return f"{self.counted}, size unknown (dlint push --against makes it known)"
        return f"{self.counted}, {sum_text(self.size, self.unknown_layers)}"


def push_line(build: Build, context: str | None = None) -> PushLine | None:
    """Return the line for `build`, which says what its `context` is; None where its image takes
    nothing from there, what changes is not in git, or the build fails.
    """
    now = Keys(build, shallow)
    likely = _likely(build, now)
    if build.target is None or likely is None or build.fact(deleted_sources):
        return None
    history, (changed, line) = build.history, likely
    later = Keys(build, Changed(shallow, changed))
    plan = make_plan(Before(now), later, Sizes(build.options.builder))
    pushed = [layer for layer in plan.layers if layer.status == PUSHED]
    options = build.options
    labels = Labels(
        build.dockerfile.source.path,
        build.named_target,
        options.builder,
        options.cache,
        None,
        changed,
    )
    return PushLine(
        path=build.dockerfile.source.path,
        changed=changed,
        line=line,
        size=plan.pushed,
        unknown_layers=plan.unknown_layers,
        layers=len(pushed),
        changes=history.count(changed) if history and history.commits > 1 else None,
        commits=history.commits if history else None,
        data=as_dict(plan, labels),
        context=context,
        image=image_text(plan.image, plan.base_day) if plan.tells_base else "",
        whole=plan.image,
        doubtful=sum(layer.is_doubtful for layer in pushed),
        cold=bool(build.cold_pushes),
        target=build.named_target,
    )


def _likely(build: Build, now: Keys) -> tuple[str, int] | None:
    """Return the path that is the likeliest to change, and the line that takes it first; None
    where nothing is taken of the context, or where none of it has changed for long: a base, an
    argument or what a build outside makes does instead.
    """
    first: dict[str, Keyed] = {}
    entries = build.context.entries
    for keyed in now.all():
        for path in keyed.inputs:
            if entries[path].kind == "file" or entries[path].opaque:
                first.setdefault(path, keyed)
    if not first:
        return None
    history = build.history
    changed = max(first, key=lambda path: _volatility(path, history, first[path]))
    if history and not history.count(changed) and (history.is_telling or _takes_outputs(build)):
        return None  # what makes a push necessary is not in git
    return changed, first[changed].step.instruction.line


def _takes_outputs(build: Build) -> bool:
    """Tell whether the image takes what is built before it."""
    found = build.fact(arrivals)
    brought = (found.in_stage(stage) for stage in build.stages if build.live(stage))
    return any(found.is_built_outside(each) for group in brought for _, each in group)


def _volatility(path: str, history: History | None, keyed: Keyed) -> tuple[bool, int, int, int]:
    """Order paths by how likely a commit is to change them: by git history, else by how broad the
    COPY is.

    The Dockerfile and hidden files come last: whoever changes them knows that a build follows.
    """
    name = path.rpartition("/")[2]
    is_source = not name.startswith(".") and not is_dockerfile(path)
    return (
        is_source,
        history.count(path) if history else 0,
        len(keyed.inputs),
        -keyed.step.instruction.line,
    )
