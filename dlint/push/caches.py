"""What an exported build cache sends beside the image, and what a new builder fetches of it.

The semantics are those of BuildKit 0.13 in Docker 26.1.5; `docs/wire.md` tells what they were held
against.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from dlint.bytes.formats import FORMATS, GZIP, LEVELS, Compression
from dlint.errors import DlintError
from dlint.findings import Basis, Size
from dlint.images.reference import parse_reference
from dlint.model.stages import SCRATCH, reachable
from dlint.project.cache_entry import GHA, INLINE, MAX, REGISTRY, mode_of
from dlint.push.mounts import Place
from dlint.push.plan import base_text, blob_of, tabled
from dlint.push.sizes import Sizes, in_format
from dlint.push.states import kept_steps, makes_again
from dlint.syntax import From
from dlint.text.safe import number
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.model.keys import Keyed, Keys
    from dlint.project.cache_entry import CacheEntry
    from dlint.push.plan import PushPlan

QUOTA = 10_000_000_000
"""Bytes that GitHub keeps of a repository's caches
(https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching)."""


class CacheLayer(NamedTuple):
    """A layer in a cache, compressed; `line` is None for one of a base. `is_sent` tells that the
    cache did not hold it before, `blob` names it: two steps of one `blob` make one layer.
    """

    line: int | None
    instruction: str
    size: Size
    blob: str
    is_sent: bool = True


class Export(NamedTuple):
    """A cache that is exported: its layers, and the bytes of what describes them, which is sent
    each time. `quota` are the bytes that its place has for caches, None where it has no limit.
    """

    to: CacheEntry
    layers: tuple[CacheLayer, ...]
    description: int
    quota: int | None = None

    @property
    def sent(self) -> Size:
        """What is sent of the layers."""
        return Size.sum(layer.size for layer in self.layers if layer.is_sent).worth_telling()

    @property
    def size(self) -> Size:
        """What all layers take up."""
        return Size.sum(layer.size for layer in self.layers).worth_telling()

    @property
    def share(self) -> float | None:
        """Which part of the quota one cache takes up, 0.1 for 10 %, or the least that it does; None
        without a quota, and where nothing tells.
        """
        if self.quota is None or self.size.is_unknown:
            return None
        return ((self.size.told or 0) + self.description) / self.quota


class Fetch(NamedTuple):
    """What a new builder fetches that imports the cache `source` (None: it imports none).

    `needed` are the layers below and beside steps that run. `kept` are those of the image beyond
    them, which an engine fetches as well where it keeps the image; a builder that only pushes it
    leaves them where they are.
    """

    source: CacheEntry | None
    needed: tuple[CacheLayer, ...]
    kept: tuple[CacheLayer, ...]

    @property
    def size(self) -> Size:
        """What the steps need."""
        return Size.sum(layer.size for layer in self.needed).worth_telling()

    @property
    def whole(self) -> Size:
        """What is fetched where the engine keeps the image."""
        return Size.sum(layer.size for layer in (*self.needed, *self.kept)).worth_telling()


class Cached(NamedTuple):
    """What is told of an image's build caches: what is exported, and what a new builder fetches."""

    exports: tuple[Export, ...] = ()
    fetch: Fetch | None = None


# Bytes of a cache's manifest and configuration, as counted in those of BuildKit: around them, for
# each layer, for each step, of which those without a layer are told, too. A linked layer is told
# twice: by itself, and above those below it.
_AROUND, _LAYER, _STEP = 213, 488, 213


