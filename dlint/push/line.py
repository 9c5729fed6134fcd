"""What `check` says of the next push: what it uploads when the commits to come are as most of the
last ones.
"""

from __future__ import annotations

import posixpath

from dlint.context.base import GIT_FOLDER
from dlint.facts.uses import named_images
from dlint.model.keys import Keyed, Keys, shallow
from dlint.model.stages import reachable
from dlint.project.purpose import is_of_project
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.renewed import Next, layers_of, next_build
from dlint.push.rows import ASSUMED, SAME_ARGUMENTS, Labels, as_dict, image_text, sum_text
from dlint.push.sizes import Sizes
from dlint.reads.arrivals import arrivals, deleted_sources
from dlint.text.patterns import regex
from dlint.text.units import conjugate, of_the_last, plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from dlint.findings import Size
    from dlint.model import Build
    from dlint.model.commits import History
    from dlint.push.plan import PushPlan
    from dlint.push.usual import Usual
    from dlint.reads.arrivals import Arrival

_CARRIES = regex(r"\b(?:docker|podman)[ \t]+(?:image[ \t]+)?save\b")


class _Change(NamedTuple):
    """A path that changes, and the instruction that takes it first. `paths` stand for all that
    changes with a push. As many as `changes` of the last `commits` commits push the same layers;
    None without history.
    """

    path: str
    line: int
    paths: tuple[str, ...]
    changes: int | None = None
    commits: int | None = None


class PushLine(NamedTuple):
    """The next push, foretold.

    `path` is the Dockerfile's, `context` its build context where that is another folder; `changed`
    is the context path taken to change, `line` the instruction that reads it first. `size` is that
    of the uploaded `layers`, of which `unknown_layers` are not known in full; `doubtful` ones are
    uploaded only if a program makes other bytes than before. `cold`: what is known to push the
    image has no cache, so this is what each push uploads, whatever has changed;
    `is_cache_assumed`: nothing says whether it has one. `target` is the stage that is meant where
    somebody names one.
    `image` says how large the whole image is, where anything tells how large its base is; `whole`
    is that size, or the least that it is.
    `changes` says how many of the last `commits` commits push the same layers, whatever they
    changed; None where there is no git history. `is_released`: what pushes the image does so for
    releases alone, or by the clock, so that a push comes after several commits.
    `renews`: each push passes other values of arguments that some layers depend on; `is_each`: no
    other layers go up.
    `stays`: nobody pushes the image, so this is what a push would be. `folder` is the one that the
    commits are counted of, where the context is not the repository's root.
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
    is_cache_assumed: bool = False
    target: str | None = None
    is_released: bool = False
    renews: bool = False
    is_each: bool = False
    stays: bool = False
    folder: str = ""

    @property
    def counted(self) -> str:
        """How many layers go up."""
        return "up to " * (self.doubtful > 0) + plural(self.layers, "layer")

    @property
    def in_short(self) -> tuple[str, str]:
        """The image's size, and what is pushed."""
        pushed = f"{self.counted}, {self.size}" if self.layers else "no layer"
        pushed = "not pushed" if self.stays else pushed
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
        image = f"; {self.image}" if self.image else ""
        if self.cold or self.is_each:
            return f"each build pushes {self.upload}{image}"
        if self.is_released and self.commits:
            commits = plural(self.commits, "commit") if self.commits > 1 else "commit"
            commits += f" to `{self.folder}/`" * bool(self.folder)
            return f"releasing the last {commits} pushes {self.upload}{image}"
        return f"changing `{self.changed}` pushes {self.upload}{self.often}{image}"

    @property
    def often(self) -> str:
        """How many commits push the same, where there are enough to tell."""
        if not self.changes:
            return ""
        from dlint.model.commits import ENOUGH

        if (self.commits or 0) < ENOUGH:
            return ""
        often = of_the_last(self.changes, self.commits or 0, self.folder)
        return f", as {conjugate(often, 'do')} {often}"

    @property
    def assumed(self) -> tuple[str, ...]:
        """What the plan takes to be as it was."""
        if self.cold:
            return (*ASSUMED, "no build cache")
        same = tuple(each for each in ASSUMED if not (self.renews and each == SAME_ARGUMENTS))
        return (*same, "a build cache") if self.is_cache_assumed else same

    @property
    def upload(self) -> str:
        """What goes up, in words."""
        if not self.layers:
            return "no layer"
        if self.size.is_unknown:
            return f"{self.counted}, size unknown (dlint push --against makes it known)"
        return f"{self.counted}, {sum_text(self.size, self.unknown_layers)}"


