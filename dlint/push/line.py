"""What `check` says of pushes: what a change of the files that a line takes uploads, and all that a
push without a build cache does.
"""

from __future__ import annotations

from dlint.context.base import GIT_FOLDER
from dlint.facts.uses import named_images
from dlint.findings import PUSH_UNKNOWN, SIZE_UNKNOWN, Size
from dlint.model.build import IF_CACHED
from dlint.model.keys import Keyed, Keys, shallow
from dlint.model.stages import reachable
from dlint.project.purpose import is_of_project
from dlint.push.moving import supposed
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.renewed import Next, layers_by, layers_of, next_build
from dlint.push.rows import Labels, as_dict, image_text, sum_text
from dlint.push.sizes import Sizes
from dlint.push.states import COLD, IMPORTED, NO_CACHE, WARM
from dlint.reads.arrivals import arrivals
from dlint.reads.missing import missing_sources
from dlint.text.units import listed, plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from dlint.model import Build
    from dlint.model.commits import History
    from dlint.push.plan import PushPlan
    from dlint.push.usual import Usual
    from dlint.reads.arrivals import Arrival


class _Change(NamedTuple):
    """A path, the step that takes it first, and which `paths` change: it alone, or none where most
    commits change only arguments. As many as `changes` of the last `commits` commits push the same
    layers; None without history. Where most change an instruction, the path is the Dockerfile's,
    `line` tells which one, and `before` is what stood before.
    """

    path: str = ""
    taker: Keyed | None = None
    paths: tuple[str, ...] = ()
    changes: int | None = None
    commits: int | None = None
    line: int = 0
    before: Before | None = None


_WITHOUT = (COLD, NO_CACHE)
_SPARED = {COLD: IMPORTED, NO_CACHE: WARM}  # what a builder without a cache would need
_WHATEVER = _Change()  # what changes is not told, nor does it matter to a push without a cache


class Upload(NamedTuple):
    """What goes up: of the image's `own` layers above its base `layers`, of `size` together, of
    which `unknown` are not known in full; `doubtful` ones go up only if a program makes other bytes
    than before.
    """

    layers: int
    own: int
    size: Size
    unknown: int = 0
    doubtful: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of the image's own layers go up."""
        return self.layers == self.own and not self.doubtful

    @property
    def counted(self) -> str:
        """How many layers go up: `2 of 5 layers`, `all 5 layers`, `up to 5 layers`."""
        whole = plural(self.own, "layer")
        if self.layers < self.own:
            return f"{self._most}{self.layers} of {whole}"
        return f"{self._most or 'all ' * (self.own > 1)}{whole}"

    @property
    def _most(self) -> str:
        return "up to " * (self.doubtful > 0)

    @property
    def in_short(self) -> str:
        """The same for a table: how many layers, and how large."""
        if not self.layers:
            return "no layer"
        return f"{self._most}{plural(self.layers, 'layer')}, {self.size}"

    @property
    def text(self) -> str:
        """What goes up, and how large it is: nothing of that where only a crumb is known."""
        if not self.layers:
            return "no layer"
        if not self.size.is_unknown:
            return f"{self.counted}, {sum_text(self.size, self.unknown)}"
        return self.counted + ", size unknown" * (self.unknown == self.layers)


def upload_of(plan: PushPlan) -> Upload:
    """Return what a plan uploads."""
    pushed = [layer for layer in plan.layers if layer.status == PUSHED]
    return Upload(
        layers=len(pushed),
        own=sum(layer.line is not None for layer in plan.layers),
        size=plan.pushed,
        unknown=plan.unknown_layers,
        doubtful=sum(layer.is_doubtful for layer in pushed),
    )


