"""The steps of a record beside the instructions of a Dockerfile.

A step's name has its stage, its number in there, and its text with variables put in. The text
decides, since a Dockerfile may have been edited; the number decides between equal ones. BuildKit
numbers a stage's FROM, where that is an image, and each RUN, COPY, ADD and WORKDIR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.records.record import Format, targets_of
from dlint.sizes.times import stage_name
from dlint.syntax import Arg, From, Run, Transfer, Workdir
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.model import Build, Stage
    from dlint.model.build import Step
    from dlint.records.record import Label, Record, Vertex

# Two texts that share less than this of their words are taken for different instructions.
ALIKE = 0.4
_VARIABLE = regex(r"\$(?:\{(\w{1,200})(?::?[-+?][^{}]{0,1000})?\}|(\w{1,200}))")
_CUT = ("...", "…")  # what ends a name that had no room


class Match(NamedTuple):
    """A step of the build that a record tells of. `text` is what the record calls it; `likeness`
    is the share of its words that the Dockerfile has, 1 for all of them.
    """

    step: Step
    vertex: Vertex
    text: str
    likeness: float


class Matched(NamedTuple):
    """A record beside a build: its steps by place (the stage's number, the step's), what else the
    builder did, and the steps that no instruction stands for.

    `group` is what the names begin with, as Bake's targets.
    """

    record: Record
    steps: Mapping[tuple[int, int], Match]
    others: tuple[Vertex, ...]
    strange: tuple[Vertex, ...]
    group: str = ""

    @property
    def score(self) -> float:
        """How much of the record the Dockerfile explains."""
        return sum(match.likeness for match in self.steps.values())


def best_match(records: Iterable[Record], build: Build, image: str = "") -> Matched | None:
    """Return the build of a log that is most like that of a Dockerfile, the last one of equals;
    None where none has a step of it. Of several images in one log it is that of the name `image`,
    if one is called so.
    """
    best: Matched | None = None
    for record in records:
        groups = _groups(record, build)
        for group in [image] if image in groups else groups:
            found = match_record(record, build, group)
            if found.steps and (best is None or found.score >= best.score):
                best = found
    return best


def _groups(record: Record, build: Build) -> list[str]:
    """Return the names that Bake, or a builder of several nodes, puts before those of stages."""
    groups = {_group(label, build): None for each in record.vertices for label in each.labels}
    return list(groups) or [""]


def _group(label: Label, build: Build) -> str:
    stages = {stage_name(stage) for stage in build.stages}
    names = label.names
    return " ".join(names[:-1] if names and names[-1] in stages else names)


def match_record(record: Record, build: Build, group: str = "") -> Matched:
    """Match the steps of one image; those of others built beside it are left out."""
    found: dict[tuple[int, int], Match] = {}
    others, strange = [], []
    wanted = build.options.platform
    for vertex in sorted(record.vertices, key=lambda each: not _is_for(each, wanted)):
        labels = vertex.labels
        own = [label for label in labels if _group(label, build) == group]
        if not labels:
            if group in {"", *targets_of(vertex)} or not any(targets_of(vertex)):
                others.append(vertex)
        elif own:
            place, match = _placed(own[0], vertex, build, record.format, found)
            if match is not None:
                found[place] = match
            elif _placed(own[0], vertex, build, record.format, {})[1] is None:
                strange.append(vertex)  # not the same step once more, for another platform
    shared = _shared(record, build, group, found)
    return Matched(record, {**shared, **found}, tuple(others), tuple(strange), group)


def _is_for(vertex: Vertex, platform: str) -> bool:
    """Tell whether a step is one of those for a platform: BuildKit names both where it runs on
    another one.
    """
    return any(label.platform.rpartition("->")[2] in platform for label in vertex.labels)


def _shared(
    record: Record, build: Build, group: str, found: Mapping[tuple[int, int], Match]
) -> dict[tuple[int, int], Match]:
    """Return the steps that another image of the same record has run for this one, too: BuildKit
    tells of them once.
    """
    if not group:
        return {}
    more: dict[tuple[int, int], Match] = {}
    for vertex in record.vertices:
        for label in vertex.labels:
            place, match = _placed(label, vertex, build, record.format, {**found, **more})
            if match is not None and match.likeness == 1 and place not in found:
                more.setdefault(place, match)
    return more if found else {}


def _placed(
    label: Label,
    vertex: Vertex,
    build: Build,
    form: Format,
    taken: Mapping[tuple[int, int], Match],
) -> tuple[tuple[int, int], Match | None]:
    """Return which step of a build a name means, and how alike the two are."""
    best, place, rank = None, (0, 0), (0.0, 0)
    for stage in _stages(label, build, form):
        for number, at, step in numbered(build, stage, form):
            if (stage.index, at) in taken:
                continue
            alike = likeness(step, label.text)
            nearness = (alike, -abs(number - label.number))
            if alike >= ALIKE and (best is None or nearness > rank):
                rank, place = nearness, (stage.index, at)
                best = Match(step, vertex, label.text, alike)
    return place, best


def _stages(label: Label, build: Build, form: Format) -> list[Stage]:
    """Return the stages that a name may mean: BuildKit leaves out that of a file with one."""
    live = [stage for stage in build.stages if build.live(stage)]
    named = [stage for stage in live if label.names[-1:] == (stage_name(stage),)]
    if named or form not in {Format.CLASSIC, Format.BUILDAH}:
        return named or [stage for stage in live if len(build.stages) == 1]
    return live


def numbered(build: Build, stage: Stage, form: Format) -> Iterator[tuple[int, int, Step]]:
    """Yield the steps of a stage that a record has: the number that the builder gives each, its
    place in the stage, and the step.
    """
    number = 0
    for at, step in enumerate(build.steps(stage)):
        instruction = step.instruction
        if form is Format.CLASSIC:
            yield instruction.index + 1, at, step
            continue
        is_base = isinstance(instruction, From) and stage.base is None and stage.is_external
        if form is Format.BUILDAH or is_base or isinstance(instruction, Run | Transfer | Workdir):
            number += 1
            yield number, at, step


def likeness(step: Step, text: str) -> float:
    """Return how alike an instruction and a text of a record are: 1 where the one is the other
    with values for its variables, else the share of their words that both have.
    """
    instruction = step.instruction
    words = _without_body(step, text)
    if instruction.name != words.partition(" ")[0].upper():
        return 0.0
    if isinstance(instruction, From):
        return float(_is_base(step, words))
    template = _template(step)
    if values_in(template, words) is not None or _is_cut(template, words):
        return 1.0
    told, own = set(words.split()[1:]), set(_expanded(step).split()[1:])
    return len(told & own) / (len(told | own) or 1)


def _without_body(step: Step, text: str) -> str:
    """Return a text on one line, without what BuildKit shows of a here-document: its first line, in
    parentheses.
    """
    words, template = " ".join(text.split()), _template(step)
    has_body = step.instruction.heredocs and words.startswith(f"{template} (")
    return template if has_body else words


def _is_base(step: Step, text: str) -> bool:
    """Tell whether a FROM of a record is that of a stage: registries, and tags, are filled in."""
    image, told = step.stage.image, _image_told(text)
    own = _short_image(image or "")
    return told in {own, f"{own}:latest"} or _base_values(step, text) is not None


def _image_told(text: str) -> str:
    """Return the image that a record's FROM names."""
    words = text.split()
    return _short_image(words[1]) if len(words) > 1 else ""


