"""The stage graph: what stands on what, and what ships."""

from __future__ import annotations

from dlint.model.scope import global_state
from dlint.syntax import From
from dlint.text.patterns import regex
from dlint.text.safe import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.scope import State
    from dlint.syntax import Dockerfile, Instruction
    from dlint.text.source import Span

SCRATCH = "scratch"
_LINTS = regex(r"(?:\A|[-_.])(?:lint(?:er|ing)?|e2e|cypress)(?:\Z|[-_.])")


def _is_for_tests(name: str) -> bool:
    name = name.replace("latest", "")
    return "test" in name or name == "devcontainer" or _LINTS.search(name) is not None


class Stage:
    """A FROM and what follows it.

    `image` is the base's name after expansion: None where only a build argument could tell. `base`
    is the earlier stage it names, if it does. `name` is the AS name in lower case, as BuildKit
    compares it.
    """

    __slots__ = (
        "_outermost",
        "base",
        "from_",
        "globals",
        "image",
        "index",
        "instructions",
        "is_for_tests",
        "name",
    )

    def __init__(
        self, index: int, from_: From, image: str | None, base: Stage | None, globals_: State
    ) -> None:
        """Start a stage at `from_`; its instructions are added as they are read."""
        self.index = index
        self.from_ = from_
        self.name = from_.alias.text.lower() if from_.alias else None
        # Whether its name says that it tests or lints what others are made for, or that people
        # develop in it: built by default where it is the last one.
        self.is_for_tests = self.name is not None and _is_for_tests(self.name)
        self.image = image
        self.base = base
        self._outermost = base.outermost if base else None
        self.globals = globals_
        self.instructions: list[Instruction] = [from_]

    @property
    def span(self) -> Span:
        """The FROM's span."""
        return self.from_.span

    @property
    def outermost(self) -> Stage:
        """The last of its ancestors: the one whose image is no stage of this file."""
        return self._outermost or self

    @property
    def is_external(self) -> bool:
        """Whether the base is an image from outside the file (or one whose name is not known)."""
        return self.base is None and self.image != SCRATCH

    @property
    def named_image(self) -> str:
        """The base's name, as FROM writes it where only a build argument could tell; "" where FROM
        names none.
        """
        word = self.from_.image
        return self.image or (word.text if word else "")

    def ancestors(self) -> Iterator[Stage]:
        """Yield the stage and those it stands on, nearest first."""
        stage: Stage | None = self
        while stage:
            yield stage
            stage = stage.base

    def __repr__(self) -> str:
        return f"Stage({self.index}, {self.name or self.image})"


def read_stages(
    dockerfile: Dockerfile, build_args: Mapping[str, str], platform: str
) -> tuple[Stage, ...]:
    """Split the instructions by stage; what comes before the first FROM belongs to none."""
    first = next((i for i in dockerfile.instructions if isinstance(i, From)), None)
    before = dockerfile.instructions[: first.index] if first else ()
    scope = global_state(before, build_args, platform)
    stages: list[Stage] = []
    for instruction in dockerfile.instructions[
        first.index if first else len(dockerfile.instructions) :
    ]:
        if isinstance(instruction, From):
            image = (
                scope.expand(instruction.image.text, dockerfile.escape)
                if instruction.image
                else None
            )
            stages.append(Stage(len(stages), instruction, image, _named(stages, image), scope))
        else:
            stages[-1].instructions.append(instruction)
    return tuple(stages)


def _named(stages: list[Stage], image: str | None) -> Stage | None:
    """Return the latest stage of that name; FROM takes no numbers, unlike COPY --from."""
    wanted = (image or "").lower()
    return next((stage for stage in reversed(stages) if wanted and stage.name == wanted), None)


def find_stage(stages: tuple[Stage, ...], name: str, before: int) -> Stage | None:
    """Return the stage that `--from=NAME` means in stage number `before`: an earlier one, by name
    or number.
    """
    earlier = stages[:before]
    wanted = name.lower()
    for stage in reversed(earlier):
        if stage.name == wanted:
            return stage
    at = number(name)
    return None if at is None or at >= len(earlier) else earlier[at]


def sources(stages: tuple[Stage, ...], stage: Stage) -> Iterator[Stage]:
    """Yield the stages whose files `stage` takes: by FROM, COPY --from and RUN --mount=from."""
    if stage.base:
        yield stage.base
    for instruction in stage.instructions:
        for name in instruction.from_names:
            found = find_stage(stages, name, stage.index)
            if found:
                yield found


def reachable(stages: tuple[Stage, ...], target: Stage) -> frozenset[int]:
    """Return the numbers of the stages that a build of `target` runs; BuildKit prunes all
    others.
    """
    seen: set[int] = set()
    todo = [target]
    while todo:
        stage = todo.pop()
        if stage.index not in seen:
            seen.add(stage.index)
            todo.extend(sources(stages, stage))
    return frozenset(seen)
