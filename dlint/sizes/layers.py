"""How large each instruction's layer is: the one answer that rules and verbs give."""

from __future__ import annotations

from functools import partial

from dlint.bytes.estimate import FOLDER_LAYER, layer_size, packed
from dlint.findings import Basis, Size
from dlint.model.standing import standing
from dlint.project.purpose import is_no_product
from dlint.sizes.changes import FRAME, rewritten_bytes
from dlint.sizes.installs import carried_bytes, run_bytes, stored_bytes
from dlint.syntax import Copy, Run, Transfer, Workdir
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.bytes.selection import Selection
    from dlint.images.recorded import RecordedLayer
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Rewrite
    from dlint.sizes.recorded import Recorded
    from dlint.syntax import Instruction

_WILDCARD = regex(r"[*?]++|\[[^\[\]]*+\]")


class LayerSizes:
    """The sizes of a build's layers, each worked out when it is asked for."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._known: dict[tuple[int, int], Size] = {}

    def of(self, stage: Stage, instruction: Instruction) -> Size:
        """Return about how many compressed bytes the layer of an instruction takes up in the chain
        of `stage`.
        """
        place = (stage.index, instruction.index)
        if place not in self._known:
            self._known[place] = self._measure(stage, instruction)
        return self._known[place]

    def _measure(self, stage: Stage, instruction: Instruction) -> Size:
        told = recorded_bytes(self._build, stage, instruction)
        if told is not None:
            return told
        match instruction:
            case Workdir():
                return Size(FOLDER_LAYER, Basis.MODELLED)
            case Run():
                return run_bytes(self._build, stage, instruction)
            case Transfer():
                return self._transferred(stage, instruction)
        return Size()

    def _transferred(self, stage: Stage, transfer: Transfer) -> Size:
        stored = self._build.fact(standing).stored(stage, transfer)
        selection = stored or self._build.taken(transfer)
        if selection is not None and _is_made_elsewhere(selection):
            return Size.unknown(f"what line {transfer.line} copies")
        if selection is not None:
            size = layer_size(selection, packed(selection))
            more = [Size.unknown(f"what line {transfer.line} copies")] * bool(selection.failures)
            more += [*self._filled(transfer), *self._yet_to_come(selection)]
            return size.plus(*more).worth_telling() if more else size
        if isinstance(transfer, Copy) and transfer.from_:
            return carried_bytes(self._build, transfer)
        return self._fetched(stage, transfer)

    def _filled(self, transfer: Transfer) -> list[Size]:
        """Return what a COPY takes of folders that are filled only where the image is pushed."""
        from dlint.facts.volatility import filled_by_pushes, made_before

        folders = made_before(self._build, transfer, self._build.fact(filled_by_pushes))
        return [Size.unknown(f"`{each}`, which is installed before the build") for each in folders]

    def _yet_to_come(self, selection: Selection) -> list[Size]:
        """Return what a COPY takes of folders of which git ignores what it names: that is made
        before a build, beside what is here.
        """
        repository, context = self._build.repository, self._build.context
        examples = {
            _WILDCARD.sub("x", each.lstrip("/")): each
            for each in selection.unmatched
            if "/" in each
        }
        sent = [each for each in examples if repository and not context.ignored(each)]
        made = repository.ignored(sent) if repository and sent else ()
        return [
            Size.unknown(f"`{examples[each]}`, which is made before the build") for each in made
        ]

    def _fetched(self, stage: Stage, transfer: Transfer) -> Size:
        """Return what an ADD of addresses takes up, as far as their servers tell."""
        from dlint.facts.addresses import is_git, is_remote
        from dlint.sizes.questions import ask_download

        state = next(
            (each.state for each in self._build.steps(stage) if each.instruction is transfer), None
        )
        unknown = Size.unknown(f"what line {transfer.line} fetches")
        if state is None:
            return unknown
        urls = [state.expand(word.text, transfer.escape) for word in transfer.sources]
        if not all(url and is_remote(url) and not is_git(url) for url in urls):
            return unknown
        told = [ask_download(self._build, url) for url in urls if url]
        return Size.sum((FRAME, *(each.size if each else unknown for each in told))).worth_telling()


def _is_made_elsewhere(selection: Selection) -> bool:
    """Tell whether nothing that a COPY names is here: something makes the files before a build, as
    nobody copies what is never there. Files that may be missing stand beside others.
    """
    is_missing = bool(selection.unmatched or selection.failures)
    return is_missing and not (selection.entries or selection.archives)


def layer_sizes(build: Build) -> LayerSizes:
    """Return the sizes of the layers of `build`; a fact: `build.fact(layer_sizes)`."""
    return LayerSizes(build)


def layer_bytes(build: Build, stage: Stage, instruction: Instruction) -> Size:
    """Return about how many compressed bytes the layer of an instruction takes up, the figure that
    `dlint layers` and `dlint push` give.
    """
    return build.fact(layer_sizes).of(stage, instruction)


def recorded_bytes(build: Build, stage: Stage, instruction: Instruction) -> Size | None:
    """Return what an image that was built before tells of the layer; None where it tells nothing,
    or there is none.
    """
    found = _recorded(build)
    return found.size(stage, instruction, run_bytes) if found else None


def recorded_layer(build: Build, stage: Stage, instruction: Instruction) -> RecordedLayer | None:
    """Return the layer that a step of the same cache key has made; None where none is known."""
    found = _recorded(build)
    return found.same(stage, instruction) if found else None


def recorded_base(build: Build) -> tuple[RecordedLayer, ...]:
    """Return the layers of the target's base, as an image tells them that was built before; none
    where it tells nothing, or the target stands on another base now.
    """
    found = _recorded(build)
    return found.base_layers if found else ()


def _recorded(build: Build) -> Recorded | None:
    if build.options.recorded is None:
        return None
    from dlint.sizes.recorded import recorded

    return build.fact(recorded)


def layers_bytes(build: Build, stage: Stage, instructions: Iterable[Instruction]) -> Size:
    """Return what several layers of `stage` take up together."""
    return Size.sum(layer_bytes(build, stage, each) for each in instructions)


def rest_bytes(build: Build, stage: Stage, instruction: Instruction) -> Size:
    """Return what the layer of an instruction takes up together with all later ones of the image:
    what a push uploads that misses the cache there and not before. Of several images that somebody
    may push, that of the most known bytes.
    """
    sums = (
        Size.sum(layer_bytes(build, each.stage, each.instruction) for each in steps)
        for steps in (_rest(build, target, stage, instruction) for target in _images(build, stage))
    )
    return max(sums, key=lambda each: (each.bytes, len(each.missing)), default=Size())


def _images(build: Build, stage: Stage) -> list[Stage]:
    """Return the targets whose images have a stage's layers; where there are others, without those
    that people build for themselves.
    """
    found = [each for each in build.targets if build.stands_on(each, stage)]
    products = [
        each
        for each in found
        if not (is_no_product(each.name or "") or _is_built_here_alone(build, each))
    ]
    return products or found


def _is_built_here_alone(build: Build, target: Stage) -> bool:
    """Tell whether a target is only built by what pushes nothing, such as a service of Compose
    without a name for its image.
    """
    names = build.names_for_builds(target)
    own = build.recipes.builds_of(build.path) if build.recipes else ()
    told = [each for each in own if each.target.lower() in names]
    return bool(told) and all(each.delivery.is_for_builder for each in told)


def _rest(build: Build, target: Stage, stage: Stage, instruction: Instruction) -> Iterator[Step]:
    """Yield the steps of a target's chain from an instruction of `stage` on."""
    for step in build.chain(target):
        if step.stage is stage and step.instruction.index < instruction.index:
            continue
        if build.stands_on(step.stage, stage):
            yield step


def again_bytes(build: Build, stage: Stage, run: Run, rewrites: Iterable[Rewrite]) -> Size:
    """Return about how many compressed bytes `rewrites`, commands of `run`, store a second time.

    Where the RUN does nothing else, that is its layer.
    """
    from dlint.shell.effects import Rewrite

    effects = build.effects(run)
    if effects.known and all(isinstance(each, Rewrite) for each in effects.items):
        return layer_bytes(build, stage, run)
    return rewritten_bytes(build, stage, run, rewrites, partial(stored_bytes, build))


def pushed_again(build: Build, runs: Iterable[Run]) -> Size:
    """Return what the next push uploads once RUNs have run again: the layers of those in stages
    that ship. What images copy out of the other stages is not known.
    """
    from dlint.facts.shipping import shipping

    sizes = []
    for run in runs:
        stage = build.stage_of(run)
        if stage and build.shipped(stage):
            sizes.append(layer_bytes(build, stage, run))
        elif stage and any(build.fact(shipping).taken(stage)):
            sizes.append(Size.unknown(f"what images copy of line {run.line}"))
    return Size.sum(sizes).worth_telling()
