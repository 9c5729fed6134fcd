"""What the scripts that an install of Node packages runs read of their project."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.shell.managers import by_name
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

# Programs that lifecycle scripts run, with what they read below the project; none for those that
# read nothing of it.
_SCRIPT_READS: Mapping[str, tuple[str, ...]] = {
    "husky": (),  # which writes there, and in git's settings
    "husky-install": (),
    "is-ci": (),
    "patch-package": ("patches",),
    "prisma": ("prisma", "schema.prisma", "prisma.config.ts"),
    "lefthook": ("lefthook.yml",),
    "simple-git-hooks": (),
    "only-allow": (),
    "check-node-version": (),
    "ngcc": (),
    "echo": (),
    "true": (),
    "exit": (),
    "opencollective": (),
    "opencollective-postinstall": (),
    "electron-builder": (),
    "node-gyp": ("binding.gyp",),
    "node-gyp-build": ("binding.gyp",),
    "playwright": (),
    "cypress": (),
    "bower": ("bower.json", ".bowerrc"),
    "typings": ("typings.json",),
    "rimraf": (),
    "mkdirp": (),
    "mkdir": (),
    "test": (),
    "[": (),
    ":": (),
}


# Programs of the shell that read nothing but what they name, and write the last of it.
_READ_NAMED = frozenset(("chmod", "cp", "ln", "mv", "rm", "touch"))
# Words that stand before the program that is meant.
_BEFORE = frozenset(("npx", "node", "yarn", "pnpm", "exec", "cross-env", "-y"))
# Words of the shell that a command may follow, or that end one.
_SHELL = frozenset("if then elif else fi while until do done ! { }".split())
_FOLDER = regex(r"(?!-)[\w@./+-]+")  # a folder that is surely this one
_RUNNERS = frozenset(("npm", "run", "run-s", "npm-run-all"))
_ELSEWHERE = regex(
    r"-C|-F|-r|-w|--(?:filter|dir|prefix|cwd|workspaces?|recursive)(?:=.*)?|workspaces?"
)
_BUILDS = regex(
    r"tsc|webpack|vite|rollup|next|nuxt|nuxi|ng|gulp|grunt|turbo|nx|lerna|tsup|parcel|esbuild|babel|make\b"
)


_SETTINGS = frozenset(("analytics", "telemetry"))  # what a program says of who uses it, off or on
_STRING = regex(r"""["'`]([\w./@+-]{1,100})["'`]""")
# Where a program in JavaScript loads another file of the project.
_LOADS = regex(
    r"""(?:\brequire\(\s{0,9}|\bfrom\s{0,9}|\bimport\s{0,9}\(?\s{0,9})["'](\.{1,2}/[^"'\s]{1,200})["']"""
)
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".ts", ".json", "/index.js")
_IS_JAVASCRIPT = regex(r".*\.[cm]?[jt]s\Z")
_IS_DATA = regex(r".*\.(?:json|ya?ml|toml|prisma|graphql|patch)\Z")
# What lets it read and run anything: Node's own modules and some packages, by their names.
_ACTS = regex(
    r"""["'](?:node:)?(?:fs|fs/promises|child_process|worker_threads|fs-extra|graceful-fs|glob|globby|fast-glob"""
    r"""|shelljs|execa|zx|cross-spawn|cpx|esbuild|webpack|vite|rollup|typescript)["']|\b(?:Bun|Deno|fs)\.|\b(?:__dirname|__filename|import\.meta|process\.cwd)\b"""
)
_MOST = 50  # files of the project that one program loads
_LONGEST = 1 << 16  # characters; what people write for an install is shorter


class ScriptReads(NamedTuple):
    """What scripts read: paths of the image, at or below which files are. `whole`: one of them
    builds, and reads the whole source. `known`: nothing else is read.
    """

    paths: frozenset[str] = frozenset()
    whole: bool = False
    known: bool = True

    def __or__(self, other: object) -> ScriptReads:
        """Return what both read."""
        if not isinstance(other, ScriptReads):
            return NotImplemented
        return ScriptReads(
            self.paths | other.paths, self.whole or other.whole, self.known and other.known
        )


_OF_ANOTHER_PACKAGE = ScriptReads(whole=True, known=False)  # which is there for its source


def lifecycle_reads(
    scripts: Mapping[str, str],
    folder: str,
    places: Collection[str],
    text_of: Callable[[str], str | None] = lambda _: None,
    names: Sequence[str] | None = None,
) -> ScriptReads:
    """Return what npm's lifecycle scripts of the project in `folder` read, or those of `names`, in
    their order, and those that they run; `places` are the files that are there, of which `text_of`
    gives what can be read.
    """
    from dlint.shell.managers.node_family import LIFECYCLE

    found = ScriptReads()
    todo = [name for name in reversed(names or LIFECYCLE) if name in scripts]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for words, at in _commands(scripts[name], folder):
            if not _runs_script(words, scripts):
                program = _program(words, at, places)
                own = sorted(each for each in program.paths if each in places)
                found |= program | program_reads(own, at, places, text_of)
            elif at != folder:
                found |= _OF_ANOTHER_PACKAGE
            elif script := next((word for word in words if word in scripts), None):
                todo.append(script)
            else:
                found |= ScriptReads(known=False)
    return found


