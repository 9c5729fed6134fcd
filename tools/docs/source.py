"""Makes the source of the documentation site: plain Markdown, and a `mkdocs.yml` beside it.

    python tools/docs/source.py [FOLDER]          (default: build/docs)

The pages are those of docs/. What the program knows better is put in the place of a comment: the
options of a command, the list of the rules. Each rule's own page
becomes a page of the site, and a rule's name in code leads to it. The address of the site is that
of `pyproject.toml`. `llms.txt` lists the pages for programs that read.
"""

from __future__ import annotations

import argparse
import posixpath
import re
import shutil
import tomllib
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dlint.cli import VERBS
from dlint.cli.parser import VARIABLES
from dlint.fleet.schema import COLUMNS, FINDINGS, LAYERS, SEEN
from dlint.lint import pages
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.rule.rule import Rule

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
# Texts of the repository that are pages of the site as well.
TEXTS = {"SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
# Verbs that take the options of a build.
BUILDING = ("check", "push", "history", "order", "layers")
# Titles of argparse's own, which say nothing.
UNTITLED = frozenset(("positional arguments", "options"))
MARKER = re.compile(r"^<!-- (options|shared options|rules|columns)(?:: (.+))? -->$", re.MULTILINE)
CODE = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!\[)`([a-z]+/[a-z-]+)`(?!\])")
LINK = re.compile(r"\]\(([^)\s]+)\)")


# --- the source of the site


def write_source(folder: Path) -> None:
    """Write `mkdocs.yml` and `docs/` into `folder`, which is emptied first."""
    rules = Plugins(third_party=False).rules
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder / "docs", ignore=shutil.ignore_patterns("mkdocs.yml"))
    sources = [path.relative_to(PROJECT).as_posix() for path in sorted(DOCS.rglob("*.md"))]
    written = {
        _page(source): _relinked((PROJECT / source).read_text(encoding="utf-8"), source)
        for source in (*sources, *TEXTS)
    }
    written |= {f"rules/{rule.name}.md": pages.page(rule) for rule in rules.values()}
    config = _config(rules)
    for page, text in written.items():
        filled = MARKER.sub(lambda found: _generated(found[1], found[2], rules), text)
        path = folder / "docs" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_linked(filled, page, rules), encoding="utf-8")
    (folder / "mkdocs.yml").write_text(
        yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    index = _llms(config, written, rules)
    (folder / "docs" / "llms.txt").write_text(index, encoding="utf-8")


def _config(rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Read docs/mkdocs.yml, and add the site's address and the rules' pages."""
    config: dict[str, Any] = yaml.safe_load((DOCS / "mkdocs.yml").read_text(encoding="utf-8"))
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[Any] = ["rules/index.md"]
    for family, members in groupby(rules.values(), key=lambda rule: rule.family):
        listed.append({family: [{rule.name: f"rules/{rule.name}.md"} for rule in members]})
    nav = [
        {title: listed} if entry == "rules/index.md" else {title: entry}
        for section in config["nav"]
        for title, entry in section.items()
    ]
    return {**config, "site_url": settings["project"]["urls"]["Documentation"], "nav": nav}


def _page(source: str) -> str:
    """Return the page of the site that a file of the repository is; "" for one that is none."""
    return TEXTS.get(source, source.removeprefix("docs/") if source.startswith("docs/") else "")


def _relinked(text: str, source: str) -> str:
    """Make links between files of the repository links between pages of the site."""

    def link(found: re.Match[str]) -> str:
        name, mark, anchor = found[1].partition("#")
        page = _page(posixpath.normpath(posixpath.join(posixpath.dirname(source), name)))
        if "://" in name or not name or not page:
            return found[0]
        here = posixpath.dirname(_page(source))
        return f"]({posixpath.relpath(page, here or '.')}{mark}{anchor})"

    return LINK.sub(link, text)


def _generated(what: str, of: str | None, rules: Mapping[str, Rule]) -> str:
    match what:
        case "options":
            return "\n".join(_options(*str(of).split()))
        case "shared options":
            return _table("option", (_option(each) for each in _shared().values()))
        case "columns":
            return _columns(str(of))
        case _:
            return pages.listing(rules.values(), lambda rule: f"{rule.name}.md").split("\n", 2)[2]


def _linked(text: str, page: str, rules: Mapping[str, Rule]) -> str:
    """Make links of the rules' names in code, but in blocks, headings and on a rule's own page."""

    def link(found: re.Match[str]) -> str:
        name = found[1]
        own = f"rules/{name}.md"
        if name not in rules or own == page:
            return found[0]
        return f"[`{name}`]({posixpath.relpath(own, posixpath.dirname(page) or '.')})"

    parts, last = [], 0
    for block in CODE.finditer(text):
        parts += [_outside(text[last : block.start()], link), block[0]]
        last = block.end()
    return "".join([*parts, _outside(text[last:], link)])


def _outside(text: str, link: Callable[[re.Match[str]], str]) -> str:
    return "\n".join(
        line if line.startswith("#") else SPAN.sub(link, line) for line in text.split("\n")
    )


# --- the options of a command


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of a verb's words, as the command line makes it."""
    parser = argparse.ArgumentParser(prog=f"dlint {verb}", description=VERBS[verb])
    import_module(f"dlint.cli.{verb}").add_arguments(parser)
    return parser


def _action(parser: argparse.ArgumentParser, name: str) -> argparse.ArgumentParser:
    """Return the parser of one of a verb's actions, such as `record` of `facts`."""
    for each in parser._actions:  # noqa: SLF001  argparse has no public view of its own arguments
        if isinstance(each, argparse._SubParsersAction) and name in each.choices:  # noqa: SLF001
            return each.choices[name]
    return parser


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[argparse.Action]]]:
    """Yield the groups of a parser's arguments: a title, and what is in the group."""
    for group in parser._action_groups:  # noqa: SLF001  as above
        shown = [
            each
            for each in group._group_actions  # noqa: SLF001
            if each.help != argparse.SUPPRESS and "--help" not in each.option_strings
        ]
        if shown:
            yield str(group.title), shown