class Caches:
    """The caches of one image, before and after a change."""

    def __init__(
        self,
        before: Keys | None,
        after: Keys,
        plan: PushPlan,
        sizes: Sizes,
        home: Place | None = None,
    ) -> None:
        """Take both builds, the plan of the image that is pushed, what layers weigh, and the
        repository that the image goes to, where that is known.
        """
        self.before = before
        self.after = after
        self.plan = plan
        self.sizes = sizes
        self.home = home

    def cached(
        self,
        exports: Sequence[CacheEntry],
        sources: Sequence[CacheEntry],
        cache: str,
        quota: int | None,
    ) -> Cached:
        """Return what is told of caches; nothing where none is exported or imported. `cache` is the
        state of the builder's own, as of `make_plan`.
        """
        if self.after.build.target is None or not (exports or sources):
            return Cached()
        told = tuple(self.export(each, cache, quota) for each in exports)
        return Cached(told, self.fetch(sources or exports, exports))

    def _goes_home(self, to: CacheEntry) -> bool:
        """Tell whether a cache goes to the image's own repository."""
        if to.type != REGISTRY or self.home is None:
            return False
        try:
            reference = parse_reference(to.get("ref"))
        except ValueError:
            return False
        return Place(reference.registry, reference.repository) == self.home

    def export(self, to: CacheEntry, cache: str, quota: int | None) -> Export:
        """Return what an export sends. It holds what the build before exported there; in the
        repository of the image, the image's own layers are there already.
        """
        layers = () if to.type == INLINE else self._layers(to, cache)
        every = self.steps(self.after, MAX)
        steps = {keyed.key: keyed for keyed in every if _has_result(keyed)}
        told = len(layers) + sum(self.after.is_linked(each.step) for each in steps.values())
        described = _AROUND + _LAYER * told + _STEP * len(steps)
        most = quota or (QUOTA if to.type == GHA else None)
        return Export(to, layers, described, most)

    def fetch(self, sources: Sequence[CacheEntry], exports: Sequence[CacheEntry]) -> Fetch:
        """Return what a new builder fetches that imports the cache of the build before."""
        source = next(iter(sources), None) if self.before else None
        mode = mode_of(source, (*exports, *sources)) if source else None
        runner = _Runner(self, mode)
        runner.build()
        needed = runner.fetched
        kept = {
            layer.blob: layer
            for keyed in self.after.image
            if id(keyed) not in runner.ran
            for layer in self.layers_of(keyed)
            if layer.blob not in needed
        }
        return Fetch(source, tuple(needed.values()), tuple(kept.values()))

    def steps(self, keys: Keys, mode: str) -> Iterable[Keyed]:
        """Return the steps whose layers a cache of `mode` holds."""
        target = keys.build.target
        if target is None:
            return ()
        if mode != MAX:
            return keys.chain(target)
        built = reachable(keys.build.stages, target)  # nobody builds other targets' stages here
        return chain.from_iterable(keys.stages[index] for index in sorted(built))

    def _layers(self, to: CacheEntry, cache: str) -> tuple[CacheLayer, ...]:
        """Return the layers that an export holds, each once, in the format that it asks for."""
        weigh = self._scales(to)
        held = _Held(self, to.mode, cache)
        is_there = weigh is None and self._goes_home(to)
        beside = {keyed.key for keyed in self.after.image} if is_there else ()
        found: dict[str, CacheLayer] = {}
        for keyed in self.steps(self.after, to.mode):
            is_sent = not (held.has(keyed) or keyed.key in beside)
            for layer in self.layers_of(keyed, weigh):
                found.setdefault(layer.blob, layer._replace(is_sent=is_sent))
        return tuple(found.values())

    def _scales(self, to: CacheEntry) -> Callable[[Keyed], Size] | None:
        """Return what weighs layers in the format of a cache; None where that is the image's own.
        Where nothing here can write it, sizes are guessed from those that are known.
        """
        name, level = to.get("compression"), number(to.get("compression-level"))
        if name not in FORMATS or (name == GZIP and level is None):
            return None
        level = None if level is None or level > LEVELS[name] else level
        build = self.after.build
        try:
            sizes = Sizes(build.options.builder, compression=Compression(name, level))
        except DlintError:
            return lambda keyed: in_format(self._weight(keyed), name)
        return lambda keyed: sizes.of(keyed, build)

    def _weight(self, keyed: Keyed) -> Size:
        return self._known.get(id(keyed)) or self.sizes.of(keyed, self.after.build)

    def layers_of(
        self, keyed: Keyed, weigh: Callable[[Keyed], Size] | None = None
    ) -> Iterator[CacheLayer]:
        """Yield the layers that a step makes, or a base has; `weigh` tells the size of one in
        another format than the image's.
        """
        instruction = keyed.step.instruction
        if isinstance(instruction, From):
            yield from self._base(keyed)
        elif keyed.layer:
            size = (weigh or self._weight)(keyed)
            yield CacheLayer(instruction.line, instruction.one_line, size, blob_of(keyed))

    @cached_property
    def _known(self) -> dict[int, Size]:
        """Return the sizes that the plan knows of the image's own layers, by their steps."""
        steps = [keyed for keyed in self.after.image if keyed.layer]
        own = [layer for layer in self.plan.layers if layer.line is not None]
        if len(own) != len(steps):
            return {}
        return {id(keyed): layer.size for keyed, layer in zip(steps, own, strict=True)}

    def _base(self, keyed: Keyed) -> Iterator[CacheLayer]:
        """Yield the layers of an external base, or one for all of them."""
        stage = keyed.step.stage
        if not stage.is_external or stage.image == SCRATCH:
            return
        text = base_text(stage)
        for at, size in enumerate(self._base_sizes(keyed)):
            yield CacheLayer(None, text, size, f"{keyed.key} {at}")

    def _base_sizes(self, keyed: Keyed) -> Iterator[Size]:
        build, stage = self.after.build, keyed.step.stage
        outermost = next(iter(self.after.image), None)
        own = [layer.size for layer in self.plan.layers if layer.line is None]
        if outermost is not None and own and outermost.key == keyed.key:
            yield from own
            return
        found = tabled(build, stage)
        if found is None:
            yield Size.unknown("the base image")
            return
        for layer in found.layers:
            yield Size(layer.bytes, Basis.GUESSED)


