"""Selectors: a rule (`order/copy-before-install`), a family (`order`) or `all`."""

from __future__ import annotations

from dlint.errors import DlintError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.rule.rule import Rule

ALL = "all"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return what `word`, in whatever case, was probably meant to be, None where nothing is
    near.
    """
    from difflib import get_close_matches

    word = word.lower()
    names = sorted(known)
    by_last_part = {name.rpartition("/")[2]: name for name in names}
    if word in by_last_part:
        return by_last_part[word]
    close = get_close_matches(word, names, n=1, cutoff=0.7)
    return close[0] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?`, or nothing."""
    meant = nearest(word, known)
    return f"did you mean {meant!r}?" if meant else ""


def names(rules: Iterable[str]) -> set[str]:
    """Return every selector that takes a rule: the rules' names, their families and `all`."""
    known = set(rules)
    return known | {name.partition("/")[0] for name in known} | {ALL}


def covers(selector: str, rule: str) -> bool:
    """Tell whether `selector` takes `rule`."""
    return selector in (ALL, rule) or rule.startswith(f"{selector}/")


def specificity(selector: str) -> int:
    """0 for `all`, 1 for a family, 2 for a rule: the more specific selector decides."""
    return 0 if selector == ALL else 1 + ("/" in selector)


def require_known(selectors: Iterable[str], rules: Mapping[str, Rule], origin: str) -> None:
    """Raise DlintError for the first selector that takes no rule; `origin` says where it was
    written.
    """
    known = names(rules)
    for selector in selectors:
        if selector not in known:
            raise DlintError(
                f"{origin}: no rule or family is called {selector!r}", _hint(selector, rules)
            )


def _hint(selector: str, rules: Mapping[str, Rule]) -> str:
    """Say what was probably meant: a name like it, or the rules that mean the same as another
    linter's code.
    """
    same = [name for name, rule in rules.items() if selector.upper() in rule.aliases]
    if same:
        return f"{selector.upper()} is part of {' and '.join(same)}"
    return suggestion(selector, names(rules)) or "`dlint rules` lists them"