def _shared() -> dict[tuple[str, ...], argparse.Action]:
    """Return the options that mean the same for every verb that looks at a build."""
    found = [
        {
            (*each.option_strings, str(each.help)): each
            for _, group in _arguments(parser_of(verb))
            for each in group
            if each.option_strings
        }
        for verb in BUILDING
    ]
    return {key: each for key, each in found[0].items() if all(key in other for other in found)}


def _options(verb: str, action: str = "") -> Iterator[str]:
    """Yield the table of a verb's own options, its groups below each other."""
    parser = _action(parser_of(verb), action)
    shared = _shared()
    rows: list[tuple[str, str]] = []
    others = False
    for title, group in _arguments(parser):
        own = [each for each in group if (*each.option_strings, str(each.help)) not in shared]
        others = others or len(own) < len(group)
        if own and title not in UNTITLED:
            rows.append((f"**{_sentence(title)}**", ""))
        rows += map(_option, own)
    yield _table("option", rows)
    if others:
        yield "It also takes the [options that most commands share](shared.md).\n"


def _option(action: argparse.Action) -> tuple[str, str]:
    name = ", ".join(f"`{each}`" for each in action.option_strings)
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    about = f"{_sentence(str(action.help or '')).removesuffix(', …')}."
    if action.choices and not metavar:
        about += f" One of {', '.join(f'`{each}`' for each in action.choices)}."
    about += "".join(
        f" Environment: `{VARIABLES[each]}`." for each in action.option_strings if each in VARIABLES
    )
    if not action.option_strings:
        return f"`{metavar or action.dest}`", about
    return f"{name} `{metavar}`" if metavar and action.nargs != 0 else name, about


def _sentence(text: str) -> str:
    """Return a help's text as it is printed, as the start of a sentence."""
    return text[:1].upper() + text[1:].replace("%%", "%")


def _columns(name: str) -> str:
    """Return the columns of a table of a fleet's answers."""
    tables = {"images": COLUMNS, "layers": LAYERS, "findings": FINDINGS, "runs": SEEN}
    rows = ((f"`{each.name}`", each.type, f"{_sentence(each.meaning)}.") for each in tables[name])
    return _table("column", rows, "type", "what it holds")


def _table(title: str, rows: Iterable[tuple[str, ...]], *more: str) -> str:
    head = (title, *(more or ("what it does",)))
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(_cell(each) for each in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# --- llms.txt (https://llmstxt.org)


def _llms(config: Mapping[str, Any], written: Mapping[str, str], rules: Mapping[str, Rule]) -> str:
    site = config["site_url"]
    parts = [f"# {config['site_name']}\n\n> {config['site_description']}\n"]
    for section in config["nav"]:
        for title, entry in section.items():
            listed = [entry] if isinstance(entry, str) else [each for each in entry if each]
            rows = [
                f"- [{_heading(written[page])}]({site}{_address(page)}): {_first(written[page])}\n"
                for page in map(_page_of, listed)
                if page
            ]
            parts.append(f"## {title}\n\n{''.join(rows)}")
    rows = [f"- [{name}]({rule.url}): {rule.summary}\n" for name, rule in rules.items()]
    return "\n".join([*parts, f"## All rules\n\n{''.join(rows)}"])


def _page_of(entry: str | Mapping[str, Any]) -> str:
    """Return the page of an entry of the navigation, empty for a section of pages."""
    if isinstance(entry, str):
        return entry
    (page,) = entry.values()
    return page if isinstance(page, str) else ""


def _address(page: str) -> str:
    return page.removesuffix("index.md") if page.endswith("index.md") else f"{page[:-3]}/"


def _heading(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ").strip()


def _first(text: str) -> str:
    """Return the first paragraph of prose, as one line without links."""
    paragraphs = (each for each in text.split("\n\n") if each[:1] not in {"#", "|", "`", "<"})
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", " ".join(next(paragraphs, "").split()))


if __name__ == "__main__":
    command = argparse.ArgumentParser(description="Makes the source of the documentation site.")
    command.add_argument("folder", nargs="?", type=Path, default=PROJECT / "build" / "docs")
    write_source(command.parse_args().folder)
