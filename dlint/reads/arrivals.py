"""What of the build context has arrived in a stage by the time one of its steps runs, and where it
stands there.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from dlint.model.build import UNKNOWN_WORKDIR, is_remote
from dlint.model.scope import join
from dlint.syntax import Add, Run, Transfer
from dlint.text.lazy import lazy
from dlint.text.paths import nested, within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from dlint.bytes.landed import Landed, Landing
    from dlint.bytes.selection import Selection
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.syntax import Instruction


class Arrival:
    """A COPY or ADD from the build context, or a RUN's bind mount of it (`mounted`), in a stage's
    chain.

    `files` are the context's files by the absolute path at which they stand in the image; a working
    directory that only the base knows is written `/?`. `destination` is where they go. `known` is
    False where the context does not hold what is copied, so that it cannot be the right one;
    `files` is empty then. `missing` tells that it holds what another COPY names, but not
    all that this one does. `made_of` are the context's files of which another stage has made what
    arrives, if it is taken from there.
    """

    def __init__(
        self, step: Step, instruction: Transfer | Run, destination: str, *, mounted: bool = False
    ) -> None:
        """Stand for `instruction`, what it takes not yet looked at."""
        self.step = step
        self.instruction = instruction
        self.destination = destination
        self.mounted = mounted
        # whether it takes the whole context, as far as its text tells
        self.whole = isinstance(instruction, Transfer) and instruction.takes_whole_context
        self.known = False
        self.missing = False
        self.made_of = frozenset[str]()
        self.selection: Selection | None = None
        self._sizes: dict[frozenset[str], int | None] = {}

    @property
    def copied(self) -> bool:
        """Whether all of it is copied as it is: an ADD unpacks archives."""
        return not isinstance(self.instruction, Add) or (
            self.selection is not None and not self.selection.archives
        )

    @lazy
    def files(self) -> Mapping[str, str]:
        """The context's files that it takes, by where they stand: of a large context megabytes of
        paths, which not every check asks for.
        """
        landings = self.selection.landings if self.selection else ()
        if len(landings) == 1:
            return _placed(landings[0])
        found: dict[str, str] = {}
        for landing in landings:
            found.update(_placed(landing))
        return found

    @lazy
    def sources(self) -> frozenset[str]:
        """The context's files that it takes."""
        if self.selection is None:
            return frozenset(self.files.values())
        return frozenset(each.source for each in self._landed())

    def _landed(self) -> Iterator[Landed]:
        entries = self.selection.entries if self.selection else ()
        return (each for each in entries if each.entry.kind != "dir")

    @lazy
    def by_folder(self) -> Mapping[str, Sequence[str]]:
        """The context's files that it takes out of the folders at the root of the context."""
        found: dict[str, list[str]] = {}
        for path in self.sources:
            top, slash, _ = path.partition("/")
            if slash:
                found.setdefault(top, []).append(path)
        return found

    def without(self, places: Collection[str]) -> Self:
        """Return the same arrival, less what stood at some places."""
        from copy import copy

        left = copy(self)
        left.files = {place: each for place, each in self.files.items() if place not in places}
        left.sources = frozenset(left.files.values())
        return left

    def bytes_of(self, sources: frozenset[str]) -> int | None:
        """Return the compressed size of some of its files (modelled), worked out once; None where
        it is not known.
        """
        if self.selection is None:
            return None
        if sources not in self._sizes:
            from dlint.bytes.estimate import packed

            self._sizes[sources] = packed(self.selection, sources)
        return self._sizes[sources]

    def under(self, folder: str) -> bool:
        """Tell whether something of it may stand at or below `folder`, or `folder` stands below its
        destination.
        """
        return nested(self.destination, folder)

    def named_by(self, command: Command, workdir: str | None) -> bool:
        """Tell whether a command, run in `workdir`, names something of it."""
        return names_below(command, workdir, self.destination, self.files)

    def runs(self, command: Command, workdir: str | None) -> bool:
        """Tell whether a command, run in `workdir`, is a program of it, or has a shell or another
        interpreter run one.
        """
        return any(path in self.files for path in paths_started(command, workdir))

    def started_by(self, command: Command, workdir: str | None) -> str | None:
        """Return the context's file that such a command runs, also by its bare name; None where it
        runs none of these.
        """
        started = paths_started(command, workdir)
        named = next((path for path in started if path in self.files), None)
        if named is None and "/" not in command.word.form:
            found = (path for path in self.files if posixpath.basename(path) == command.word.form)
            named = next(found, None)
        return None if named is None else self.files[named]