def _short_image(name: str) -> str:
    return name.partition("@")[0].removeprefix("docker.io/").removeprefix("library/")


def _base_values(step: Step, text: str) -> dict[str, str] | None:
    """Return what stands for the variables of a FROM in a record; None where it has none, or
    where another image is meant.
    """
    image = step.stage.from_.image
    if image is None or "$" not in image.text:
        return None
    return values_in(_short_image(image.text), _image_told(text))


def _is_cut(template: str, words: str) -> bool:
    """Tell whether a text is the beginning of an instruction, with dots for the rest."""
    cut = next((words.removesuffix(dots) for dots in _CUT if words.endswith(dots)), None)
    return cut is not None and len(cut.split()) > 1 and template.startswith(cut.rstrip())


def _template(step: Step) -> str:
    """Return what the builder shows of an instruction, its variables as written: of a RUN the
    script, continued lines joined.
    """
    instruction = step.instruction
    value = instruction.value.text
    if isinstance(instruction, Run) and instruction.json is None and not instruction.heredocs:
        value = value.removesuffix(instruction.rest.text) + instruction.script.text
    return " ".join(f"{instruction.name} {value}".split())


def _expanded(step: Step) -> str:
    text = _template(step)
    return _VARIABLE.sub(lambda found: step.state.values.get(found[1] or found[2], found[0]), text)


def values_in(template: str, words: str) -> dict[str, str] | None:
    """Return what stands for the variables of a template in a text; None where the two differ in
    anything else. Of a variable that occurs twice the first value counts.
    """
    literals, names, end = [], [], 0
    for found in _VARIABLE.finditer(template):
        literals.append(template[end : found.start()])
        names.append(found[1] or found[2])
        end = found.end()
    last = template[end:]
    if not names:
        return {} if words == template else None
    if not words.startswith(literals[0]) or not words.endswith(last):
        return None
    values: dict[str, str] = {}
    at, limit = len(literals[0]), len(words) - len(last)
    for name, literal in zip(names, [*literals[1:], None], strict=True):
        place = limit if literal is None else words.find(literal, at, limit)
        if place < at:
            return None
        values.setdefault(name, words[at:place])
        at = place + len(literal or "")
    return values


def told_arguments(matched: Matched, build: Build) -> dict[str, str]:
    """Return the build arguments whose values a record tells, where they are others than those
    that the build was modelled with.
    """
    found: dict[str, str] = {}
    for match in matched.steps.values():
        step, words = match.step, _without_body(match.step, match.text)
        is_base = isinstance(step.instruction, From)
        values = _base_values(step, words) if is_base else values_in(_template(step), words)
        known = step.stage.globals.values if is_base else step.state.values
        declared = _declared(build, step)
        for name, value in (values or {}).items():
            if name in declared and value != known.get(name) and not value.startswith("$"):
                found.setdefault(name, value)
    return found


def _declared(build: Build, step: Step) -> set[str]:
    """Return the arguments that an instruction may see."""
    return {
        pair.name
        for each in build.dockerfile.instructions
        if isinstance(each, Arg) and each.index < step.instruction.index
        for pair in each.pairs
    }


def base_digests(matched: Matched) -> dict[str, str]:
    """Return the digests that the bases' names stood for, by the names in the Dockerfile."""
    found: dict[str, str] = {}
    for match in matched.steps.values():
        image = match.step.stage.image
        if isinstance(match.step.instruction, From) and image and "@" in match.text:
            found[image] = match.text.partition("@")[2].split()[0]
    return found
