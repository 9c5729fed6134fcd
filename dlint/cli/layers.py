"""`dlint layers`: each instruction's layer, its bytes and what of it is waste."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.cli import against, common
from dlint.errors import DlintError
from dlint.facts.uses import base_reference
from dlint.facts.waste import Waste, find_waste
from dlint.findings import Basis, Size
from dlint.model.keys import Keys, shallow
from dlint.model.sent import sent
from dlint.model.standing import standing
from dlint.push.plan import size_of_recorded
from dlint.push.rows import image_text, size_text, sum_text
from dlint.push.sizes import Sizes
from dlint.sizes import recorded_base, recorded_layer
from dlint.sizes.bases import size_of
from dlint.syntax import Transfer
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.units import human_bytes, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed
    from dlint.model.sent import Amount, Sent

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")


class Row(NamedTuple):
    """One instruction that commits a layer; `tar_bytes` is None where unknown."""

    stage: str
    line: int
    instruction: str
    shipped: bool
    tar_bytes: int | None
    size: Size
    diff_id: str | None
    waste: tuple[Waste, ...]

    @property
    def wasted(self) -> Size:
        """What is wasted, uncompressed."""
        return Size.sum(
            Size.unknown(each.why) if each.bytes is None else Size(each.bytes, Basis.MODELLED)
            for each in self.waste
        )


class BaseLayers(NamedTuple):
    """What the target's base weighs, compressed; `day` (ISO) is that of the table that tells it."""

    size: Size
    day: str | None = None


class Answer(NamedTuple):
    """All that is printed: the layers, what the target stands on, and what of the context is
    sent.
    """

    rows: Sequence[Row]
    base: BaseLayers
    context: Sent | None

    @property
    def own(self) -> Size:
        """All layers above the base that are shipped."""
        return Size.sum(row.size for row in self.rows if row.shipped)

    @property
    def image(self) -> Size:
        """The whole image."""
        return self.base.size.plus(self.own)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile, and an image of it whose manifest tells sizes."""
    parser.add_argument("dockerfile", nargs="?", default="Dockerfile", metavar="DOCKERFILE")
    against.add_arguments(parser, "an image of it: docker://REF, oci:DIR[:TAG], …")
    against.add_pull(parser)
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the layers; the exit status."""
    subject = common.open_subject(args)
    chosen = common.output_format(args, FORMATS)
    build = subject.build
    keys = Keys(build, shallow)
    answer = Answer(list(_rows(build, keys)), _base(build), _sent(args, build, keys))
    common.emit(args, _write(args, chosen, answer))
    return 0


def _base(build: Build) -> BaseLayers:
    """Return what an image of the Dockerfile tells of the target's base, else what the table
    does.
    """
    if told := recorded_base(build):
        return BaseLayers(Size.sum(size_of_recorded(each) for each in told))
    target = build.target
    if target is not None and not target.outermost.is_external:
        return BaseLayers(Size())
    found = size_of(base_reference(build, target)) if target is not None else None
    if found is None:
        return BaseLayers(Size.unknown("the base image"))
    return BaseLayers(Size(found.bytes, Basis.GUESSED), found.day)


def _sent(args: argparse.Namespace, build: Build, keys: Keys) -> Sent | None:
    """Return what is sent of the context; a folder that nobody can read is no reason to tell
    nothing of the layers.
    """
    try:
        return sent(build, keys)
    except DlintError as error:
        common.note(args, f"warning: what the context holds is not known: {error.message}")
        return None


def _rows(build: Build, keys: Keys) -> Iterator[Row]:
    sizes = Sizes(build.options.builder)
    wasted: dict[int, list[Waste]] = {}
    for target in build.targets:
        for waste in find_waste(build, target):
            if waste not in wasted.setdefault(waste.line, []):
                wasted[waste.line].append(waste)
    for keyed in keys.all():
        if keyed.layer:
            own = tuple(wasted.get(keyed.step.instruction.line, ()))
            yield _row(build, keyed, sizes, own)


def _row(build: Build, keyed: Keyed, sizes: Sizes, waste: tuple[Waste, ...]) -> Row:
    instruction, stage = keyed.step.instruction, keyed.step.stage
    tar_bytes = diff_id = None
    stored = (
        build.fact(standing).stored(stage, instruction)
        if isinstance(instruction, Transfer)
        else None
    )
    if stored is not None:
        tar_bytes, diff_id = stored.tar_bytes, stored.diff_id
    size = sizes.of(keyed, build)
    if same := recorded_layer(build, stage, instruction):
        diff_id = same.diff_id
    return Row(
        stage.name or str(stage.index),
        instruction.line,
        instruction.one_line,
        build.shipped(stage),
        tar_bytes,
        size,
        diff_id,
        waste,
    )


