"""What a push uploads: two builds side by side, layer by layer, in docker's own words."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain

from dlint.bytes.formats import format_of
from dlint.context.base import GIT_FOLDER
from dlint.facts.uses import base_reference
from dlint.findings import MIN_BYTES, Basis, Size
from dlint.model.merged import differing
from dlint.push.aligned import Aligned, pair, words_of
from dlint.push.documents import Target, steps_bytes
from dlint.push.sizes import in_format
from dlint.push.states import IMPORTED, WARM, kept_steps, makes_again
from dlint.push.wire import Counts, Delivery, Documents, overhead
from dlint.sizes import bases, recorded_base, recorded_layer
from dlint.syntax import Arg, Env, From
from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.images.facts import ImageFacts, LayerFact
    from dlint.images.recorded import RecordedLayer
    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys
    from dlint.model.stages import Stage
    from dlint.push.sizes import Sizes

PUSHED = "Pushed"
EXISTS = "Layer already exists"
MOUNTED_PREFIX = "Mounted from "
_ARGUMENTS = regex(r"(?:RUN )?\|(\d+) (.*)", re.DOTALL)
_ARGUMENT = regex(r"(?:^| )(\w+)=")
_SHELL = regex(r" (?=/\S*(?:sh|bash|ash|dash|zsh) )|$")


class Cause(NamedTuple):
    """Why a layer is made anew: the first instruction that changed, and which of its context paths
    did.
    """

    line: int
    paths: tuple[str, ...] = ()


class LayerPlan(NamedTuple):
    """One layer of the image that is pushed.

    `line` is None for a layer of the base. `size` is the blob's, compressed; `digest` and `diff_id`
    only where they are certain. The blob of a layer that is in the image `twice`, or in that of an
    earlier platform, goes up once.
    `as_of` is the day (ISO) of the table that tells a base's size. Two images with the same `blob`
    hold the same layer. `was` is the format that the registry has it in, where that is another.
    A layer that is pushed is not `certain` where a program of another stage runs again, which may
    make the same bytes: the registry has the layer then.
    """

    line: int | None
    instruction: str
    status: str
    size: Size
    diff_id: str | None = None
    digest: str | None = None
    cause: Cause | None = None
    twice: bool = False
    as_of: str | None = None
    blob: str = ""
    was: str = ""
    certain: bool = True

    @property
    def upload(self) -> Size:
        """What of it is uploaded."""
        if self.status != PUSHED or self.twice:
            return Size()
        return self.size._replace(doubt=self.size.bytes) if self.is_doubtful else self.size

    @property
    def is_doubtful(self) -> bool:
        """Whether it is pushed only if what programs make again is not what they made before."""
        return self.status == PUSHED and not self.certain


def _without_crumbs(size: Size, unknown: int) -> Size:
    """Return the sum of layers of which so many are not known in full; unknown where what is known
    is less than `MIN_BYTES` for each of these.
    """
    is_crumb = size.at_least and size.least < unknown * MIN_BYTES
    return Size.unknown(*size.missing) if is_crumb else size


class PushPlan(NamedTuple):
    """All layers of the image, the base's first, and what else goes over the wire."""

    layers: tuple[LayerPlan, ...]
    overhead_bytes: int

    @property
    def uploaded(self) -> Size:
        """What is uploaded of the layers, down to the last crumb that is known: for what compares
        pushes. That nothing is, only an image's manifest tells for sure.
        """
        uploads = [layer.upload for layer in self.layers if layer.status == PUSHED]
        if uploads or all(layer.digest for layer in self.layers):
            return Size.sum(uploads)
        return Size(0, Basis.MODELLED)

    @property
    def pushed(self) -> Size:
        """What is uploaded of the layers, as it is told: unknown where only a crumb of it is
        known.
        """
        return _without_crumbs(self.uploaded, self.unknown_layers)

    @property
    def unknown_layers(self) -> int:
        """How many uploaded layers are not known in full: the push is that much more than the known
        bytes of `pushed`.
        """
        return sum(layer.upload.at_least for layer in self.layers)

    @property
    def image(self) -> Size:
        """Compressed size of the image; unknown where only a crumb of what stands on its base is
        known.
        """
        own = [layer.size for layer in self.layers if layer.line is not None]
        above = _without_crumbs(Size.sum(own), sum(size.at_least for size in own))
        whole = Size.sum(layer.size for layer in self.layers).worth_telling()
        return Size.unknown(*whole.missing) if above.is_unknown else whole

    @property
    def tells_base(self) -> bool:
        """Tell whether the sizes of all of the base's layers are known; there may be none."""
        return not any(layer.size.at_least for layer in self.layers if layer.line is None)

    @property
    def base_day(self) -> str | None:
        """The day of the table that tells the base's size, where one does."""
        return next((layer.as_of for layer in self.layers if layer.as_of), None)

    @property
    def basis(self) -> Basis:
        """The weakest basis among the layers uploaded; unknown where one's size is."""
        return Basis.UNKNOWN if self.pushed.at_least else self.pushed.basis


