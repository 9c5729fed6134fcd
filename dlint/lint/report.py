"""What a run found, resolved to places in files: all that a reporter needs, and nothing that ties
it to the model.

Every value can be pickled, since files may be checked in several processes.
"""

from __future__ import annotations

from dlint.findings import UNKNOWN_IMAGE, Severity
from dlint.text.printable import printable
from dlint.text.units import plural
from dlint.text.values import NamedTuple
from dlint.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeAlias

    from dlint.findings import Cost, Safety
    from dlint.rule.rule import Rule
    from dlint.text.source import Position, Source, Span

# What rules of these families find is worth its bytes: no step runs again for it.
_OF_BYTES = frozenset(("bloat", "mount", "stage"))
_MANY = 3  # lines of nothing but counts of layers
_UNTOLD = "Images of which nothing is known or found: {}"
_UNSHOWN = "Images of {} are pushed: `dlint push --all` says how much of each"
_CRUMB = 1000  # bytes that nobody asks for, whatever else a finding tells


class Location(NamedTuple):
    """A range of a file's text."""

    source: Source
    span: Span

    @property
    def path(self) -> str:
        """The file, as it is shown: with "/", relative to the working directory where it is below
        it.
        """
        return self.source.path

    @property
    def start(self) -> Position:
        """Line and column of the first character."""
        return self.source.position(self.span.start)

    @property
    def end(self) -> Position:
        """Line and column after the last character."""
        return self.source.position(self.span.end)


class Note(NamedTuple):
    """Another place that a diagnostic speaks of."""

    place: Location
    message: str


class PlacedEdit(NamedTuple):
    """Replace the text at `place` by `text`; the file is created where it does not exist."""

    place: Location
    text: str


class Repair(NamedTuple):
    """A fix: its edits land together or not at all."""

    title: str
    safety: Safety
    edits: tuple[PlacedEdit, ...]


class Diagnostic(NamedTuple):
    """One finding of one rule, ready to be shown.

    `fingerprint` stays the same while the instruction does: it hashes rule, normalised instruction
    and occurrence. `things` is of how many it tells, such as packages.
    """

    rule: str
    severity: Severity
    message: str
    place: Location
    fingerprint: str
    cost: Cost | None = None
    notes: tuple[Note, ...] = ()
    repair: Repair | None = None
    url: str | None = None
    help: str = ""
    things: int = 1

    @property
    def text(self) -> str:
        """What is wrong, and what to do, on one line."""
        return f"{self.message} — help: {self.remedy}" if self.remedy else self.message

    @property
    def remedy(self) -> str:
        """What to do, in words: those of the fix where there are no others."""
        return self.help or (self.repair.title if self.repair else "")

    def costs_less_than(self, limit: int) -> bool:
        """Tell whether it is an info that surely costs less than `limit` bytes: where it is about
        more than bytes, than a crumb of them.
        """
        if self.severity is not Severity.INFO or self.cost is None:
            return False
        is_of_bytes = self.rule.partition("/")[0] in _OF_BYTES
        return self.cost.surely_below(limit if is_of_bytes else min(limit, _CRUMB))

    @property
    def is_bare(self) -> bool:
        """Whether it is an info without known bytes that no fix mends."""
        return self.severity is Severity.INFO and self.repair is None and self.cost is None

    @property
    def claim(self) -> tuple[str, str, Span]:
        """What it says of which place, whatever the words and the bytes."""
        return self.rule, self.place.path, self.place.span

    @property
    def identity(self) -> tuple[str, str]:
        """What it is known by when the file around it changes: its rule and fingerprint."""
        return self.rule, self.fingerprint

    @property
    def by_place(self) -> tuple[str, Span, str, str]:
        """Sort key of the formats that programs read."""
        return self.place.path, self.place.span, self.rule, self.message

    @property
    def by_weight(self) -> tuple[int, int, str, Span, str]:
        """Sort key of the formats that people read: severity, then bytes, the dearest first, then
        place.
        """
        weight = self.cost.weight if self.cost else 0
        return self.severity.rank, -weight, self.place.path, self.place.span, self.rule


class PushLine(Protocol):
    """What is said of pushes of one image; the model's own answer is
    `dlint.push.line.PushLine`.
    """

    @property
    def path(self) -> str:
        """The Dockerfile."""
        ...

    @property
    def text(self) -> str:
        """The line as people read it."""
        ...

    @property
    def data(self) -> Mapping[str, Any]:
        """The push object of the JSON."""
        ...

    @property
    def in_short(self) -> tuple[str, str]:
        """The image's size, and what is pushed."""
        ...

    @property
    def is_told(self) -> bool:
        """Whether what it says of pushes is seen."""
        ...

    @property
    def is_telling(self) -> bool:
        """Whether it is told, and says more than that a push sends all layers, of unknown size."""
        ...

    @property
    def is_sized(self) -> bool:
        """Whether it says how many bytes anything is."""
        ...

    def called(self, name: str) -> PushLine:
        """Return the same of an image with a name of its own."""
        ...