class Forecast(NamedTuple):
    """What a change pushes where the builder has a cache.

    `changed` is the context path taken to change, `taken` names it by the line that takes it first;
    `upload` is what goes up. `changes` says how many of the last `commits` commits push the same
    layers, whatever they changed; None where there is no git history. Each push has other values of
    what is in `renewed`, arguments and files, on which some layers depend; `is_each`: no other
    layers go up. `supposed` are the images and arguments of which others would be pushed as well.
    """

    changed: str
    taken: str
    upload: Upload
    changes: int | None = None
    commits: int | None = None
    renewed: tuple[str, ...] = ()
    is_each: bool = False
    supposed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Say what makes the push necessary, and what goes up."""
        same = listed((f"`{name}`" for name in self.supposed), 2)
        stay = f", as long as {same} stay{'s' * (len(self.supposed) == 1)} the same" if same else ""
        return f"{self._cause} pushes {self.upload.text}{stay}"

    @property
    def _cause(self) -> str:
        renewed = listed((f"`{name}`" for name in self.renewed), 2)
        if self.is_each:
            return f"a change of {renewed}"
        return f"a change of {self.taken}" + f" and of {renewed}" * bool(renewed)


class PushLine(NamedTuple):
    """What pushes of one image upload: after a change where the builder has a cache (`kept`, None
    where it is not known what changes), and whatever has changed where it has none (`cold`, None
    where that is no more). With `is_cold`, what pushes the image is known to have none;
    `is_of_tags`: it is pushed for tags alone, each of which writes a cache that the next one does
    not read.

    `path` is the Dockerfile's, `context` its build context where that is another folder. `target`
    is the stage that is meant where somebody names one. `data` is what the JSON says of the push.
    `image` says how large the whole image is, where anything tells how large its base is; `whole`
    is that size, or the least that it is.
    `is_told`: who pushes the image is seen, or nobody is known to build it, and all that does
    pushes it alike, and imports no cache that another build overwrites. Else this is what a push
    would be. With more than one of `platforms` it is pushed for several, and this is one's; for at
    most so many unless they `agree`.
    """

    path: str
    kept: Forecast | None
    cold: Upload | None
    data: dict[str, Any]
    context: str | None = None
    image: str = ""
    whole: Size | None = None
    is_cold: bool = False
    is_of_tags: bool = False
    target: str | None = None
    is_told: bool = True
    platforms: int = 0
    agree: bool = True

    @property
    def upload(self) -> Upload:
        """What goes up by a builder with the cache that what pushes the image is known to have."""
        told = self.cold if self.is_cold or self.kept is None else self.kept.upload
        assert told is not None  # noqa: S101  one of them is there
        return told

    @property
    def changed(self) -> str:
        """The context path whose change that is about; "" where it goes up whatever has changed."""
        return self.kept.changed if self.kept and not self.is_cold else ""

    @property
    def size(self) -> Size:
        """How many bytes that is, compressed."""
        return self.upload.size

    @property
    def is_telling(self) -> bool:
        """Whether it is told, and says more than that a push sends all layers, of unknown size."""
        is_plain = self.is_cold and not self.image and self.size.is_unknown
        return self.is_told and not is_plain

    @property
    def is_sized(self) -> bool:
        """Whether it says how many bytes anything is."""
        uploads = filter(None, (self.kept and self.kept.upload, self.cold))
        return bool(self.image) or not all(each.size.is_unknown for each in uploads)

    @property
    def in_short(self) -> tuple[str, str]:
        """The image's size, and what is pushed."""
        size = SIZE_UNKNOWN if self.whole is None else str(self.whole)
        return size, self.upload.in_short if self.is_told else PUSH_UNKNOWN

    def called(self, name: str) -> PushLine:
        """Return the same of an image with a name of its own."""
        return self._replace(path=name, data={"image": name, **self.data})

    @property
    def text(self) -> str:
        """Say it in one sentence."""
        of = f"for target {self.target}" if self.target else ""
        most = "" if self.agree else "up to "
        on = f"on each of {most}{self.platforms} platforms" if self.platforms > 1 else ""
        where = f"with context {self.context}" if self.context is not None else ""
        meant = " ".join(filter(None, (of, on, where)))
        image = f"; {self.image}" if self.image else ""
        return f"{meant}, " * bool(meant) + self._pushes + image

    @property
    def _pushes(self) -> str:
        """What is pushed, with a build cache and without one: what is known to be comes first."""
        if self.kept is None or self.cold is None:
            return self.kept.text if self.kept else f"{self._without} {self.upload.text}"
        if self.is_cold:
            return f"{self._without} {self.cold.text}; with one, {self.kept.text}"
        sizes = {str(self.kept.upload.size), str(Size.unknown())}
        more = self.cold.text if str(self.cold.size) not in sizes else self.cold.counted
        return f"{IF_CACHED}{self.kept.text}; without one, {more}"

    @property
    def _without(self) -> str:
        """What a sentence on a push without a cache begins with."""
        lacking = "a cache that a tag can read" if self.is_of_tags else "a build cache"
        return f"without {lacking} each push sends"


