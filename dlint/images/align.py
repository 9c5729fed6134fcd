"""Which step of an image's history came from which instruction of a Dockerfile.

An image's history is that of its base, whose length nobody tells, then one step an instruction, in
the builder's own words. Those words were read from images that BuildKit 0.13, Docker 26's classic
builder and buildah 1.39 built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.images.facts import HistoryStep, LayerFact

KEYWORD = r"(?P<kind>[A-Z]+)\s+(?P<text>.*)"
# BuildKit writes the instruction, with ` # buildkit` behind those that make a layer.
WRITTEN = re.compile(KEYWORD, re.DOTALL)
# The classic builder and buildah write all that runs no command behind the shell: `/bin/sh -c
# #(nop) COPY …`.
NOP = re.compile(r".*?#\(nop\)\s+" + KEYWORD, re.DOTALL)
# A shell's option before a script, as in `/bin/bash -o pipefail -c`, `cmd /S /C`, `powershell
# -Command`.
OPTION = re.compile(r"(?:\s(?:-\w*c|/s|/c|-command))+(?=\s|$)", re.IGNORECASE)
# Build arguments that a RUN saw stand before it: `|2 A=1 B=two words /bin/sh -c …`.
ARGUMENTS = re.compile(r"\|\d+ ")
# The classic builder and buildah name what a COPY brings by its content: only the destination can
# be compared.
CONTENT = re.compile(r"(?:file|dir|multi):[0-9a-f]+ in (.*)", re.DOTALL)
FLAGS = re.compile(r"\A\s*(?:--[a-z]\S*\s+)+")
VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\w+)")
PUNCTUATION = str.maketrans(dict.fromkeys("[]\"',"))

# Weights: one step of the same words outweighs all that can be said of others; steps of one kind go
# together where both stand between such; before the first of them, where the base ends, only if
# they are alike.
SAME = 1000.0
ALIKE = 4.0
STRANGE = -0.6
SKIPPED = -2.0


class InstructionLine(NamedTuple):
    """An instruction as it may appear in a history.

    `kind` is its keyword in upper case. `candidates` are the texts behind the keyword that would be
    the same instruction: as written and with its variables expanded; for RUN the script, or the
    words of the exec form joined by blanks; for ARG the name alone too, as buildah writes it. What
    still stands as `$NAME` in one matches anything (in RUN, itself). Flags such as --from do not
    count.
    """

    kind: str
    candidates: tuple[str, ...]


class Match(NamedTuple):
    """The step that an instruction made; `exact` where its words are the same, else it stands at
    the same place.
    """

    step: HistoryStep
    exact: bool

    @property
    def layer(self) -> LayerFact | None:
        """The step's layer, if it made one."""
        return self.step.layer


class Wording(NamedTuple):
    """A step's or instruction's words, without what builders write in their own way; `kind` ""
    where it is none.
    """

    kind: str
    text: str
    words: frozenset[str]


def align(
    history: Sequence[HistoryStep], instructions: Sequence[InstructionLine]
) -> list[Match | None]:
    """Find for each instruction the step that it made; None where none did.

    `instructions` are those of the stages that make up the image, FROM left out, in order; metadata
    among them helps to find the place of the others. Both orders are kept, as much as possible is
    matched by its words, and what changed since, between two such matches, by its place. Where the
    base's own history ends is found on the way. Takes time in proportion to the product of their
    numbers, some tens each.
    """
    steps = [read_step(step.created_by) for step in history]
    lines = [[wording(line.kind, text) for text in line.candidates] for line in instructions]
    values = [[_likeness(candidates, step) for step in steps] for candidates in lines]
    best = _sums(values, len(steps))
    found: list[Match | None] = [None] * len(instructions)
    row, column = len(instructions), len(steps)
    while best[row][column] > 0:
        value = values[row - 1][column - 1]
        if best[row][column] == best[row - 1][column]:
            row -= 1
        elif value is not None and best[row][column] == best[row - 1][column - 1] + value:
            row, column = row - 1, column - 1
            found[row] = Match(history[column], value == SAME)
        else:
            column -= 1
    return found


def _sums(values: Sequence[Sequence[float | None]], width: int) -> list[list[float]]:
    """Find the best sum for the first `row` instructions and `column` steps.

    Leaving out an instruction is free, and so are steps before the first match: they are the
    base's.
    """
    best = [[0.0] * (width + 1)]
    for row in values:
        above, line = best[-1], [0.0]
        for column, value in enumerate(row, 1):
            matched = 0.0 if value is None else above[column - 1] + value
            line.append(max(above[column], line[-1] + SKIPPED, matched, 0.0))
        best.append(line)
    return best


def read_step(created_by: str) -> Wording:
    """Read a step's text, whoever wrote it."""
    text = created_by.strip().removesuffix("# buildkit")
    if match := WRITTEN.match(text) or NOP.match(text):
        return wording(match["kind"], match["text"])
    return wording("RUN" if ARGUMENTS.match(text) or OPTION.search(text) else "", text)


def wording(kind: str, text: str) -> Wording:
    """Leave out what does not count: how blanks stand, and but for RUN, flags, quotes, brackets and
    commas.
    """
    if kind != "RUN":
        text = FLAGS.sub("", text).translate(PUNCTUATION)
    words = text.split()
    return Wording(kind, " ".join(words), frozenset(words))


def _likeness(candidates: Sequence[Wording], step: Wording) -> float | None:
    """Weigh a pair; None where they cannot be the same instruction."""
    alike = [each for each in candidates if each.kind == step.kind]
    if not alike:
        return None
    same = _same_script if step.kind == "RUN" else _same_words
    if any(same(each.text, step.text) for each in alike):
        return SAME
    return STRANGE + ALIKE * max(
        len(each.words & step.words) / (len(each.words | step.words) or 1) for each in alike
    )


def _same_script(script: str, ran: str) -> bool:
    """Tell whether `ran` is `script` behind build arguments and a shell."""
    before = ran.removesuffix(script)
    if before == ran or not (before.endswith(" ") or not before):
        return False
    option = OPTION.search(before)
    return (
        not before[option.end() :].strip()
        if option
        else not before or bool(ARGUMENTS.match(before))
    )


def _same_words(candidate: str, text: str) -> bool:
    """Tell whether `text` is `candidate`, whose variables stand for anything."""
    if content := CONTENT.fullmatch(text):
        candidate, text = candidate.rpartition(" ")[2], content[1]
    first, *others = VARIABLE.split(candidate)
    if not others:
        return first == text
    *middle, last = others
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, max(at, end))
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end and text.startswith(first) and text.endswith(last)