def _write(args: argparse.Namespace, chosen: str, answer: Answer) -> str:
    if chosen == "json":
        layers = [_as_dict(row) for row in answer.rows]
        context = answer.context and {
            name: amount and amount._asdict() for name, amount in answer.context._asdict().items()
        }
        document = {
            "schema": 1,
            "path": args.dockerfile,
            "layers": layers,
            "base_bytes": answer.base.size.told,
            "base_basis": str(answer.base.size.basis),
            "base_as_of": answer.base.day,
            "image_bytes": answer.image.told,
            "image_at_least": answer.image.is_bound,
            "context": context,
        }
        return json_text(document, ascii_only=True) + "\n"
    if chosen == common.PRETTY:
        return _pretty(answer, color=common.use_color(args))
    if chosen == "markdown":
        return "".join(f"{line}\n" for line in _markdown(answer))
    return "".join(f"{line}\n" for line in _text(answer))


def _as_dict(row: Row) -> dict[str, Any]:
    size = row.size
    return {
        "stage": row.stage,
        "line": row.line,
        "instruction": row.instruction,
        "shipped": row.shipped,
        "tar_bytes": row.tar_bytes,
        "gzip_bytes": size.told,
        "at_least": size.is_bound,
        "missing": list(size.missing),
        "sources": list(size.sources),
        "basis": str(size.basis),
        "diff_id": row.diff_id,
        "waste": [{"path": each.path, "bytes": each.bytes, "why": each.why} for each in row.waste],
        "waste_bytes": row.wasted.told,
        "waste_at_least": row.wasted.is_bound,
    }


def _size(count: int | None) -> str:
    return "unknown" if count is None else human_bytes(count)


def _cells(row: Row) -> tuple[str, str, str, str, str, str]:
    waste = "; ".join(_waste(each) for each in row.waste)
    stage = printable(row.stage) + ("" if row.shipped else " (not shipped)")
    return (
        str(row.line),
        stage,
        printable(row.instruction),
        _size(row.tar_bytes),
        size_text(row.size),
        printable(waste),
    )


def _waste(waste: Waste) -> str:
    return f"{waste.path}: {waste.why}" + (
        "" if waste.bytes is None else f" ({human_bytes(waste.bytes)})"
    )


def _missing(size: Size) -> str:
    """Say what is not known of a size: the first few reasons."""
    rest = len(size.missing) - REASONS
    return ", ".join(size.missing[:REASONS]) + (f" and {rest} more" if rest > 0 else "")


REASONS = 3  # that are shown
HEADINGS = ("line", "stage", "instruction", "tar", "compressed", "waste")


def _text(answer: Answer) -> Iterator[str]:
    for row in answer.rows:
        line, stage, instruction, tar, gzip, waste = _cells(row)
        yield f"{line:>4}  {stage}  tar {tar}  compressed {gzip}  {instruction}"
        if row.size.missing:
            yield f"      not known: {printable(_missing(row.size))}"
        if row.size.sources:
            yield f"      from {printable('; '.join(row.size.sources))}"
        if waste:
            yield f"      waste: {waste}"
    yield _total(answer)
    yield _context(answer.context)


def _total(answer: Answer) -> str:
    shipped = [row for row in answer.rows if row.shipped]
    wasted = Size.sum(row.wasted for row in shipped)
    unknown = sum(each.bytes is None for row in shipped for each in row.waste)
    text = (
        f"{plural(len(shipped), 'shipped layer')} above the base, compressed:"
        f" {sum_text(answer.own, sum(row.size.at_least for row in shipped))}"
    )
    if answer.base.size.bytes:
        text += f"; {image_text(answer.image, answer.base.day)}"
    if wasted.whole != 0:
        text += f"; wasted, uncompressed: {wasted}"
    return text + (f" ({plural(unknown, 'item')} of unknown size)" if unknown else "")


def _context(context: Sent | None) -> str:
    if context is None:
        return "what the context holds is unknown"
    if not context.held.files:
        return "the context is empty"
    told = f"the context holds {_amount(context.held)}"
    if context.read is None:
        told += "; which of them are read, a variable decides"
    else:
        told += f"; the instructions read {_amount(context.read)}"
    return told if context.sent is None else f"{told}; the builder is sent {_amount(context.sent)}"


def _amount(amount: Amount) -> str:
    return (
        f"{plural(amount.files, 'file')} ({human_bytes(amount.bytes)})"
        if amount.files
        else "nothing"
    )


def _markdown(answer: Answer) -> Iterator[str]:
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---:|---|---|---:|---:|---|"
    for row in answer.rows:
        line, stage, instruction, tar, gzip, waste = _cells(row)
        cells = (line, markdown(stage), markdown_code(instruction), tar, gzip, markdown(waste))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield _total(answer)
    yield ""
    yield _context(answer.context)


def _pretty(answer: Answer, *, color: bool) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        force_terminal=color, no_color=not color, width=common.width(), highlight=False
    )
    table = Table(box=None, pad_edge=False)
    for name in HEADINGS:
        right = name in {"line", "tar", "compressed"}
        table.add_column(
            name, justify="right" if right else "left", no_wrap=name != "waste", overflow="ellipsis"
        )
    for row in answer.rows:
        table.add_row(*(Text(cell, "" if row.shipped else "dim") for cell in _cells(row)))
    with console.capture() as captured:
        console.print(table)
        console.print(Text(_total(answer), "bold"))
        console.print(Text(_context(answer.context)))
    return captured.get()