class Failure(NamedTuple):
    """What could not be told of one file: by one `rule`, or at all where that is None.

    `line` is that of the instruction, None where none is known; `trace` is Python's own, for
    `--debug`.
    """

    path: str
    message: str
    hint: str = ""
    line: int | None = None
    rule: str | None = None
    trace: str = ""


class FileReport(NamedTuple):
    """What was found in one file; `suppressed` counts the findings that comments or a baseline took
    away, `context` is the label of the build context that was taken. `is_pushed`: a recipe is seen
    to push the image.

    `failures` say what is missing: with any, the run ends with exit status 2. `notes` are for the
    user beside the findings.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...]
    fail_on: Severity | None
    suppressed: int = 0
    push: PushLine | None = None
    is_pushed: bool = False
    failures: tuple[Failure, ...] = ()
    context: str = ""
    notes: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether a finding is severe enough to fail the run."""
        limit = self.fail_on
        return limit is not None and any(
            found.severity.rank <= limit.rank for found in self.diagnostics
        )


class ImageRow(NamedTuple):
    """One image in the table that ends the check of a project: its size, what the change
    of a file pushes, and the weightiest finding.
    """

    name: str
    size: str
    push: str
    worst: Diagnostic | None

    @property
    def is_telling(self) -> bool:
        """Whether anything is known of it."""
        return self.worst is not None or (self.size, self.push) != UNKNOWN_IMAGE

    @property
    def finding(self) -> str:
        """The weightiest finding in words; empty where there is none."""
        return f"{self.worst.severity}: {self.worst.rule}" if self.worst else ""


class Report(NamedTuple):
    """A whole run: one entry a file, in the order in which they are shown. `images` are those of a
    project.
    """

    files: Sequence[FileReport]
    rules: Mapping[str, Rule]
    images: Sequence[ImageRow] = ()
    color: bool = False
    links: bool = False
    width: int = 100
    quiet: bool = False

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All diagnostics by file, line and column."""
        return [
            found
            for file in self.files
            for found in sorted(file.diagnostics, key=lambda d: d.by_place)
        ]

    @property
    def paths(self) -> set[str]:
        """The Dockerfiles: several images of one have a report each."""
        return {file.path for file in self.files}

    @property
    def failures(self) -> list[Failure]:
        """What could not be told, by file, each once."""
        return list(dict.fromkeys(each for file in self.files for each in file.failures))

    @property
    def pushes(self) -> list[PushLine]:
        """The push lines of the files that have one, where what they say is seen."""
        found = (file.push for file in self.files if file.push is not None)
        return [each for each in found if each.is_told]

    @property
    def told_pushes(self) -> list[PushLine]:
        """Those push lines that tell people anything: of many images, those with a size."""
        telling = [each for each in self.pushes if each.is_telling]
        sized = [each for each in telling if each.is_sized]
        return telling if len(telling) - len(sized) < _MANY else sized

    @property
    def unshown(self) -> str:
        """Of how many Dockerfiles recipes push images of which no push line is shown: beside lines
        of others, or where these are many. One Dockerfile may be of several images.
        """
        told = {each.path for each in self.told_pushes}
        pushed = (each for each in self.files if each.is_pushed)
        count = len({each.push.path if each.push else each.path for each in pushed} - told)
        if not count or (count < _MANY and not told):
            return ""
        return _UNSHOWN.format(plural(count, "more Dockerfile" if told else "Dockerfile"))

    @property
    def push_lines(self) -> list[str]:
        """The same as people read them, a line for each image."""
        told = [f"{printable(each.path)}: {printable(each.text)}" for each in self.told_pushes]
        return [*told, self.unshown] if self.unshown else told

    @property
    def told_images(self) -> list[ImageRow]:
        """The images of which anything is known."""
        return [each for each in self.images if each.is_telling]

    @property
    def untold_images(self) -> str:
        """What stands in the place of the others."""
        count = len(self.images) - len(self.told_images)
        return _UNTOLD.format(count) if count else ""

    def count(self, severity: Severity) -> int:
        """Return how many diagnostics are of `severity`."""
        return sum(found.severity is severity for file in self.files for found in file.diagnostics)


Reporter: TypeAlias = "Callable[[Report], str]"