def push_line(
    build: Build, context: str | None = None, changed: str | None = None
) -> PushLine | None:
    """Return the line for `build`, which says what its `context` is; None where its image takes
    nothing from there, what changes is not in git, or a push always sends all of it in one layer.
    `changed` is what the line is about, where that is told.
    """
    if build.makes_one_layer:
        return None
    now = Keys(build, shallow)
    later = Next(build) if _is_cold(build) else next_build(now)
    likely = _likely(build, now, later, changed)
    if build.target is None or likely is None or _is_elsewhere(build):
        return None
    cache = _cache(build)
    plan = make_plan(Before(now), later.keys(likely.paths), Sizes(build.options.builder), cache)
    if not changed and _leaves_out(build, now, plan):
        return None
    pushed = [layer for layer in plan.layers if layer.status == PUSHED]
    options = build.options
    labels = Labels(
        build.dockerfile.source.path,
        build.named_target,
        options.builder,
        cache,
        None,
        likely.path,
    )
    return PushLine(
        path=build.dockerfile.source.path,
        changed=likely.path,
        line=likely.line,
        size=plan.pushed,
        unknown_layers=plan.unknown_layers,
        layers=len(pushed),
        changes=likely.changes,
        commits=likely.commits,
        folder=build.history.folder if build.history else "",
        data=as_dict(plan, labels),
        context=context,
        image=image_text(plan.image, plan.base_day) if plan.tells_base else "",
        whole=plan.image,
        doubtful=sum(layer.is_doubtful for layer in pushed),
        cold=_is_cold(build),
        is_cache_assumed=build.may_lack_cache,
        target=build.named_target,
        is_released=bool(likely.commits) and build.is_released,
        renews=bool(later.layers),
        is_each=bool(later.layers) and layers_of(plan) == later.layers,
        stays=not build.may_be_pushed(build.target),
    )


def _cache(build: Build) -> str:
    """Return the cache of what pushes the image: none on a new machine, or where it is told so."""
    if build.cold_pushes:
        return "cold"
    return "no-cache" if build.has_no_cache else build.options.cache


def _is_cold(build: Build) -> bool:
    """Tell whether what pushes the image lacks the cache that the options speak of."""
    return _cache(build) != build.options.cache


def _likely(build: Build, now: Keys, later: Next, told: str | None) -> _Change | None:
    """Return what is the likeliest to change, or what is `told`; None where nothing is taken of the
    context, or where none of it has changed for long: a base, an argument or what a build outside
    makes does instead.
    """
    takers = [*_takers(build, now)]
    first = _first_takers(build, takers)
    if not first:
        return None
    if told is not None and told in first:
        return _Change(told, first[told].step.instruction.line, (told,))
    history = build.history
    found = _usual(now, later, takers, first) if history else None
    if history and (
        _is_unforeseen(build, now, history, found) or _changes_itself(build, history, found)
    ):
        return None
    path = found.path if found else ""
    path = path or max(first, key=lambda each: _weight(each, first, history))
    line = first[path].step.instruction.line
    if found is None:
        return _Change(path, line, (path,))
    return _Change(path, line, found.paths, found.commits, found.last)


def _usual(
    now: Keys, later: Next, takers: Sequence[Keyed], first: Mapping[str, Keyed]
) -> Usual | None:
    """Return the push that most of the last commits lead to."""
    from dlint.push.usual import usual_push

    return usual_push(now, later, takers, with_git=GIT_FOLDER in first)


def _takers(build: Build, now: Keys) -> Iterator[Keyed]:
    """Yield the steps that the image is made by and that read files."""
    if build.target is not None:
        near = reachable(build.stages, build.target)
        for keyed in _reading(now):
            if keyed.inputs and keyed.step.stage.index in near:
                yield keyed