def passed_arguments(facts: ImageFacts) -> dict[str, str]:
    """Return the build arguments that an image's history names before its RUNs: `|2 A=1 B=2 /bin/sh
    -c …`.

    One without a value stands there as `A=`, so nothing is said of those.
    """
    found: dict[str, str] = {}
    for step in facts.history:
        match = _ARGUMENTS.match(step.created_by)
        if match:
            starts = list(_ARGUMENT.finditer(match[2]))[: number(match[1]) or 0]
            ends = [*(start.start() for start in starts[1:]), len(match[2])]
            for start, end in zip(starts, ends, strict=True):
                found[start[1]] = _SHELL.split(match[2][start.end() : end])[0].rstrip()
    return {name: value for name, value in found.items() if value}


def blob_of(keyed: Keyed) -> str:
    """Name the blob of a step's layer: where the step alone decides its bytes, the same for all
    steps that make it.
    """
    return keyed.identity or keyed.key


class Made(NamedTuple):
    """What a build leaves behind, by keys: its steps in the builder's cache, its layers and bases
    in the registry. `sure` are the steps' keys of what surely differs.
    """

    steps: tuple[str, ...]
    layers: tuple[str, ...]
    sure: tuple[str, ...]

    @classmethod
    def by(cls, keys: Keys) -> Made:
        """Return what a build that was pushed leaves."""
        return cls(
            tuple(keyed.key for keyed in keys.all()),
            tuple(k.key for k in keys.image if k.layer or k.step.stage.is_external),
            tuple(keyed.sure for keyed in keys.all()),
        )


class Earlier:
    """What all builds so far have left behind: steps in the builder's cache, layers and bases in
    the registry.
    """

    def __init__(self) -> None:
        """Begin with an empty cache and an empty registry."""
        self.steps: set[str] = set()
        self.sure: set[str] = set()
        self.layers: set[str] = set()

    def add(self, made: Made) -> None:
        """Note a build that was pushed."""
        self.steps.update(made.steps)
        self.sure.update(made.sure)
        self.layers.update(made.layers)

    def known(self, made: Made) -> str:
        """Tell which steps and layers of a build are there already, 1 for each that is."""
        pairs = zip((self.steps, self.layers, self.sure), made, strict=True)
        return "".join("01"[name in there] for there, names in pairs for name in names)


class Before(NamedTuple):
    """What stood before: its keys (None: nothing was built) and the facts of its image, where there
    are any.

    `base` are the facts of the target's base as its registry has it now, where that was asked.
    `earlier` tells of the builds before that one: a warm builder takes a step from any of them,
    which is in the registry then. What such a build made elsewhere in the chain is another blob: a
    file that goes back to what it was is written with a new time.
    """

    keys: Keys | None
    facts: ImageFacts | None = None
    base: ImageFacts | None = None
    earlier: Earlier | None = None


def base_layers(before: Before) -> tuple[LayerFact, ...]:
    """Return the layers of the image before that are its base's."""
    return Aligned(before.keys.image if before.keys else (), before.facts).base


