"""`dlint layers`: each instruction's layer, its bytes and what of it is waste."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.cli import against, common, units
from dlint.errors import DlintError
from dlint.facts.uses import base_reference
from dlint.facts.waste import Waste, waste_by_line
from dlint.findings import Basis, Size
from dlint.model.keys import Keys, shallow
from dlint.model.sent import sent
from dlint.model.standing import standing
from dlint.push.plan import size_of_recorded
from dlint.push.rows import image_text, sum_text
from dlint.push.sizes import Sizes
from dlint.sizes import recorded_base, recorded_layer
from dlint.sizes.bases import size_of
from dlint.syntax import Transfer
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.units import human_bytes, plural
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

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
    common.add_dockerfile(parser)
    against.add_arguments(
        parser, "take the sizes of layers from this image: docker://REF, oci:DIR[:TAG], …"
    )
    against.add_pull(parser)
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the layers; the exit status."""
    units.as_dockerfile(args)
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
    wasted = waste_by_line(build)
    for keyed in keys.all():
        if keyed.layer:
            own = tuple(wasted.get(keyed.step.instruction.line, ()))
            yield _row(build, keyed, sizes, own)


def _row(build: Build, keyed: Keyed, sizes: Sizes, waste: tuple[Waste, ...]) -> Row:
    instruction, stage = keyed.step.instruction, keyed.step.stage
    tar_bytes = diff_id = None
    stored = (
        build.fact(standing).stored(stage, instruction) or build.taken(instruction)
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
        from dlint.reporters.terminal import render

        width = common.width(args)
        return render(_pretty(answer, width), color=common.use_color(args), width=width)
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


def _tar(row: Row) -> str:
    return "size unknown" if row.tar_bytes is None else human_bytes(row.tar_bytes)


def _wasted(row: Row) -> str:
    return str(row.wasted) if row.waste else ""


def _stage(row: Row) -> str:
    return printable(row.stage) if row.shipped else f"({printable(row.stage)})"


def _notes(row: Row) -> Iterator[str]:
    """Say what of a layer is not known, who told its size, and what of it is waste."""
    if row.size.missing:
        rest = len(row.size.missing) - REASONS
        more = f" and {rest} more" if rest > 0 else ""
        yield printable(f"unknown: {', '.join(row.size.missing[:REASONS])}{more}")
    if row.size.sources:
        yield printable(f"size from {'; '.join(row.size.sources)}")
    for each in row.waste:
        size = "size unknown" if each.bytes is None else human_bytes(each.bytes)
        yield printable(f"waste: {each.path}: {each.why} ({size})")


REASONS = 3  # that are shown
HEADINGS = ("line", "stage", "instruction", "uncompressed", "compressed", "waste")
NOT_SHIPPED = "A stage in parentheses is not in the image."


def _text(answer: Answer) -> Iterator[str]:
    for row in answer.rows:
        yield (
            f"{row.line:>4}  {_stage(row)}  uncompressed {_tar(row)}  compressed {row.size}"
            f"  {printable(row.instruction)}"
        )
        yield from (f"      {note}" for note in _notes(row))
    yield from _sums(answer)


def _sums(answer: Answer) -> Iterator[str]:
    """Say what all layers are together, and what the context holds."""
    shipped = [row for row in answer.rows if row.shipped]
    own = sum_text(answer.own, sum(row.size.at_least for row in shipped))
    image = f"; {image_text(answer.image, answer.base.day)}" if answer.base.size.bytes else ""
    yield f"{plural(len(shipped), 'layer')} on top of the base: {own}, compressed{image}"
    wasted = Size.sum(row.wasted for row in shipped)
    if wasted.whole != 0:
        unknown = sum(each.bytes is None for row in shipped for each in row.waste)
        count = f" ({plural(unknown, 'item')} of unknown size)" if unknown else ""
        yield f"waste: {wasted}{count}, uncompressed"
    yield _context(answer.context)


def _context(context: Sent | None) -> str:
    if context is None:
        return "build context: size unknown"
    if not context.held.files:
        return "build context: empty"
    told = f"build context: {_amount(context.held)}"
    if context.read is None:
        told += "; which of them are read depends on a variable"
    else:
        told += f"; instructions read {_amount(context.read)}"
    return told if context.sent is None else f"{told}; the builder is sent {_amount(context.sent)}"


def _amount(amount: Amount) -> str:
    return (
        f"{plural(amount.files, 'file')} ({human_bytes(amount.bytes)})"
        if amount.files
        else "nothing"
    )


def _markdown(answer: Answer) -> Iterator[str]:
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---:|---|---|---:|---:|---:|"
    for row in answer.rows:
        cells = (
            str(row.line),
            markdown(_stage(row)),
            markdown_code(row.instruction),
            _tar(row),
            str(row.size),
            _wasted(row),
        )
        yield f"| {' | '.join(cells)} |"
    notes = [f"- line {row.line}: {markdown(note)}" for row in answer.rows for note in _notes(row)]
    yield from ("", *notes) if notes else ()
    for each in _sums(answer):
        yield from ("", each)


def _pretty(answer: Answer, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    from dlint.reporters.terminal import Column, bar, table

    several = len({row.stage for row in answer.rows}) > 1
    columns = (
        Column("line", right=True, style="dim"),
        Column("stage", least=8, shown=several),
        Column("instruction", least=12),
        Column("uncompressed", right=True, spare=True),
        Column("compressed", right=True),
        Column("", spare=True),
        Column("waste", right=True, shown=any(row.waste for row in answer.rows)),
    )
    most = max((row.size.bytes for row in answer.rows), default=0)
    rows: list[tuple[str | Text, ...]] = []
    for row in answer.rows:
        style = "" if row.shipped else "dim"
        cells = (_stage(row), printable(row.instruction), _tar(row), str(row.size))
        rows.append(
            (
                str(row.line),
                *(Text(cell, style) for cell in cells),
                bar(row.size.bytes, most, "yellow" if row.shipped else "dim"),
                Text(_wasted(row), "red"),
            )
        )
    yield table(columns, rows, width)
    yield Text("")
    notes = [(f"line {row.line}", Text(note)) for row in answer.rows for note in _notes(row)]
    if notes:
        place, text = Column("", right=True, style="dim"), Column("", least=20, wraps=True)
        yield table((place, text), notes, width)
        yield Text("")
    first, *rest = _sums(answer)
    yield Text(first, "bold")
    yield from map(Text, rest)
    if any(not row.shipped for row in answer.rows):
        yield Text(NOT_SHIPPED, "dim")