def _first_takers(build: Build, takers: Iterable[Keyed]) -> dict[str, Keyed]:
    """Return the first step that takes each file."""
    first: dict[str, Keyed] = {}
    entries = build.context.entries
    for keyed in takers:
        for path in keyed.inputs:
            if entries[path].kind == "file" or entries[path].opaque or path == GIT_FOLDER:
                first.setdefault(path, keyed)
    if GIT_FOLDER in first and build.is_fetched:
        del first[GIT_FOLDER]
    return first


def _changes_itself(build: Build, history: History, found: Usual | None) -> bool:
    """Tell whether more commits change the Dockerfile, where it is in the context, than what the
    image takes: at which line, and so what they push, is not known.
    """
    if build.recipes is None or build.repository is None or not history.is_telling:
        return False
    own = posixpath.relpath(build.path, build.repository.prefix or ".")
    return history.count(own) > (found.pushing if found else 0)


def _is_elsewhere(build: Build) -> bool:
    """Tell whether what the image takes is not in the checkout: a commit deleted it, or the context
    is a folder that a program makes for the build. Or nobody sees who builds it, and images are
    carried from one machine to another, which may find no layer of the last one.
    """
    if build.fact(deleted_sources):
        return True
    recipes = build.recipes
    if recipes is None:
        return False
    is_carried = not recipes.builds_of(build.path) and recipes.mention(_CARRIES)
    return is_carried or recipes.is_assembled(build.path)


def _reading(keys: Keys) -> Iterator[Keyed]:
    """Yield the steps that may read files; last those that take another image of the repository,
    with all that is read for it.
    """
    yield from keys.all()
    for step, other in keys.given.values():
        inputs: dict[str, str] = {}
        for keyed in _reading(other):
            inputs.update(keyed.inputs)
        yield Keyed(step, "", "", inputs=inputs)


def _takes_outputs(build: Build) -> bool:
    """Tell whether the image takes what is built before it."""
    found = build.fact(arrivals)
    brought = (found.in_stage(stage) for stage in build.stages if build.live(stage))
    return any(found.is_built_outside(each) for group in brought for _, each in group)


def _is_unforeseen(build: Build, now: Keys, history: History, found: Usual | None) -> bool:
    """Tell whether what makes a push necessary is not in git, or may not be: fewer than half of the
    commits lead to the push that most do. Without a cache all goes up, whatever has changed.
    """
    if found is None:
        return history.is_telling or _takes_outputs(build)
    may_be = not _is_cold(build) and found.commits * 2 < found.last
    return may_be and _takes_unseen(build, now, _is_unseen)


def _leaves_out(build: Build, now: Keys, plan: PushPlan) -> bool:
    """Tell whether a push of known bytes would leave out what nobody sees: of a context that may be
    the right one.
    """
    if plan.unknown_layers or not build.history or _is_cold(build):
        return False
    return _takes_unseen(build, now, _is_missing)


def _takes_unseen(build: Build, now: Keys, is_unseen: Callable[[Arrival], bool]) -> bool:
    """Tell whether the image takes what is put into the context before each build, so that it is
    missing there, or what an image holds that was built on the machine just before.
    """
    if build.target is None:
        return False
    near, found = reachable(build.stages, build.target), build.fact(arrivals)
    brought = (found.in_stage(build.stages[at]) for at in near)
    if any(is_unseen(each) for group in brought for _, each in group):
        return True
    given = {step.instruction.index for step, _ in now.given.values()}
    return any(
        use.is_of_this_machine
        for use, _ in build.fact(named_images)
        if use.stage.index in near and use.instruction.index not in given
    )


def _is_missing(arrival: Arrival) -> bool:
    return arrival.missing


def _is_unseen(arrival: Arrival) -> bool:
    return arrival.missing or not arrival.known


def _weight(
    path: str, first: Mapping[str, Keyed], history: History | None = None
) -> tuple[bool, int, int, int]:
    """Order paths by how likely a commit is to change them: by git history, else by how broad the
    COPY is.
    """
    return (
        is_of_project(path),
        history.count(path) if history else 0,
        len(first[path].inputs),
        -first[path].step.instruction.line,
    )