def make_plan(
    before: Before,
    after: Keys,
    sizes: Sizes,
    cache: str = "warm",
    delivery: Delivery | None = None,
) -> PushPlan:
    """Return the plan of pushing `after`'s target.

    `cache`: `warm`, the builder that made `before` builds again; `no-cache`, it runs all steps
    again; `imported`, a fresh checkout whose cache comes from the registry; `cold`, a fresh
    checkout without any. `delivery` tells how it goes to the registry: as its builder does by
    default.
    """
    if after.build.target is None:
        return PushPlan((), 0)
    delivery = delivery or Delivery.of(after.build.options.builder)
    plan = _Plan(before, after, sizes, cache)
    layers = list(plan.layers())
    if delivery.compression.force:
        layers = [*plan.compressed_anew(layers, before, delivery.compression.format)]
    layers = [_delivered(layer, delivery) for layer in layers]
    hidden = plan.hidden(layers)
    counts = counts_of(layers)
    counts = counts._replace(exists=counts.exists + hidden)
    documents = plan.documents(layers, len(layers) + hidden, delivery)
    return PushPlan(tuple(layers), overhead(delivery, counts, documents))


def counts_of(layers: Sequence[LayerPlan]) -> Counts:
    """Count the layers that go each way."""
    return Counts(
        pushed=sum(map(_goes_up, layers)),
        exists=sum(layer.status == EXISTS and not layer.twice for layer in layers),
        mounted=mounted_in(layers),
        uploaded=sum(layer.upload.bytes for layer in layers),
        again=sum(layer.status == EXISTS and layer.twice for layer in layers),
    )


def mounted_in(layers: Iterable[LayerPlan]) -> int:
    """Count the layers that are mounted from another repository."""
    return sum(layer.status.startswith(MOUNTED_PREFIX) for layer in layers)


def _goes_up(layer: LayerPlan) -> bool:
    return layer.status == PUSHED and layer.upload != Size()


def _delivered(layer: LayerPlan, delivery: Delivery) -> LayerPlan:
    """Return a layer as it goes to its repository, as far as that was asked for its blob."""
    if layer.digest in delivery.held:
        return layer._replace(status=EXISTS, cause=None)
    source = delivery.mounted.get(layer.digest or "")
    if source is None:
        return layer
    if source:
        return layer._replace(status=MOUNTED_PREFIX + source, cause=None)
    return layer._replace(status=PUSHED)


def size_of_fact(fact: LayerFact) -> Size:
    """Return the size of a layer that a manifest may tell."""
    return Size.unknown("not in its manifest") if fact.size is None else Size(fact.size, fact.basis)


def size_of_recorded(layer: RecordedLayer) -> Size:
    """Return the size of a layer that was recorded."""
    if layer.bytes is None:
        return Size.unknown("not recorded")
    return Size(layer.bytes, layer.basis)


def _described(
    line: int | None, text: str, status: str, fact: LayerFact, cause: Cause | None = None
) -> LayerPlan:
    """Return the plan of a layer that a manifest describes."""
    return LayerPlan(line, text, status, size_of_fact(fact), fact.diff_id, fact.digest, cause)


def _whole_base(build: Build, stage: Stage, text: str) -> LayerPlan:
    """Return a base that is where it was, as one layer."""
    found = bases.size_of(base_reference(build, stage))
    if found is None:
        return LayerPlan(None, text, EXISTS, Size.unknown("the base image"))
    return LayerPlan(None, text, EXISTS, Size(found.bytes, Basis.GUESSED), as_of=found.day)


def base_text(stage: Stage) -> str:
    """Return the words that the layers of a stage's base are told by."""
    return f"FROM {stage.image or stage.from_.rest.text}"


def tabled(build: Build, stage: Stage) -> bases.Base | None:
    """Return what the tables tell of the image that a stage stands on; None where its account holds
    another architecture than theirs, and so other layers.
    """
    reference = base_reference(build, stage)
    if reference is not None and reference.architecture not in {"", bases.TABLED}:
        return None
    name, tag = bases.name_and_tag(reference)
    return bases.base(name, tag) if name else None