def push_line(
    build: Build, context: str | None = None, changed: str | None = None
) -> PushLine | None:
    """Return the line for `build`, which says what its `context` is; None where a push always sends
    all of it in one layer, where the packages that it installs are gone, and, with a build cache,
    where its image takes nothing from the context or what changes is not in git. `changed` is what
    the line is about, where that is told.
    """
    if build.target is None or _is_beside_the_point(build):
        return None
    now, cache, pushing = Keys(build, shallow), _cache(build), build.pushing
    is_cold = cache in _WITHOUT
    kept = _kept(now, changed, _SPARED.get(cache, cache))
    told = _cold(now, cache) if is_cold else kept
    if told is None or not told.upload.own:
        return None
    return PushLine(
        path=build.dockerfile.source.path,
        kept=_told_beside(kept, told, is_cold=is_cold),
        cold=told.upload if is_cold else told.beyond,
        data=_data(told, cache, kept or told),
        context=context,
        image=_image(told.plan),
        whole=told.plan.image,
        is_cold=is_cold,
        is_of_tags=is_cold and _is_cached_on_tags(build),
        target=build.named_target,
        is_told=pushing is not None and not _is_overwritten(build),
        platforms=pushing.platforms if pushing else 0,
        agree=pushing is None or pushing.agree,
    )


class _Push(NamedTuple):
    """A push after a change, by a builder with a `cache` or without one."""

    change: _Change
    now: Keys
    later: Next
    plan: PushPlan
    cache: str

    @property
    def upload(self) -> Upload:
        return upload_of(self.plan)

    @property
    def forecast(self) -> Forecast:
        later, change = self.later, self.change
        return Forecast(
            changed=change.path,
            taken=_taken(later.build, change),
            upload=self.upload,
            changes=change.changes,
            commits=change.commits,
            renewed=later.names,
            is_each=self._is_each,
            supposed=tuple(supposed(self.now, self.plan)),
        )

    @property
    def _is_each(self) -> bool:
        """Whether each push uploads the same layers without the change: with a cache of the same
        kind, since what a new checkout brings is another blob where it runs again.
        """
        pushed, layers = layers_of(self.plan), self.later.layers
        if not layers or pushed == layers:
            return bool(layers)
        alone = _planned(self.now, self.later, _WHATEVER, self.cache)
        return layers_of(alone) == pushed

    @property
    def beyond(self) -> Upload | None:
        """What would go up without a cache; None where that is no more."""
        upload = self.upload
        if upload.is_whole:
            return None
        whole = upload_of(_planned(self.now, self.later, self.change, COLD))
        return whole if whole.layers > upload.layers else None


def _told_beside(kept: _Push | None, told: _Push, *, is_cold: bool) -> Forecast | None:
    """Return what goes up with a cache; beside a push without one, where that is less."""
    if kept is None or (is_cold and kept.upload.layers >= told.upload.layers):
        return None
    return kept.forecast


def _data(told: _Push, cache: str, named: _Push) -> dict[str, Any]:
    """Return what the JSON says of a push, after the change that another one `named` is about."""
    build, path = told.later.build, named.change.path
    file = build.dockerfile.source.path
    return as_dict(
        told.plan, Labels(file, build.named_target, build.options.builder, cache, None, path)
    )


def _planned(now: Keys, later: Next, change: _Change, cache: str) -> PushPlan:
    before, sizes = change.before or Before(now), Sizes(later.build.options.builder)
    return make_plan(before, later.keys(change.paths), sizes, cache)


def _kept(now: Keys, changed: str | None, cache: str) -> _Push | None:
    """Return the likeliest push by a builder with a cache, or that of what has `changed`."""
    build, later = now.build, next_build(now)
    change = _likely(build, now, later, changed)
    if change is None or (not changed and _takes_unseen(build, now, _is_made_first(build))):
        return None
    return _Push(change, now, later, _planned(now, later, change, cache), cache)


def _is_made_first(build: Build) -> Callable[[Arrival], bool]:
    """Return what tells whether a COPY finds nothing, because that is made before each build."""
    found = build.fact(arrivals)
    return lambda each: each.missing or (not each.sources and found.is_built_outside(each))


def _cold(now: Keys, cache: str) -> _Push:
    """Return what any push is by a builder without a cache."""
    later = Next(now.build)
    return _Push(_WHATEVER, now, later, _planned(now, later, _WHATEVER, cache), cache)