def _placed(landing: Landing) -> dict[str, str]:
    """Return the files of a part of a COPY by where they stand, kept with it: another revision has
    the same part.
    """
    found: dict[str, str] | None = landing.known.get(_placed)
    if found is None:
        found = landing.known[_placed] = {
            f"/{each.path}": each.source for each in landing if each.entry.kind != "dir"
        }
    return found


INTERPRETERS = frozenset(
    ("sh", "bash", "ash", "dash", "zsh", "python", "python3", "node", "perl", "ruby", "php")
)


def paths_started(command: Command, workdir: str | None) -> Iterator[str]:
    """Yield the paths that a command, run in `workdir`, would start a program of, or have a shell
    or another interpreter run it.
    """
    here = join(workdir or UNKNOWN_WORKDIR, command.cwd or ".")
    words = [command.word, *(each for each in command.args if not each.form.startswith("-"))]
    is_started = command.name in INTERPRETERS
    named = (join(here, each.form) for each in words[: 1 + is_started])
    return filter(None, named)


class Arrivals:
    """The arrivals of every stage of a build, each worked out when it is asked for."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._by_instruction: dict[int, Arrival | None] = {}
        self._by_stage: dict[int, list[tuple[int, Arrival]]] = {}
        self._by_folder: dict[int, Mapping[str, Sequence[Arrival]]] = {}
        self._built_outside: dict[int, bool] = {}

    def before(self, stage: Stage, instruction: Instruction) -> Iterator[Arrival]:
        """Yield what has arrived from the context before `instruction` in the chain of `stage`,
        first things first.
        """
        for each, count in self._build.parts_before(stage, instruction):
            for at, arrival in self.in_stage(each):
                if at < count:
                    yield arrival

    def of_stage(self, stage: Stage) -> Iterator[Arrival]:
        """Yield what arrives from the context in the chain of `stage`."""
        for each, _ in self._build.parts_before(stage, None):
            for _, arrival in self.in_stage(each):
                yield arrival

    def in_folder(self, stage: Stage, folder: str) -> list[Arrival]:
        """Return what arrives from the context in a folder itself in the chain of `stage`."""
        chain = self._build.parts_before(stage, None)
        return [found for each, _ in chain for found in self._own_folders(each).get(folder, ())]

    def _own_folders(self, stage: Stage) -> Mapping[str, Sequence[Arrival]]:
        """Return what arrives in a stage's own steps by the folders where it does."""
        if stage.index not in self._by_folder:
            found: dict[str, list[Arrival]] = {}
            for _, arrival in self.in_stage(stage):
                found.setdefault(arrival.destination.rstrip("/"), []).append(arrival)
            self._by_folder[stage.index] = found
        return self._by_folder[stage.index]

    def in_stage(self, stage: Stage) -> list[tuple[int, Arrival]]:
        """Return what arrives in a stage's own steps, with the numbers of these."""
        found = self._by_stage.get(stage.index)
        if found is None:
            found = self._by_stage[stage.index] = [
                (at, arrival)
                for at, step in enumerate(self._build.steps(stage))
                if isinstance(step.instruction, Transfer)
                if (arrival := self.of(step, step.instruction))
            ]
        return found

    def of(self, step: Step, transfer: Transfer) -> Arrival | None:
        """Return what a COPY or ADD brings from the context; None where it takes from elsewhere."""
        key = transfer.index
        if key not in self._by_instruction:
            self._by_instruction[key] = self._read(step, transfer)
        return self._by_instruction[key]

    def mounted(self, step: Step, run: Run) -> Iterator[Arrival]:
        """Yield what a RUN's bind mounts show of the context: one without a target shows it in the
        working directory.
        """
        for mount in run.mounts:
            target = step.state.expand(mount.target or ".")
            if mount.type != "bind" or mount.from_ or target is None:
                continue
            place = join(step.state.workdir or UNKNOWN_WORKDIR, target) or "/"
            arrival = Arrival(step, run, place, mounted=True)
            source = posixpath.normpath("/" + (mount.source or "")).strip("/")
            arrival.files = self._files_at(source, place)
            arrival.known = bool(arrival.files)
            yield arrival

    def _files_at(self, source: str, place: str) -> dict[str, str]:
        """Return the context's files at and below `source` by where they stand, seen at `place`."""
        context = self._build.context
        entry = context.entries.get(source)
        if entry and entry.kind == "file":
            return {place: source}
        if source and not entry:
            return {}
        skip = len(source) + 1 if source else 0
        return {
            posixpath.join(place, each.path[skip:]): each.path
            for each in context.below(source)
            if each.kind == "file"
        }

    @lazy
    def doubtful(self) -> bool:
        """Whether the build must have another context than this: nothing else is there, or sources
        are not, or a script makes it.

        Of several sources one may be what a build is still to make: by its name, or as git ignores
        it. Such a one counts where nothing that is there speaks for the context.
        """
        files = (
            entry.path for entry in self._build.context.entries.values() if entry.kind == "file"
        )
        if all(_is_no_source(posixpath.basename(path)) for path in files):
            return True
        recipes = self._build.recipes
        if recipes is not None and recipes.is_assembled(self._build.path):
            return True
        held, missing = self._held_and_missing()
        if held:
            missing = [*self._without_outputs(missing)]
        return len(missing) * _MOST > held

    def is_built_outside(self, arrival: Arrival) -> bool:
        """Tell whether a COPY takes what is built before the image: its name says so, or a recipe
        puts it there, and no settings, and git ignores it. What of it is in the checkout, if
        anything, is one build's.
        """
        transfer = arrival.instruction
        if not isinstance(transfer, Transfer):
            return False
        key = transfer.index
        if key not in self._built_outside:
            self._built_outside[key] = self._are_built(self.paths(transfer))
        return self._built_outside[key]

    def _are_built(self, paths: Sequence[str]) -> bool:
        repository = self._build.repository
        if repository is None or not paths or any(map(_WRITTEN.search, paths)):
            return False
        if all(_BUILT.search(each) or self._is_put_there(each) for each in paths):
            # what is absent may be a folder, of which alone a pattern with a slash at its end tells
            ignored = repository.ignored([*paths, *(f"{each}/" for each in paths)])
            return all(each in ignored or f"{each}/" in ignored for each in paths)
        inside = [each for path in paths if path for each in self._put_in(path)]
        return bool(inside) and not repository.ignored(inside).isdisjoint(inside)

    def _put_in(self, folder: str) -> Iterator[str]:
        """Yield where recipes that run at the root copy or move programs and folders to, inside a
        folder of the context.
        """
        recipes, repository = self._build.recipes, self._build.repository
        prefix = f"{repository.prefix}/" if repository and repository.prefix else ""
        for each in recipes.filled if recipes else ():
            path = each.removeprefix(prefix)
            if path.startswith(f"{folder}/") and _MADE.fullmatch(posixpath.basename(path)):
                yield path

    def _is_put_there(self, path: str) -> bool:
        """Tell whether a recipe copies or moves something to what is called as the last part of a
        path: it may be started in any folder.
        """
        recipes = self._build.recipes
        name = posixpath.basename(path)
        if recipes is None or not _MADE.fullmatch(name):
            return False
        return name in recipes.filled_names

    def paths(self, transfer: Transfer) -> list[str]:
        """Return what a COPY names, as paths in the context; `$` is one that is not known."""
        named = (self._build.expand(transfer, word.text) or "$" for word in transfer.sources)
        return [posixpath.normpath(f"/{each}").strip("/") for each in named]

    @lazy
    def _holds_some(self) -> bool:
        """Whether a COPY of named files finds them."""
        return self._held_and_missing()[0] > 0

    def _held_and_missing(self) -> tuple[int, list[Transfer]]:
        """Return how many COPYs of named files find them, and those that do not."""
        held, missing = 0, []
        for stage in self._build.stages:
            for step in self._build.steps(stage):
                transfer = step.instruction
                if isinstance(transfer, Transfer) and transfer.from_ is None:
                    selection = self._build.selection(transfer)
                    if selection is not None and selection.failures:
                        missing.append(transfer)
                    elif selection is not None and not transfer.takes_whole_context:
                        held += 1
        return held, missing

    def absent(self) -> Iterator[tuple[str, Transfer]]:
        """Yield what COPYs of built stages name by its whole name and the context does not hold:
        secrets, whoever builds puts there.
        """
        for transfer in self._held_and_missing()[1]:
            stage = self._build.stage_of(transfer)
            for path in self.paths(transfer) if stage and self._build.live(stage) else ():
                is_name = path != "" and not any(mark in path for mark in "$*?[")
                is_secret = _SECRET.search(posixpath.basename(path)) is not None
                if is_name and not is_secret and path not in self._build.context.entries:
                    yield path, transfer

    def _without_outputs(self, missing: Iterable[Transfer]) -> Iterator[Transfer]:
        """Yield those of the COPYs that miss what they name that do not name the outputs of a
        build alone.
        """
        build = self._build
        unlike: list[tuple[Transfer, list[str]]] = []
        for transfer in missing:
            absent = [each for each in self.paths(transfer) if each not in build.context.entries]
            if paths := [path for path in absent if not _OUTPUT.search(path)]:
                unlike.append((transfer, paths))
        asked = [each for _, paths in unlike for each in paths if "$" not in each]
        ignored = build.repository.ignored(asked) if build.repository else frozenset()
        yield from (transfer for transfer, paths in unlike if not ignored.issuperset(paths))

    def _read(self, step: Step, transfer: Transfer) -> Arrival | None:
        if transfer.from_ is not None or transfer.destination is None or not transfer.sources:
            return None
        if isinstance(transfer, Add) and self._only_downloads(step, transfer):
            return None
        to = step.state.expand(transfer.destination.text, self._build.dockerfile.escape)
        destination = join(step.state.workdir or UNKNOWN_WORKDIR, to)
        if destination is None:
            return None
        arrival = Arrival(step, transfer, destination)
        selection = self._build.selection(transfer)
        if selection is None:
            return arrival
        if selection.failures:
            arrival.missing = self._holds_some
        elif not self.doubtful:
            arrival.selection = selection
            arrival.known = True
            arrival.missing = self._lacks_download(transfer)
        return arrival

    def _lacks_download(self, transfer: Transfer) -> bool:
        """Tell whether a COPY names a folder to which a recipe downloads a file before the build,
        where the checkout has none.
        """
        paths = self.paths(transfer) if self._downloads else ()
        return any(within(each, path) for each in self._downloads for path in paths if path)

    @lazy
    def _downloads(self) -> Sequence[str]:
        """The files that recipes download into the context, and that it lacks."""
        build = self._build
        start = build.repository.prefix if build.repository else ""
        found = build.recipes.downloads_for(build.path) if build.recipes else ()
        paths = [posixpath.relpath(each, start or ".") for each in found]
        return [
            each
            for each in paths
            if each not in build.context.entries and not build.context.ignored(each)
        ]

    def _only_downloads(self, step: Step, add: Add) -> bool:
        escape = self._build.dockerfile.escape
        expanded = (step.state.expand(word.text, escape) for word in add.sources)
        return all(
            is_remote(text or word.text.strip("\"'"))
            for text, word in zip(expanded, add.sources, strict=True)
        )