class _Plan:
    def __init__(self, before: Before, after: Keys, sizes: Sizes, cache: str) -> None:
        self.after = after
        self.sizes = sizes
        self.new = after.image
        old_keys = before.keys
        self.old_build = old_keys.build if old_keys else None
        self.old: tuple[Keyed, ...] = old_keys.image if old_keys else ()
        self.old_all = list(old_keys.all()) if old_keys else []
        kept = list(kept_steps(old_keys, cache))
        self.cached = {keyed.key for keyed in kept}
        self.sure = {keyed.sure for keyed in kept}
        self.earlier = before.earlier or Earlier()
        self.cache = cache
        self.facts = Aligned(self.old, before.facts)
        self.now = before.base
        made = [keyed for keyed in self.old if keyed.layer]
        self.blobs = {keyed.key: keyed for keyed in made}
        self.identities = {keyed.identity: keyed for keyed in made if keyed.identity}
        self.uploaded: set[str] = set()
        self.pairs = {id(new): old for new, old in pair(self.old_all, list(after.all()))}
        self._causes: dict[int, Cause] = {}

    def layers(self) -> Iterator[LayerPlan]:
        """Yield the layers, base first."""
        cause: Cause | None = None
        for keyed in self.new:
            if isinstance(keyed.step.instruction, From):
                for number, layer in enumerate(self._base(keyed)):
                    yield layer._replace(blob=f"{keyed.key} {number}")
                continue
            hit = self._is_cached(keyed)
            if not hit and keyed.own and (cause is None or self._changed(keyed)):
                cause = self._cause(keyed)
            if keyed.layer:
                yield self._layer(keyed, hit=hit, cause=cause)._replace(blob=blob_of(keyed))

    def _is_cached(self, keyed: Keyed) -> bool:
        return keyed.key in self.cached or (self.cache == WARM and keyed.key in self.earlier.steps)

    @cached_property
    def sure_identities(self) -> set[str]:
        """What is sure of the blobs that the image before has, of those that programs decide."""
        return {keyed.sure_identity for keyed in self.blobs.values()} - {""}

    def _is_certain(self, keyed: Keyed) -> bool:
        """Tell whether a step that misses the cache by its key surely makes another layer: none
        has stood before that differs from it in no more than what programs of other stages make.
        """
        if self._is_cached(keyed):
            return True
        is_old = keyed.sure in self.sure or (self.cache == WARM and keyed.sure in self.earlier.sure)
        return not is_old and keyed.sure_identity not in self.sure_identities

    def compressed_anew(
        self,
        layers: Iterable[LayerPlan],
        before: Before,
        format: str,  # noqa: A002  what it is
    ) -> Iterator[LayerPlan]:
        """Yield the layers where all are to be of one format: one that the registry has in another
        is another blob.
        """
        facts = (*(each.layers for each in (before.facts, before.base) if each),)
        was = {fact.digest: format_of(fact.media_type) for fact in chain.from_iterable(facts)}
        made = {keyed.step.instruction.line: keyed for keyed in self.new if keyed.layer}
        for layer in layers:
            old = was.get(layer.digest)
            if not old or old == format:
                yield layer
                continue
            keyed = made.get(layer.line or 0)
            size = (
                self.sizes.of(keyed, self.after.build) if keyed else in_format(layer.size, format)
            )
            yield layer._replace(status=PUSHED, size=size, digest=None, was=old)

    def hidden(self, layers: Sequence[LayerPlan]) -> int:
        """Return how many layers of the base one entry stands for beside its first, as far as the
        tables tell them.
        """
        base = [layer for layer in layers if layer.line is None]
        found = None
        if len(base) == 1 and base[0].diff_id is None and base[0].status == EXISTS:
            reference = base_reference(self.after.build, self.new[0].step.stage)
            image, tag = bases.name_and_tag(reference)
            found = bases.sizes_of(image).get(tag)  # which opens no database
        return max(0, found.layers - 1) if found else 0

    def documents(self, layers: Sequence[LayerPlan], count: int, delivery: Delivery) -> Documents:
        """Return how large the documents are that go up with `layers`, of an image that has `count`
        of them.
        """
        own = sum(keyed.layer for keyed in self.new)
        in_git = self.after.build.repository is not None
        target = Target(self.after, count - own, in_git=in_git)
        attestation = target.attestation(delivery.provenance)
        elsewhere = bool(mounted_in(layers))
        if (
            not any(map(_goes_up, layers))
            and self.same_configuration
            and (delivery.mounts_configuration or not elsewhere)
        ):
            return Documents(0, attestation, mounted=elsewhere)
        known = self.facts.configuration_bytes
        more = steps_bytes(self.new) - steps_bytes(self.old) if known else 0
        return Documents(known + more if known else target.configuration, attestation)

    @property
    def same_configuration(self) -> bool:
        """Whether the image's configuration says the same as before, so that it is not uploaded
        either.

        It holds the history in the words of each instruction, but no flags and no stages' names.
        """
        old, new = (
            [
                (k.step.instruction.name, words_of(k))
                for k in chain
                if not isinstance(k.step.instruction, From)
            ]
            for chain in (self.old, self.new)
        )
        is_imported = self.cache == IMPORTED and self.after.profile.imports_configuration
        kept = self.cache == WARM or is_imported
        kept = kept and (self.now is None or self.facts.inherits(self.now))
        return kept and old == new

    def _base(self, keyed: Keyed) -> Iterator[LayerPlan]:
        stage = keyed.step.stage
        if not stage.is_external:
            return
        text = base_text(stage)
        same = any(keyed.own == old.own for old in self.old_all)
        if same and self.facts.base:
            for fact in self.facts.base:
                yield _described(None, text, EXISTS, fact)
            return
        if self.now is not None:
            yield from self._pulled(self.now.layers, text, stage.from_.line)
            return
        if same or keyed.key in self.earlier.layers:
            yield from self._standing_base(stage, text)
        else:
            certain = self._is_certain(keyed)
            for layer in self._moved(stage, text):
                yield layer._replace(certain=certain)

    def _standing_base(self, stage: Stage, text: str) -> Iterator[LayerPlan]:
        """Yield a base that is where it was: its layers where they were recorded, else one for
        all.
        """
        told = recorded_base(self.after.build)
        for layer in told:
            size = size_of_recorded(layer)
            yield LayerPlan(None, text, EXISTS, size, layer.diff_id, layer.digest)
        if not told:
            yield _whole_base(self.after.build, stage, text)

    def _moved(self, stage: Stage, text: str) -> Iterator[LayerPlan]:
        """Yield the layers of another base than before, as far as the tables tell them; those that
        the old base had are there.
        """
        cause = Cause(stage.from_.line)
        found = tabled(self.after.build, stage)
        if found is None:
            yield LayerPlan(None, text, PUSHED, Size.unknown("the base image"), cause=cause)
            return
        there = self.facts.digests | {layer.digest for layer in self.old_base}
        for layer in found.layers:
            exists = layer.digest in there
            size = Size(layer.bytes, Basis.GUESSED)
            status, why = (EXISTS, None) if exists else (PUSHED, cause)
            yield LayerPlan(None, text, status, size, cause=why, as_of=found.day)

    @cached_property
    def recorded(self) -> set[str]:
        """The keys of the steps whose layers were measured."""
        image = self.after.build.options.recorded
        return {layer.key for layer in image.layers} if image else set()

    @cached_property
    def old_base(self) -> tuple[bases.Layer, ...]:
        """The layers of the base before, as far as the tables tell them."""
        stage = next((keyed.step.stage for keyed in self.old if keyed.step.stage.is_external), None)
        found = tabled(self.old_build, stage) if self.old_build and stage else None
        return found.layers if found else ()

    def _pulled(self, layers: Iterable[LayerFact], text: str, line: int) -> Iterator[LayerPlan]:
        """Yield the layers of a base that its registry describes."""
        recorded = {layer.diff_id for layer in recorded_base(self.after.build)}
        for fact in layers:
            if self.facts.holds(fact) or fact.diff_id in recorded:
                yield _described(None, text, EXISTS, fact)
            else:
                yield _described(None, text, PUSHED, fact, Cause(line))

    def _layer(self, keyed: Keyed, *, hit: bool, cause: Cause | None) -> LayerPlan:
        instruction = keyed.step.instruction
        line, text = instruction.line, instruction.one_line
        old = self.pairs.get(id(keyed))
        found, fact = self._standing(keyed, old, hit=hit)
        if fact is not None:
            return _described(line, text, EXISTS, fact)
        size = self.sizes.of(keyed, self.after.build)
        if found:
            same = recorded_layer(self.after.build, keyed.step.stage, instruction)
            ids = (same.diff_id, same.digest) if same else ()
            return LayerPlan(line, text, EXISTS, size, *ids)
        if size.basis is Basis.EXACT and keyed.key not in self.recorded:
            size = size._replace(
                basis=Basis.MODELLED
            )  # another blob than the one that was measured
        twice = keyed.identity in self.uploaded
        self.uploaded.add(keyed.identity or keyed.key)
        certain = self._is_certain(keyed)
        return LayerPlan(line, text, PUSHED, size, cause=cause, twice=twice, certain=certain)

    def _standing(
        self, keyed: Keyed, old: Keyed | None, *, hit: bool
    ) -> tuple[bool, LayerFact | None]:
        """Tell whether the step's layer is in the image before, and what is known of it there."""
        same = self.blobs.get(keyed.key) if hit else None
        if same is None and makes_again(self.after, keyed, self.cache):
            same = self.identities.get(keyed.identity)
        if same is None and old is not None and self.facts.is_empty(old):
            same = old
        if same is not None:
            fact = self.facts.of(same)
            # an image whose manifest is known holds what it holds, whatever the builder has in its
            # cache
            return (fact is not None or not self.facts.known), fact
        if hit and keyed.key in self.earlier.layers:
            return True, None
        fact = self.facts.proved(keyed, self.after.build)
        return fact is not None, fact

    def _changed(self, keyed: Keyed) -> bool:
        """Tell whether the step itself changed, not only what stands below it."""
        old = self.pairs.get(id(keyed))
        return old is None or old.own != keyed.own

    def _cause(self, keyed: Keyed) -> Cause:
        """Return why a step runs again; several may copy from the stage of one that does."""
        if id(keyed) not in self._causes:
            self._causes[id(keyed)] = self._look_for_cause(keyed)
        return self._causes[id(keyed)]

    def _look_for_cause(self, keyed: Keyed) -> Cause:
        old = self.pairs.get(id(keyed))
        line = keyed.step.instruction.line
        if old is None or old.own == keyed.own:
            return Cause(line)
        changed = differing(keyed.inputs, old.inputs)
        paths = {GIT_FOLDER if path.startswith(f"{GIT_FOLDER}/") else path for path in changed}
        if paths:
            return Cause(line, tuple(sorted(paths)))
        for index in keyed.takes:
            for source in self.after.stages[index]:
                if source.own and not self._is_cached(source) and self._changed(source):
                    return self._cause(source)
        return Cause(self._variable(keyed, old) or line)

    def _variable(self, keyed: Keyed, old: Keyed) -> int | None:
        """Return the line of the ARG or ENV that gave the step another environment."""
        new_state, old_state = keyed.step.state, old.step.state
        names = {
            name
            for name in {**new_state.environment, **old_state.environment}
            if new_state.values.get(name) != old_state.values.get(name)
        }
        for step in reversed(self.after.build.chain(keyed.step.stage)):
            instruction = step.instruction
            if isinstance(instruction, Arg | Env) and any(
                pair.name in names for pair in instruction.pairs
            ):
                return instruction.line
        return None