def _is_cached_on_tags(build: Build) -> bool:
    """Tell whether tags alone push the image, and write a cache that no other tag reads."""
    if build.recipes is None:
        return False
    from dlint.project.tag_caches import cached_on_tags

    return bool(cached_on_tags(build.recipes, build.path))


def _is_beside_the_point(build: Build) -> bool:
    """Tell whether a push sends all in one layer, no new build comes to its end, or what the image
    takes is not in the checkout.
    """
    if build.makes_one_layer:
        return True
    from dlint.facts.ended_releases import never_builds

    return never_builds(build) or _is_elsewhere(build)


def _taken(build: Build, change: _Change) -> str:
    """Name what changes by the line that takes it first; by its path where that line is of another
    Dockerfile.
    """
    if change.line:
        return f"line {change.line}"
    taker = change.taker and change.taker.step.instruction
    if taker is None or taker not in build.dockerfile.instructions:
        return f"`{change.path}`"
    return f"what line {taker.line} {'reads' if taker.name == 'RUN' else 'copies'}"


def _image(plan: PushPlan) -> str:
    """Say how large the image is; nothing where that, or its base, is not known."""
    is_known = plan.tells_base and not plan.image.is_unknown
    return image_text(plan.image, plan.base_day) if is_known else ""


def _cache(build: Build) -> str:
    """Return the cache of what pushes the image: none on a new machine, or where it is told so."""
    if build.cold_pushes:
        return COLD
    if build.has_no_cache:
        return NO_CACHE
    is_warm = _is_imported(build) and build.options.cache == WARM
    return IMPORTED if is_warm else build.options.cache


def _is_imported(build: Build) -> bool:
    return build.pushing is not None and build.pushing.cache == IMPORTED


def _is_overwritten(build: Build) -> bool:
    """Tell whether another build overwrites the cache that the image imports: nobody knows which of
    both was the last one.
    """
    if not _is_imported(build):
        return False
    from dlint.facts.argument_exports import argument_exports
    from dlint.facts.exports import collisions, split_exports

    return any(map(build.fact, (collisions, split_exports, argument_exports)))


def _likely(build: Build, now: Keys, later: Next, told: str | None) -> _Change | None:
    """Return what is the likeliest to change, or what is `told`; None where nothing is taken of the
    context and no commit changes an instruction, or where none of it has changed for long: a base,
    an argument or what a build outside makes does instead.
    """
    takers = [*_takers(build, now)]
    first = _first_takers(build, takers)
    if told is not None and told in first:
        return _Change(told, first[told], (told,))
    history = build.history
    found = _usual(now, later, takers, first) if history else None
    if history and (_is_unforeseen(build, now, history, found) or _takes_worked_out(build, now)):
        return None
    if found is not None and found.line:
        numbers = found.commits, found.last
        return _Change(found.path, None, (), *numbers, line=found.line, before=found.before)
    if not first:
        return None
    path = found.path if found else ""
    path = path or max(first, key=lambda each: _weight(each, first, history))
    taker = first[path]
    if found is None:
        return _Change(path, taker, (path,))
    return _Change(path, taker, (path,) if found.path else (), found.commits, found.last)


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


def _is_elsewhere(build: Build) -> bool:
    """Tell whether what the image takes is not in the checkout: the repository has it not, or the
    context is a folder that a program makes for the build.
    """
    recipes = build.recipes
    is_assembled = recipes is not None and recipes.is_assembled(build.path)
    return is_assembled or bool(build.fact(missing_sources))


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
    commits lead to the push that most do, or they do so by the Dockerfile, and what is built
    outside changes more often. Of a few, they may change the Dockerfile alone.
    """
    if found is None:
        from dlint.push.usual import own_path

        is_edited = history.count(own_path(build)) > 1  # one of them brought it
        return history.is_telling or is_edited or _takes_outputs(build)
    may_be = found.line > 0 or found.commits * 2 < found.last
    return may_be and _takes_unseen(build, now, _is_unseen)


def _takes_worked_out(build: Build, now: Keys) -> bool:
    """Tell whether a layer depends on arguments that a matrix gives which a workflow works out:
    other ones are as good a reason for a push, and it is not seen when they come.
    """
    if build.recipes is None or not build.declared:
        return False
    from dlint.project.matrices import are_worked_out

    found = are_worked_out(build.recipes, build.path, build.declared)
    return bool(found and layers_by(now, found))


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