def program_reads(
    programs: Iterable[str],
    folder: str,
    places: Collection[str],
    text_of: Callable[[str], str | None],
) -> ScriptReads:
    """Return what programs of the project in `folder` read: themselves, what they load, and what
    they name. All of it is known of JavaScript that neither reads files nor runs programs.
    """
    todo, found, known = list(programs), ScriptReads(), True
    seen: set[str] = set()
    while todo and len(seen) < _MOST:
        place = todo.pop()
        if place in seen or _IS_DATA.match(place):
            continue
        seen.add(place)
        text = text_of(place)
        loads = [_loaded(place, each, places) for each in _LOADS.findall((text or "")[:_LONGEST])]
        todo += filter(None, loads)
        known = known and all(loads) and text is not None and _is_followed(place, text)
        found |= _named_in(text or "", folder, places)
    paths = found.paths | seen
    return ScriptReads(paths, known=known and not todo)


def _is_followed(place: str, text: str) -> bool:
    """Tell whether a program is one that does nothing but load others, as far as its text shows."""
    return _IS_JAVASCRIPT.match(place) is not None and not _ACTS.search(text)


def _loaded(place: str, name: str, places: Collection[str]) -> str | None:
    """Return the file that a program at `place` loads as `name`; None where none is there."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place), name))
    return next((path + end for end in _ENDINGS if path + end in places), None)


def _named_in(text: str, folder: str, places: Collection[str]) -> ScriptReads:
    """Return the files of a project that the text of a script of it names as such."""
    names = (each.removeprefix("./") for each in _STRING.findall(text[:_LONGEST]))
    paths = (posixpath.join(folder, name) for name in names)
    return ScriptReads(frozenset(path for path in paths if path in places))


def _commands(script: str, folder: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of a script's commands, from the program that is meant on, and the folder
    that each is run in.
    """
    for command in re.split(r"&&|\|\||;|\|", script):
        words = command.split()
        while words and words[0] in _SHELL:
            words = words[1:]
        if words[:-1] == ["cd"] and _FOLDER.fullmatch(words[-1]):
            folder = posixpath.normpath(posixpath.join(folder, words[-1]))
            continue
        if _runs_another_package(words):
            yield words, folder
            continue
        while words and ("=" in words[0] or words[0] in _BEFORE):
            words = words[1:]
        if words:
            yield words, folder


def _runs_another_package(words: list[str]) -> bool:
    manager = by_name(words[0]) if words else None
    if manager is None or manager.language != "node":
        return False
    return any(map(_ELSEWHERE.fullmatch, words[1:]))


def _runs_script(words: list[str], scripts: Collection[str]) -> bool:
    return not _runs_another_package(words) and (words[0] in _RUNNERS or words[0] in scripts)


def _program(words: list[str], folder: str, places: Collection[str]) -> ScriptReads:
    """Return what a program reads: what its words name, and what it is known to look for."""
    if _runs_another_package(words):
        return _OF_ANOTHER_PACKAGE
    if words[:2] == ["git", "config"]:  # a folder of hooks that it names is read by later commits
        return ScriptReads()
    if "/" not in words[0] and not _SETTINGS.isdisjoint(words[1:2]):
        return ScriptReads()
    if words[0] in _READ_NAMED:
        return _reads_of_named(words[1:], folder, places)
    reads = _SCRIPT_READS.get(words[0])
    paths = [
        posixpath.normpath(posixpath.join(folder, word))
        for word in words
        if not word.startswith("-")
    ]
    own = [posixpath.join(folder, name) for name in reads or ()]
    is_program = paths[:1] != [] and paths[0] in places  # of the project, which is followed
    return ScriptReads(
        frozenset((*paths, *own)),
        whole=reads is None and not is_program and _BUILDS.match(words[0]) is not None,
        known=reads is not None or is_program,
    )


def _reads_of_named(words: list[str], folder: str, places: Collection[str]) -> ScriptReads:
    """Return what a program reads that reads no more than it names: known only where it writes to
    no place of the project's own files, which a later COPY brings.
    """
    named = [word for word in words if not word.startswith("-")]
    paths = [posixpath.normpath(posixpath.join(folder, word)) for word in named]
    is_plain = bool(named) and all(map(_FOLDER.fullmatch, named))
    written = paths[-1] if is_plain else folder
    return ScriptReads(
        frozenset(paths), known=is_plain and not any(within(each, written) for each in places)
    )
