"""Programs of a Node.js project's packages that commands start by way of its manager."""

from __future__ import annotations

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A manager that is told to start a script of the project or a program of its packages, as a shell
# or a list of words has it: `npx X`, `yarn X`, `["npm", "run", "X"]`.
_STARTED = regex(
    r"(?<![\w./@-])(?:npx|bunx|(?:npm|pnpm|yarn|bun)"
    r"(?:[ \t\"',]{1,9}(?:run(?:-script)?|exec|x)(?=[ \t\"',]))?)"
    r"(?:[ \t\"',]{1,9}-[\w=./-]{0,80})*[ \t\"',]{1,9}(?P<name>@?[\w][\w@./:-]{0,200})"
)
_OF_SEVERAL = frozenset(("npm-run-all", "run-p", "run-s"))  # start the scripts that words name
_WORD = regex(r"[^\s\"'=\[\],;&|()]+")
# Packages whose programs are not called as they are.
_CALLED = {"@angular/cli": "ng", "@playwright/test": "playwright", "typescript": "tsc"}


def started_by_manager(texts: Iterable[str], scripts: Mapping[str, str]) -> Iterator[str]:
    """Yield what may be programs of packages in the commands that `texts` have a manager start:
    those by name, and the words of the `scripts` of package.json.
    """
    todo = [name for text in texts for name in _STARTED.findall(text)]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in scripts:
            yield name
            continue
        for text in (scripts.get(f"{part}{name}", "") for part in ("", "pre", "post")):
            words = _WORD.findall(text)
            yield from words
            todo += _STARTED.findall(text)
            todo += words if not _OF_SEVERAL.isdisjoint(words) else ()


def programs_of(package: str) -> frozenset[str]:
    """Return what the programs of a package may be called, by its name; types have none."""
    scope, _, name = package.rpartition("/")
    if scope == "@types":
        return frozenset()
    if name == "cli":
        name = scope.removeprefix("@")
    return frozenset((package, name, name.removesuffix("-cli"), _CALLED.get(package, name)))