def arrivals(build: Build) -> Arrivals:
    """Return what arrives from the context in the stages of `build`; a fact:
    `build.fact(arrivals)`.
    """
    return Arrivals(build)


def whole_copy(build: Build) -> Transfer | None:
    """Return the first COPY or ADD of a built stage that takes whatever the context holds."""
    for stage in filter(build.live, build.stages):
        for each in stage.instructions:
            if isinstance(each, Transfer) and each.takes_whole_context and not each.excludes:
                return each
    return None


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """Return a pattern as in .dockerignore (`/src/**/*.csproj`) as a regular expression."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    return re.compile("".join(_PIECES.get(piece) or re.escape(piece) for piece in pieces))


def files_of(here: Iterable[Arrival]) -> dict[str, str]:
    """Return the context's files by where they stand once several arrivals have come in this order:
    of two in one place the later one is there.
    """
    return {place: path for arrival in here for place, path in arrival.files.items()}


_MOST = (
    3  # times as many COPYs must find what they name as do not, for the context to be the right one
)
_OUTPUT = regex(
    r"(?:^|/)(?:_?build|dist|out(?:put)?|target|publish|releases?|artifacts?)(?:/|$)"
    r"|\.(?:jar|war|ear|whl|deb|rpm|zip|tgz|tar|tar\.\w+)$"
)
# Folders that a build fills: an archive that git ignores may be somebody else's.
_BUILT = regex(
    r"(?:^|/)_?(?:build|dist|out(?:put)?|target|publish|releases?|artifacts?)(?:/|$)",
)
# A folder, a program or an archive, by its name.
_MADE = regex(r"[^.]+|.*\.(?:bin|deb|ear|exe|jar|rpm|tar|tar\.\w+|tgz|war|whl|zip)")
# A secret, by the name of its file.
_SECRET = regex(r"(?i)secret|credential|\A(?:\.env|id_)|\.(?:crt|jks|key|p12|pem|pfx)\Z")
# Settings, by their names: a build copies them as they are.
_WRITTEN = regex(r"(?:\.(?:env|conf|cfg|ini|ya?ml|toml|txt|md|service|crt|pem|key)|[A-Z]\w*file)$")
_TESTS = frozenset(("", "[", "[[", "]", "]]"))  # no patterns for names
_SUBSTITUTES = regex(r"[\d,$]{0,20}s[^\w\s\\]")
_PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _is_no_source(name: str) -> bool:
    """Tell whether a file, by its name, is hidden or one that says how an image is built."""
    return name.startswith(("Dockerfile", "Containerfile", ".")) or name.endswith(
        (".dockerfile", ".Dockerfile")
    )


def names_below(
    command: Command, workdir: str | None, folder: str, files: Collection[str] = ()
) -> bool:
    """Tell whether a command names one of `files`, or something in, or above, `folder`.

    A word without a slash, a dot at its start or a wildcard is a path only where a file of that
    name is known.
    """
    for path, is_path in paths_told(command, workdir):
        if path in files or (is_path and nested(path, folder)):
            return True
    return False


def paths_named(command: Command, workdir: str | None) -> Iterator[str]:
    """Yield the paths that a command names, seen from `workdir`: of them, those above and below
    count as named.
    """
    return (path for path, is_path in paths_told(command, workdir) if is_path)


def paths_meant(command: Command, workdir: str | None) -> Iterator[str]:
    """Yield the paths that the words of a command would be, as far as they can be paths at all."""
    return (path for path, _ in paths_told(command, workdir))


def paths_told(command: Command, workdir: str | None) -> Iterator[tuple[str, bool]]:
    """Yield what a command may name, and whether that is a path surely."""
    here = join(workdir or UNKNOWN_WORKDIR, command.cwd or ".")
    targets = (each.target for each in command.redirects if each.target)
    words = (each for each in command.args if not _is_substitution(command, each.form))
    for word in (command.word, *words, *targets):
        for text in re.split(r"[=@]|file:", word.form):
            path = join(here, text) if _may_be_path(text) else None
            if path is not None and path != "/":
                yield path, "/" in text or word.glob or text.startswith(".")


def _is_substitution(command: Command, text: str) -> bool:
    """Tell whether a word is one of sed's commands (`s/deb.example.com/mirror.example.com/g`)."""
    if command.name != "sed" or not _SUBSTITUTES.match(text):
        return False
    mark = text[text.index("s") + 1]
    return text.count(mark) > 2  # noqa: PLR2004  before, between and behind


def _may_be_path(text: str) -> bool:
    return text not in _TESTS and not text.startswith("-") and "://" not in text
