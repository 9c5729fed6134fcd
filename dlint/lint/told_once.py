"""Which findings of one file are told as one: those that one change mends, or that say the same."""

from __future__ import annotations

from dlint.findings import Cost, Severity
from dlint.lint.report import Note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

    from dlint.lint.report import Diagnostic

FEW = 3  # steps with the same remedy that are still told one by one


def told_once(
    diagnostics: Iterable[Diagnostic],
    layered: Collection[str],
    stage_of: Callable[[Diagnostic], Hashable],
) -> list[Diagnostic]:
    """Return findings, of which some are one: the others become notes of the first. `layered` are
    the rules that are about the layers of single steps; `stage_of` tells the stage of a step.
    """

    def of_steps(each: Diagnostic) -> Hashable:
        is_alike = each.rule in layered and each.help and each.repair is None
        return (each.rule, _remedy(each), stage_of(each)) if is_alike else None

    for_steps = _grouped(_without_echoes([*diagnostics]), of_steps)
    found = [each for group in for_steps for each in _one_remedy(group)]
    return [_one_info(group) for group in _grouped(found, _bare)]


def _without_echoes(found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """Return findings without those that cost nothing by themselves and name, as the place of what
    is wrong, that of another rule's finding with the same help: these are notes of that.
    """
    told = {
        (each.help, each.place.path, each.place.start.line): each
        for each in found
        if not _is_free(each)
    }
    echoes: dict[int, list[Diagnostic]] = {}
    left = []
    for each in found:
        first = _first_to_tell(each, told)
        if first is None:
            left.append(each)
        else:
            echoes.setdefault(id(first), []).append(each)
    return [_with_notes(each, echoes.get(id(each), ()), "") for each in left]


def _first_to_tell(
    echo: Diagnostic, told: Mapping[tuple[str, str, int], Diagnostic]
) -> Diagnostic | None:
    """Return the finding of which one is no more than an echo, if it is."""
    if not echo.help or not _is_free(echo):
        return None
    named = (told.get((echo.help, at.place.path, at.place.start.line)) for at in echo.notes)
    others = (each for each in named if each is not None and each.rule != echo.rule)
    return next(others, None)


def _is_free(each: Diagnostic) -> bool:
    """Tell whether a finding is an info that surely costs no bytes."""
    is_info = each.severity is Severity.INFO
    return is_info and each.cost is not None and each.cost.surely_below(1)


def _grouped(
    diagnostics: Iterable[Diagnostic], key_of: Callable[[Diagnostic], Hashable]
) -> list[list[Diagnostic]]:
    """Return findings by what is the same of them, in the order of the first ones; None is the same
    as nothing else.
    """
    groups: dict[Hashable, list[Diagnostic]] = {}
    for number, each in enumerate(diagnostics):
        key = key_of(each)
        groups.setdefault(number if key is None else key, []).append(each)
    return list(groups.values())


def _one_remedy(found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """Return the first of the worst of many steps of one stage that need the same, with what all
    of them cost.
    """
    if len(found) <= FEW:
        return found
    first = min(found, key=lambda each: each.severity.rank)
    others = [each for each in found if each is not first]
    first = first._replace(cost=Cost.sum(each.cost for each in found))
    return [_with_notes(first, others, f" (and {len(others)} more in this stage)")]


def _bare(each: Diagnostic) -> Hashable:
    return (each.rule, each.place.path, _remedy(each)) if each.is_bare else None


def _remedy(each: Diagnostic) -> Hashable:
    """Return what is the same of findings with the same remedy: the message, too, where the help
    means something that this names (`install before that COPY`), which is another one elsewhere.
    """
    return (each.help, each.message if "that `" in (each.help or "") else "")


def _one_info(found: Sequence[Diagnostic]) -> Diagnostic:
    """Return the first of the infos of one rule in one file that cost nothing that is known, that
    no fix mends and for which the same help is given.
    """
    first, *others = found
    if not others:
        return first
    lines = sorted({each.place.start.line for each in others})
    count = sum(each.things for each in others)
    each_one = "this file" if count == len(lines) else f"{len(lines)} lines"
    where = f"line {lines[0]}" if len(lines) == 1 else each_one
    return _with_notes(first, others, f" (and {count} more in {where})")


def _with_notes(first: Diagnostic, others: Iterable[Diagnostic], how_many: str) -> Diagnostic:
    notes = (
        Note(each.place, "the same" if each.message == first.message else each.message)
        for each in others
    )
    return first._replace(message=first.message + how_many, notes=(*first.notes, *notes))
