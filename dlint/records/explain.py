"""Why the steps of a real build ran, or did not: what dlint foretells of two builds beside what the
record of the second one tells.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dlint.context.base import GIT_FOLDER
from dlint.findings import Size
from dlint.model.keys import EMPTY
from dlint.model.merged import differing
from dlint.push.aligned import pair
from dlint.records.matching import base_digests, values_in
from dlint.records.record import Format, Result
from dlint.sizes.recorded import instruction_text
from dlint.syntax import Add, Arg, Env, From, Run
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys
    from dlint.push.sizes import Sizes
    from dlint.records.matching import Match, Matched
    from dlint.syntax import Instruction

Place = tuple[int, int]  # the numbers of a stage, and of a step in it


class Kind(StrEnum):
    """What made a step run."""

    FILES = "files"  # of the build context
    INSTRUCTION = "instruction"  # it is new, or has other words
    VALUE = "value"  # of an ARG or ENV, or what WORKDIR, USER or SHELL say
    BASE = "base"  # another image, or the same name with another digest
    NO_CACHE = "no-cache"  # no step came from the cache
    UNKNOWN = "unknown"


class Reason(NamedTuple):
    """What made a step run that no step before it has made run.

    `line` is that of the instruction which tells it, `names` are variables, `detail` says more of
    a base, or what else may have changed where nothing is known to have.
    """

    kind: Kind
    line: int
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    detail: str = ""


class Explained(NamedTuple):
    """A step of the build, and what a record tells of it.

    `expected` tells whether dlint expected it in the cache; None where nothing tells what stood
    before. `root` is the step that made it run, itself or one before it, with its `reason` at the
    root. `size` is that of its layer where it ships, of which `pushed` tells whether it is new.
    """

    place: Place
    keyed: Keyed
    match: Match | None
    expected: bool | None
    root: Place | None = None
    reason: Reason | None = None
    size: Size | None = None
    pushed: bool = False

    @property
    def ran(self) -> bool:
        """Whether it ran, to its end or not."""
        kept = {Result.CACHED, Result.JOINED}
        return self.match is not None and self.match.vertex.result not in kept

    @property
    def has_made(self) -> bool:
        """Whether it ran to its end, and so made its layer."""
        return self.match is not None and self.match.vertex.result is Result.RAN

    @property
    def is_base(self) -> bool:
        """Whether it is a FROM, which is neither run nor cached."""
        return isinstance(self.keyed.step.instruction, From)

    @property
    def is_surprise(self) -> bool:
        """Whether it ran although dlint expected it in the cache, or the other way round."""
        if self.match is None or self.expected is None or self.is_base:
            return False
        return self.ran is self.expected

    @property
    def seconds(self) -> float | None:
        """How long it took; None where nothing tells."""
        return None if self.match is None else self.match.vertex.seconds


class Dragged(NamedTuple):
    """A step that ran by itself, and those that ran because of it, itself among them."""

    root: Explained
    steps: tuple[Explained, ...]

    @property
    def seconds(self) -> float:
        """How long all of them took, as far as it is known."""
        return sum(each.seconds or 0.0 for each in self.steps)

    @property
    def new(self) -> Size:
        """What they add to a push."""
        return new_layers(self.steps)


def new_layers(steps: Iterable[Explained]) -> Size:
    """Return what steps made anew of what ships."""
    return Size.sum(each.size for each in steps if each.pushed and each.size is not None)


class Sides(NamedTuple):
    """What stood before: its keys, and what the record of its build tells; None for what is not
    known.
    """

    keys: Keys | None = None
    matched: Matched | None = None


def moved_bases(before: Matched | None, matched: Matched, build: Build) -> dict[str, str]:
    """Return the bases whose name stood for another digest than before, as far as the records and
    the recorded facts tell it, with words on that.
    """
    now, then = base_digests(matched), base_digests(before) if before else {}
    recorded = build.options.recorded
    if recorded is not None and recorded.base and recorded.base_digest:
        then.setdefault(recorded.base, recorded.base_digest)
    return {
        name: f"{_short(then[name])} → {_short(digest)}"
        for name, digest in now.items()
        if name in then and then[name] != digest
    }


def explain(before: Sides, after: Keys, matched: Matched, sizes: Sizes) -> list[Explained]:
    """Explain each step of a build that a record may tell of, stage by stage."""
    return list(_Explaining(before, after, matched, sizes).steps())


def dragged(steps: Sequence[Explained]) -> list[Dragged]:
    """Gather the steps that ran by what made them run, the longest first."""
    by_place = {each.place: each for each in steps}
    found: dict[Place, list[Explained]] = {}
    for each in steps:
        if each.ran and each.root is not None and not each.is_base:
            found.setdefault(each.root, []).append(each)
    gathered = [Dragged(by_place[root], tuple(those)) for root, those in found.items()]
    return sorted(gathered, key=lambda each: (-each.seconds, -each.new.bytes, each.root.place))


class _Explaining:
    def __init__(self, before: Sides, after: Keys, matched: Matched, sizes: Sizes) -> None:
        self.after, self.build, self.sizes = after, after.build, sizes
        self.matched, self.before = matched, before
        old = list(before.keys.all()) if before.keys else []
        self.cached = {keyed.key for keyed in old}
        self.identities = {keyed.identity for keyed in old if keyed.identity}
        self.pairs = {id(new): was for new, was in pair(old, list(after.all()))}
        target = self.build.target
        self.shipped = {id(keyed) for keyed in after.chain(target)} if target else set()
        self.bases = moved_bases(before.matched, matched, self.build)
        self.no_cache = self._has_no_cache()
        self.roots: dict[int, Place | None] = {}  # by stage: what made its last step run
        self.ran: dict[int, Place] = {}  # by stage: what made any step of it run
        self.uncached: Place | None = None  # the first step that ran for want of a cache
        self.values: dict[int, Place] = {}  # by line of what changed: the first step it made run

    def _has_no_cache(self) -> bool:
        """Tell whether no RUN or COPY came from the cache, of several."""
        vertices = [
            match.vertex
            for match in self.matched.steps.values()
            if match.step.instruction.name in {"RUN", "COPY", "ADD"}
        ]
        return len(vertices) > 1 and not any(each.result is Result.CACHED for each in vertices)

    def steps(self) -> Iterator[Explained]:
        for index, chain in self.after.stages.items():
            base = self.build.stages[index].base
            root = self.roots.get(base.index) if base else None
            for at, keyed in enumerate(chain):
                match = self.matched.steps.get((index, at))
                if not keyed.own and match is None:
                    continue
                found = self._step((index, at), keyed, match, root)
                root = self._carried(found, root)
                yield found
            self.roots[index] = root

    def _carried(self, found: Explained, root: Place | None) -> Place | None:
        """Return what makes the steps above one run; a step of the cache ends it."""
        if found.is_base:
            return found.root or root
        if found.match is None:
            return root
        if found.root is not None:
            self.ran.setdefault(found.place[0], found.root)
        return found.root if found.ran else None

    def _step(
        self, place: Place, keyed: Keyed, match: Match | None, below: Place | None
    ) -> Explained:
        expected = keyed.key in self.cached if self.before.keys else None
        if match is not None and expected and self._may_be_joined(keyed, match):
            match = match._replace(vertex=match.vertex._replace(result=Result.JOINED))
        found = Explained(place, keyed, match, expected)
        if found.is_base:
            reason = self._of_base(keyed)
            return found._replace(root=place if reason else None, reason=reason)
        return self._weighed(self._caused(found, below) if found.ran else found)

    def _may_be_joined(self, keyed: Keyed, match: Match) -> bool:
        """Tell whether a step may have kept its layer although it is said to have run: of a linked
        COPY, plain logs do not tell these apart.
        """
        return (
            match.vertex.result is Result.RAN
            and self.matched.record.format in {Format.PLAIN, Format.TTY}
            and self.after.is_linked(keyed.step)
        )

    def _caused(self, found: Explained, below: Place | None) -> Explained:
        """Return a step that ran with what made it run: what is new of it, or what made a step
        below it, or one that it takes files from, run.
        """
        keyed = found.keyed
        reason = self._own(keyed, found.match)
        known = self.values.get(reason.line) if reason and reason.kind is Kind.VALUE else None
        if reason is not None and known is None:
            if reason.kind in {Kind.VALUE, Kind.INSTRUCTION}:
                self.values.setdefault(reason.line, found.place)
            return found._replace(root=found.place, reason=reason)
        root = known or below or self._of_stages(keyed)
        return self._unseen(found) if root is None else found._replace(root=root)

    def _unseen(self, found: Explained) -> Explained:
        """Return a step that ran though nothing new of it is seen."""
        line, hidden = found.keyed.step.instruction.line, self._hidden(found.keyed)
        if self.no_cache and self.uncached is not None:
            return found._replace(root=self.uncached)
        kind = Kind.NO_CACHE if self.no_cache else Kind.UNKNOWN
        self.uncached = found.place if self.no_cache else None
        reason = Reason(kind, line, names=hidden, detail=self._not_told(found.keyed))
        return found._replace(root=found.place, reason=reason)

    def _not_told(self, keyed: Keyed) -> str:
        """Return what else may have changed of a step that no record tells."""
        instruction, stage = keyed.step.instruction, keyed.step.stage.outermost
        if isinstance(instruction, Add) and self.build.taken(instruction) is None:
            return "what it downloads"
        told = (stage.image or "") in base_digests(self.matched) and self.before.matched
        is_moving = stage.is_external and "@" not in (stage.image or "@")
        is_open = self.no_cache and self.before.keys is not None and is_moving and not told
        return "the base image" if is_open else ""

    def _weighed(self, found: Explained) -> Explained:
        """Return a step with the size of its layer, if that ships."""
        keyed = found.keyed
        if not keyed.layer or id(keyed) not in self.shipped:
            return found
        is_same = bool(keyed.identity) and keyed.identity in {*self.identities, EMPTY}
        size = self.sizes.of(keyed, self.build)
        return found._replace(size=size, pushed=found.has_made and not is_same)

    def _of_base(self, keyed: Keyed) -> Reason | None:
        line, image = keyed.step.instruction.line, keyed.step.stage.image
        if image in self.bases:
            return Reason(Kind.BASE, line, detail=self.bases[image])
        old = self.pairs.get(id(keyed))
        if not keyed.own or not self.before.keys or (old is not None and old.own == keyed.own):
            return None
        if old is not None and old.step.stage.image == image:
            return None  # its place in the file is another one, or its platform
        return Reason(Kind.BASE, line, detail=f"{old.step.stage.image} → {image}" if old else "")

    def _own(self, keyed: Keyed, match: Match | None) -> Reason | None:
        """Return what changed of a step itself; None where nothing did that is seen."""
        old = self.pairs.get(id(keyed))
        if self.before.keys is None or (old is not None and old.own == keyed.own):
            return self._by_records(keyed, match)
        line = keyed.step.instruction.line
        return Reason(Kind.INSTRUCTION, line) if old is None else self._changed(keyed, old)

    def _changed(self, keyed: Keyed, old: Keyed) -> Reason | None:
        """Return what is new of a step; None where that is what it takes of another stage."""
        line = keyed.step.instruction.line
        changed = differing(keyed.inputs, old.inputs)
        paths = {GIT_FOLDER if path.startswith(f"{GIT_FOLDER}/") else path for path in changed}
        if paths:
            return Reason(Kind.FILES, line, tuple(sorted(paths)))
        then, now = (instruction_text(each.step.instruction) for each in (old, keyed))
        if then != now:
            return Reason(Kind.INSTRUCTION, line)
        names = self._other_values(keyed, old) or _other_settings(keyed, old)
        if names:
            return Reason(Kind.VALUE, self._line_of(keyed, names) or line, names=names)
        return None if keyed.takes else Reason(Kind.UNKNOWN, line)

    def _by_records(self, keyed: Keyed, match: Match | None) -> Reason | None:
        """Return what two records tell: the same instruction with other values, or other words."""
        old = self._match_before(keyed)
        if match is None or old is None or old.text == match.text:
            return None
        line = keyed.step.instruction.line
        template = " ".join(keyed.step.instruction.one_line.split())
        values = [values_in(template, " ".join(each.text.split())) for each in (old, match)]
        was, now = values
        if was is None or now is None:
            return Reason(Kind.INSTRUCTION, line)
        names = tuple(name for name in now if now[name] != was.get(name))
        return Reason(Kind.VALUE, self._line_of(keyed, names) or line, names=names)

    def _match_before(self, keyed: Keyed) -> Match | None:
        """Return what the record of the build before tells of a step."""
        matches = self.before.matched.steps.values() if self.before.matched else ()
        words, stage = keyed.step.instruction.one_line, keyed.step.stage.name
        same = (
            each
            for each in matches
            if each.step.instruction.one_line == words and each.step.stage.name == stage
        )
        return next(same, None)

    def _other_values(self, keyed: Keyed, old: Keyed) -> tuple[str, ...]:
        """Return the variables whose values are others than before, as far as the step sees
        them.
        """
        new_state, old_state = keyed.step.state, old.step.state
        names = {**new_state.environment, **old_state.environment}
        return tuple(
            name for name in names if new_state.values.get(name) != old_state.values.get(name)
        )

    def _line_of(self, keyed: Keyed, names: Sequence[str]) -> int | None:
        """Return the line of the last instruction before a step that sets one of some variables,
        or is called so itself.
        """
        steps = self.build.steps_before(keyed.step.stage, keyed.step.instruction)
        found = [each.instruction.line for each in steps if _sets(each.instruction) & {*names}]
        return found[-1] if found else None

    def _of_stages(self, keyed: Keyed) -> Place | None:
        """Return what made a step of another stage run that a step takes files from."""
        return next((self.ran[index] for index in keyed.takes if index in self.ran), None)

    def _hidden(self, keyed: Keyed) -> tuple[str, ...]:
        """Return the arguments that a RUN sees and whose values no record shows."""
        if not isinstance(keyed.step.instruction, Run):
            return ()
        state = keyed.step.state
        declared = {
            pair.name
            for step in self.build.chain(keyed.step.stage)
            if isinstance(step.instruction, Arg)
            for pair in step.instruction.pairs
        }
        seen = state.environment.keys() | state.unset.keys()
        text = keyed.step.instruction.value.text
        return tuple(sorted(name for name in declared & seen if name not in text))


def _sets(instruction: Instruction) -> set[str]:
    """Return the variables that an instruction sets, or its own name."""
    if isinstance(instruction, Arg | Env):
        return {pair.name for pair in instruction.pairs}
    return {instruction.name}


def _other_settings(keyed: Keyed, old: Keyed) -> tuple[str, ...]:
    """Return the instructions by whose settings a step runs otherwise than before."""
    new, was = keyed.step.state, old.step.state
    changed = (
        ("WORKDIR", new.workdir != was.workdir),
        ("USER", new.user != was.user),
        ("SHELL", new.shell != was.shell),
    )
    return tuple(name for name, is_other in changed if is_other)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