class _Held:
    """What a cache holds of the build before, and a builder makes of that again."""

    def __init__(self, caches: Caches, mode: str, cache: str) -> None:
        before = caches.before
        steps = list(caches.steps(before, mode)) if before else []
        kept = {keyed.key for keyed in kept_steps(before, cache)}
        self._keys = {
            keyed.key
            for keyed in steps
            if keyed.key in kept or isinstance(keyed.step.instruction, From)
        }
        self._identities = {keyed.identity for keyed in steps if keyed.layer} - {""}
        self._after, self._cache = caches.after, cache

    def has(self, keyed: Keyed) -> bool:
        if keyed.key in self._keys:
            return True
        is_same = makes_again(self._after, keyed, self._cache)
        return is_same and keyed.identity in self._identities


def _has_result(keyed: Keyed) -> bool:
    """Tell whether a step makes something of its own; `FROM scratch` does not."""
    is_scratch = isinstance(keyed.step.instruction, From) and keyed.step.stage.image == SCRATCH
    return bool(keyed.own) and not is_scratch


class _Runner:
    """A builder with an empty cache of its own, which takes a step from the imported one where that
    holds its result.

    A step that runs mounts what is below it, so all of that is fetched. A linked COPY needs nothing
    below it until a step above is run. What a step copies from another stage is compared by its
    content: where that stage ran again, its result is on the disk.
    """

    def __init__(self, caches: Caches, mode: str | None) -> None:
        self.caches = caches
        self.keys = caches.after
        self.fetched: dict[str, CacheLayer] = {}
        self.ran: set[int] = set()
        before = caches.before if mode else None
        self.known = {keyed.key for keyed in before.all()} if before else set()
        shipped = {keyed.key for keyed in before.image} if before else set()
        self.results = self.known if mode == MAX else shipped
        self._on_disk: set[int] = set()

    def build(self) -> None:
        """Find the result of the image's last step, without the need to read it."""
        target = self.keys.build.target
        if target is None:
            return
        chain = self._chain(target.index)
        ready = self._ready(chain)
        above = range(len(chain), ready, -1)
        alone = next(
            (at for at in above if not self.keys.is_linked(chain[at - 1].step)),
            ready,
        )
        if alone > ready:
            self._read(chain[:alone])
        else:
            self._compare(chain[:ready])
        for keyed in chain[alone:]:
            if keyed.key not in self.results:
                self._run(keyed)

    def _chain(self, index: int) -> tuple[Keyed, ...]:
        """Return the steps of a stage that have a result of their own, the base first."""
        steps = self.keys.chain(self.keys.build.stages[index])
        return tuple(filter(_has_result, steps))

    def _ready(self, chain: tuple[Keyed, ...]) -> int:
        """Count the first steps up to the last one whose result the cache has with all below it, or
        up to the base.
        """
        there = (at for at in range(len(chain), 0, -1) if self._is_ready(chain[at - 1]))
        return next(there, 0)

    def _is_ready(self, keyed: Keyed) -> bool:
        """Tell whether a step and those below it need not run; a linked layer says nothing of what
        is below.
        """
        if isinstance(keyed.step.instruction, From):
            return True
        return keyed.key in self.results and not self.keys.is_linked(keyed.step)

    def _read(self, chain: tuple[Keyed, ...]) -> None:
        """Have the result of the last step on the disk."""
        if not chain or id(chain[-1]) in self._on_disk:
            return
        self._on_disk.add(id(chain[-1]))
        ready = self._ready(chain)
        self._compare(chain[:ready])
        for at, keyed in enumerate(chain):
            if at >= ready and keyed.key not in self.results:
                self._run(keyed)
            elif id(keyed) not in self.ran:
                layers = self.caches.layers_of(keyed)
                self.fetched |= {layer.blob: layer for layer in layers}

    def _compare(self, chain: tuple[Keyed, ...]) -> None:
        """Read what steps of the cache take from stages that are not in it: only its content tells
        that they stay as they were.
        """
        for index in dict.fromkeys(index for keyed in chain for index in keyed.takes):
            source = self._chain(index)
            if any(keyed.key not in self.known for keyed in source):
                self._read(source)

    def _run(self, keyed: Keyed) -> None:
        if id(keyed) in self.ran:
            return
        for index in keyed.takes:
            self._read(self._chain(index))
        self.ran.add(id(keyed))
