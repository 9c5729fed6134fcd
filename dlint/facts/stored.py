"""What the steps of a stage's chain stored in layers of their own, as far as their text and the
context tell.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.homes import home_filled
from dlint.model.mounts import is_stored
from dlint.model.scope import join
from dlint.reads.arrivals import Arrival, arrivals
from dlint.syntax import Add, Copy, Run, Transfer
from dlint.text.paths import under, within
from dlint.text.patterns import regex
from dlint.text.units import lines
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Create, Effects, Install, Place, Unknown
    from dlint.syntax import Instruction


# Commands that make folders, links, empty files and lines of text; what others make has a content.
_MAKE_LITTLE = frozenset(
    ": adduser addgroup echo groupadd ln mkdir mkfifo mknod printf touch true useradd".split()
)
_HEAVY = frozenset(("clone", "copy", "fetch", "install", "stage", "unpack"))
_ARCHIVE = regex(r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|jar|run|iso|7z|[ew]ar|exe)\Z")
# Scripts and settings, signatures and checksums, by their names.
_LIGHT = regex(
    r"\A/etc/|/\.[^/]*\Z|/(?:MD5|SHA\d{1,3})SUMS?\Z"
    r"|\.(?:sh|bash|py|pl|conf|cfg|list|repo|txt|json|ya?ml|toml|ini|patch|diff"
    r"|asc|crt|gpg|key|minisig|pem|pub|sig|(?:md5|sha\d{1,3})(?:sums?)?)"
    r"(?:\.(?:dist|example|sample|template))?\Z"
)
# Libraries, and more of what people write, by their names: a few kB, as a rule.
_SMALL = regex(
    r"\.(?:so(?:\.\d+)*|[cm]?[jt]sx?|css|lua|php|rb|ps1|service|properties|sql|env|tmpl|tpl|j2|html|svg|xml|wasm)\Z"
)
# What starts a program in an image, and what it is set up with.
_SCRIPT = regex(
    r"\.(?:sh|bash|conf|cfg|txt|json|ya?ml|toml|ini)\Z|(?:entrypoint|wait|wrapper)[^/.]*\Z"
)
# What is downloaded without an ending and called after what it does: a script.
_SCRIPT_FETCHED = regex(r"/(?:(?:install|wait|get|setup)-[^/.]*|init|run|start|wait)\Z")
# Folders of such files, by their names.
_SMALL_FOLDER = regex(
    r"/(?:scripts?|conf(?:ig)?(?:\.d)?|settings|hooks|patches|(?:[\w.-]{1,80}[_-])?licen[cs]es?)\Z"
)
_KEEPS_FOLDER = regex(r"(?:^|/)\.(?:git)?(?:keep|ignore)$")  # in a folder that would be empty
_ENDING = regex(r"\.(?!\d+\Z)|\.so\.")  # `tool-1.2` is no name of a file more than of a folder
_CONDA = regex(r"(?:conda|forge)[^/]*\.sh\Z")
# Things at, below or above one path that are looked at for each command that changes it: what more
# has been stored there is not known. Of 5,522 public Dockerfiles none has more than 26.
MOST_NEAR = 50
_MOST_NAMED = 3  # lines that a message names, of what steps stored or built
TELLING = 4  # characters of a name that are enough to know an archive's folder by
_DEBUG = "/usr/lib/debug"  # of Debian's packages called -dbgsym, and -dbg
_TAR = regex(r"\.(?:tar|t[gx]z|tbz2?|tar\.\w+)\Z")  # what ADD unpacks


class Stored(NamedTuple):
    """Something that a step wrote.

    `path` is absolute, or None where it is not known; `form` is the path with its unknown parts as
    written. `tree` tells that it is a folder with unknown content. `how` is "copy" (from the
    context), "stage" (from another one), "fetch", "clone", "unpack", "install", "make" or "base";
    `text` is what the command or instruction says. `arrival` holds the context's files of a copy;
    where it holds none, each source is taken for a file or a folder by its name. `filled` tells
    that a command has made a file of unknown size: `cat a b > c`, `cp`, `tar -c`. `start` is where
    the command of a RUN begins.
    """

    instruction: Instruction
    path: str | None
    form: str
    tree: bool
    how: str
    text: str
    arrival: Arrival | None = None
    filled: bool = False
    start: int = 0

    @property
    def may_be_heavy(self) -> bool:
        """Whether it is worth a word: of unknown size, and not a script or a setting by its
        name.
        """
        if self.arrival is not None:
            return self.tree or self.arrival.known or self._is_archive
        return self.tree or (self.how in _HEAVY and not _LIGHT.search(self.form))

    @property
    def is_light(self) -> bool:
        """Whether it is a script, a setting or a key by its name: some kB."""
        return not self.tree and _LIGHT.search(self.form) is not None

    def is_weighty_at(self, path: str) -> bool:
        """Tell whether a part of a folder from another stage is surely no trifle by its name: that
        of a script or a setting is some kB.
        """
        if not _ENDING.search(posixpath.basename(path).strip(".")):
            return self.is_weighty
        part = self._replace(path=path, form=path, tree=False)
        return part.is_weighty and not part.is_light

    @property
    def is_of_scripts(self) -> bool:
        """Whether it is a COPY that names nothing but scripts and settings."""
        copy = self.instruction
        return isinstance(copy, Transfer) and all(
            _SCRIPT.search(word.text.strip("\"'")) for word in copy.sources
        )

    @property
    def is_weighty(self) -> bool:
        """Whether it is surely no trifle: of what the context does not hold, an archive or all of
        the source is; of what comes from elsewhere, all but what is small by its name: a single
        file, a folder of scripts or settings, or a script that is downloaded.
        """
        arrival = self.arrival
        if arrival is None:
            if self.how == "fetch" and _SCRIPT_FETCHED.search(self.form):
                return False
            small = _SMALL_FOLDER if self.tree else _SMALL
            return not small.search(self.form)
        return arrival.known or arrival.whole or self._is_archive

    @property
    def _is_archive(self) -> bool:
        return _ARCHIVE.search(self.form) is not None

    def files_under(self, path: str) -> frozenset[str]:
        """Return the context's files of a copy that stand at or below `path`."""
        files = self.arrival.files if self.arrival else None
        return frozenset([files[place] for place in under(files, path)]) if files else frozenset()

    def is_all_under(self, path: str) -> bool:
        """Tell whether all of a copy stands at or below `path`, as far as is seen."""
        seen = self.arrival if self.arrival and self.arrival.known else None
        return seen is None or self.files_under(path) == seen.sources

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file that it brought, as far as is seen."""
        if self.arrival is not None and self.arrival.known:
            return path in self.arrival.files
        return self.path == path and not self.tree

    def only_keeps_folder(self, path: str) -> bool:
        """Tell whether all that stands at or below `path` is there for git, which has no empty
        folders.
        """
        files = self.files_under(path)
        return bool(files) and all(map(_KEEPS_FOLDER.search, files))

    def has_program(self, path: str) -> bool:
        """Tell whether a COPY --from took `path`, a file: a folder would leave its name behind, and
        none stands in /bin.
        """
        copy = self.instruction
        if self.how != "stage" or not isinstance(copy, Transfer):
            return False
        folder, _, name = path.rpartition("/")
        if name not in {word.text.strip("\"'").rpartition("/")[2] for word in copy.sources}:
            return False
        return self.path == folder or (self.path == path and folder.endswith(("/bin", "/sbin")))

    def bytes_of(self, sources: frozenset[str]) -> int | None:
        """Return the compressed size of some of the files of a copy (modelled); None where it is
        not known, and of none.
        """
        return self.arrival.bytes_of(sources) if self.arrival is not None and sources else None


class Storage:
    """What each stage's steps stored, each worked out when it is asked for."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._by_instruction: dict[int, tuple[Stored, ...]] = {}
        self._by_stage: dict[int, _InStage] = {}
        self._bringers: dict[int, _Bringers] = {}

    def nearest(self, stage: Stage, instruction: Instruction | None, path: str) -> list[Stored]:
        """Return the last of what `near` yields, MOST_NEAR things at most."""
        parts = self._build.parts_before(stage, instruction)
        near = (self._in_stage(each).near(path, count)[-MOST_NEAR:] for each, count in parts)
        return list(chain.from_iterable(near))[-MOST_NEAR:]

    def near(self, stage: Stage, instruction: Instruction | None, path: str) -> Iterator[Stored]:
        """Yield what was stored before `instruction` in the chain of `stage` and may stand at or
        below `path`, or in a folder above it, first things first; all of the chain's where
        `instruction` is None.
        """
        for each, count in self._build.parts_before(stage, instruction):
            yield from self._in_stage(each).near(path, count)

    def _in_stage(self, stage: Stage) -> _InStage:
        found = self._by_stage.get(stage.index)
        if found is None:
            steps = self._build.steps(stage)
            stored = [(at, each) for at, step in enumerate(steps) for each in self.of(step)]
            found = self._by_stage[stage.index] = _InStage(stored)
        return found

    def of(self, step: Step) -> tuple[Stored, ...]:
        """Return what one step stores."""
        index = step.instruction.index
        if index not in self._by_instruction:
            found: Iterator[Stored] = iter(())
            if isinstance(step.instruction, Transfer):
                found = self._transferred(step, step.instruction)
            elif isinstance(step.instruction, Run):
                found = self._made(step, step.instruction)
            self._by_instruction[index] = tuple(found)
        return self._by_instruction[index]

    def made(self, instruction: Instruction) -> tuple[Stored, ...]:
        """Return what an instruction of a stage stores."""
        step = self._build.step_of(instruction)
        return self.of(step) if step else ()

    def packaged(self, stage: Stage, run: Run, path: str) -> Stored | None:
        """Return a folder at or below `path` that packages have brought in a RUN above: below /opt
        one of a package's name, the symbols for debuggers, or what Conda's installer was told to
        fill. None where `run` makes it itself.
        """
        from dlint.shell.effects import Create

        build = self._build
        made = build.effects(run).of(Create)
        if any(makes(each, path) for each in made):
            return None
        for each, count in build.parts_before(stage, run):
            at = self._bringers_of(each).first(path)
            if at is not None and at < count:
                above = build.steps(each)[at].instruction
                text = build.dockerfile.source[above.span]
                return Stored(above, path, path, tree=True, how="install", text=text)
        return None

    def _bringers_of(self, stage: Stage) -> _Bringers:
        found = self._bringers.get(stage.index)
        if found is None:
            found = self._bringers[stage.index] = _Bringers()
            for at, step in enumerate(self._build.steps(stage)):
                for _, effects in self._build.effects_in([step]):
                    found.note(at, effects)
        return found

    def _transferred(self, step: Step, transfer: Transfer) -> Iterator[Stored]:
        arrival = self._build.fact(arrivals).of(step, transfer)
        if arrival is not None and _is_yet_to_come(arrival):
            unseen = Arrival(step, transfer, arrival.destination)
            yield from self._by_name(step, transfer, unseen)
        elif arrival is not None and (arrival.known or arrival.whole):
            place, is_tree = arrival.destination, not arrival.known
            yield Stored(transfer, place, place, is_tree, "copy", transfer.value.text, arrival)
        else:
            yield from self._by_name(step, transfer, arrival)

    def _by_name(self, step: Step, transfer: Transfer, arrival: Arrival | None) -> Iterator[Stored]:
        """Yield what each source of a COPY comes to, taken for a file or a folder by its name."""
        state, escape = step.state, self._build.dockerfile.escape
        to = state.expand(transfer.destination.text, escape) if transfer.destination else None
        place = join(state.workdir or "/?", to)
        if to is None or place is None:
            return
        into_folder = self._goes_into_folder(transfer, to, place)
        how = _origin(transfer, arrival)
        for word in transfer.sources:
            source = state.expand(word.text, escape)
            name = posixpath.basename((source or _form(word.text, state.values)).rstrip("/"))
            is_file = how == "fetch" or _is_named_as_file(name, transfer, how)
            path = posixpath.join(place, name) if into_folder and is_file and name else place
            known = path if source is not None or path == place else None
            # as commands write what only the base knows
            form = path[1:] if path.startswith("/?") else path
            yield Stored(transfer, known, form, not is_file, how, transfer.value.text, arrival)

    def _goes_into_folder(self, transfer: Transfer, to: str, place: str) -> bool:
        """Tell whether the destination is a folder for what is copied to land in."""
        return (
            to.endswith("/")
            or to == "."
            or len(transfer.sources) > 1
            or place in self._build.folders_before(transfer)
        )

    def _made(self, step: Step, run: Run) -> Iterator[Stored]:
        from dlint.shell.effects import Clone, Create, Extract, Fetch, Install, Unknown

        source = self._build.dockerfile.source
        found = self._build.effects(run, step.state)
        for effect in found.items:
            text = source[effect.command.span]
            place: Place | None = None
            how, tree, filled = "make", False, False
            match effect:
                case Fetch():
                    place, how = effect.output, "fetch"
                case Clone():
                    place, how, tree = effect.destination, "clone", True
                case Extract():
                    place, how, tree = effect.destination, "unpack", True
                case Create():
                    place, tree, filled = effect.place, effect.tree, _is_filled(effect)
                    if _is_unpacked(effect, found):
                        how, tree = "unpack", True
                case Install() | Unknown():
                    for folder in _filled(self._build, step, run, effect):
                        yield Stored(run, folder, folder, tree=True, how="install", text=text)
            if place is not None and not place.glob and is_stored(self._build, run, place.form):
                start = effect.command.span.start
                yield Stored(
                    run, place.rooted, place.form, tree, how, text, filled=filled, start=start
                )


class _InStage:
    """What the steps of one stage store, each with the number of its step, looked up by where."""

    def __init__(self, stored: Sequence[tuple[int, Stored]]) -> None:
        from dlint.model.places import Places

        self._stored = stored
        self._places = Places()
        self._anywhere: list[int] = []
        self._near: dict[str, Sequence[int]] = {}
        for number, (_, each) in enumerate(stored):
            if each.path is None:
                self._anywhere.append(number)
            else:  # the destination of a COPY, which holds all of its files
                self._places.note(each.path, number)

    def near(self, path: str, count: int) -> Sequence[Stored]:
        """Return what the first steps have stored at, below or above `path`, or nobody knows
        where.
        """
        numbers = self._near.get(path)
        if numbers is None:
            numbers = sorted((*self._anywhere, *self._places.nested(path)))
            self._near[path] = numbers
        end = bisect_left(numbers, count, key=lambda number: self._stored[number][0])
        return [self._stored[number][1] for number in numbers[:end]]


class _Bringers:
    """The first steps of a stage that bring a folder by their packages, or by Conda's installer."""

    def __init__(self) -> None:
        self._named: dict[str, int] = {}  # parts of packages' names
        self._debug: int | None = None  # a package of symbols
        self._condas: dict[str, int] = {}  # the folders that Conda's installers are told

    def note(self, at: int, effects: Effects) -> None:
        """Note what a step brings."""
        from dlint.shell.effects import Install

        for package in {each for install in effects.of(Install) for each in install.names}:
            for part in package.split("-"):
                self._named.setdefault(part, at)
            if self._debug is None and package.endswith(("-dbgsym", "-dbg")):
                self._debug = at
        for folder in conda_prefixes(effects):
            self._condas.setdefault(folder, at)

    def first(self, path: str) -> int | None:
        """Return the first step that brings the folder at `path`; `-p` says where Conda goes."""
        name = path.rpartition("/")[2]
        found = [self._condas.get(path)]
        if path == _DEBUG:
            found.append(self._debug)
        elif path == f"/opt/{name}":
            found.append(self._named.get(name))
        return min((each for each in found if each is not None), default=None)


def conda_prefixes(effects: Effects) -> Iterator[str]:
    """Yield the folders that Conda's installers are told to fill."""
    from dlint.shell.effects import Unknown

    for unknown in effects.of(Unknown):
        words = [unknown.command.word.form, *unknown.command.forms]
        if any(map(_CONDA.search, words)):
            yield from (folder for flag, folder in pairwise(words) if flag == "-p")


def makes(create: Create, path: str) -> bool:
    """Tell whether a command makes what stands at a path: not one that makes a folder which may
    stand already.
    """
    place = create.place.path
    may_stand = create.command.name == "mkdir" and path == _DEBUG
    return place is not None and within(place, path) and not may_stand


def _filled(build: Build, step: Step, run: Run, effect: Install | Unknown) -> Iterator[str]:
    """Yield the folders that an install, or a tool's download, fills."""
    from dlint.shell.effects import Install

    if isinstance(effect, Install):
        yield from dependency_folders(build, step, effect)
    home = home_filled(build, step, effect)
    if home is not None and is_stored(build, run, home):
        yield home


def _is_filled(effect: Create) -> bool:
    """Tell whether a command has made a file of a size that it does not say."""
    command = effect.command
    is_said = any(each.operator.startswith("<<") for each in command.redirects)
    makes_folders = command.name == "install" and effect.source is None
    return not (effect.tree or is_said or makes_folders or command.name in _MAKE_LITTLE)


def _is_unpacked(create: Create, effects: Effects) -> bool:
    """Tell whether `mv` gives a name to the folder of an archive that its RUN unpacks beside it."""
    from dlint.shell.effects import Extract

    if create.command.name != "mv" or not create.source or not create.source.glob:
        return False
    folder = posixpath.dirname(create.source.form)
    return any(each.destination.form == folder for each in effects.of(Extract))


def _is_yet_to_come(arrival: Arrival) -> bool:
    """Tell whether a COPY names patterns of files alone of which the context holds none: they are
    made before a build.
    """
    selection = arrival.selection
    if selection is None or selection.entries or selection.archives:
        return False
    return bool(selection.unmatched)


def _origin(transfer: Transfer, arrival: Arrival | None) -> str:
    """Return where a COPY or ADD takes its files from, as `Stored.how`."""
    if arrival:
        return "copy"
    return "stage" if isinstance(transfer, Copy) and transfer.from_ else "fetch"


def _is_named_as_file(name: str, transfer: Transfer, how: str) -> bool:
    """Tell whether a source is a file by its name, and no archive that ADD unpacks."""
    unpacked = isinstance(transfer, Add) and how == "copy" and _TAR.search(name) is not None
    return _ENDING.search(name.strip(".")) is not None and not unpacked


def _form(word: str, values: Mapping[str, str]) -> str:
    """Write a word whose variables are not all known as commands' paths are written, so that the
    two can be equal.
    """
    from dlint.shell.words import literal

    return literal(word, values).form


def whose_files(
    stored: Iterable[Stored], built: Collection[int] = (), *, partly: bool = False
) -> str:
    """Name the steps that stored what a command stores again, of many the one that is given first
    and the first others; and the lines of those that have `built` there, but for what is told
    already. `partly`: not all that they stored there.
    """
    parts = list(stored)
    bases = [each.instruction.line for each in parts if each.how == "base"]
    told = {each.instruction.line for each in parts if each.how != "base"}
    text = f"files of the base image in line {bases[0]}" if bases else ""
    if told:
        of_lines = _named_lines(told, parts[0].instruction.line)
        text += " and " * bool(bases) + f"{'some' if partly else 'the'} files of {of_lines}"
    others = sorted({*built} - told)
    return f"{text}, and what is built there in {lines(others, _MOST_NAMED)}," if others else text


def _named_lines(told: Collection[int], heaviest: int) -> str:
    """Name lines in their order, of too many the heaviest step's and the first others."""
    by_weight = sorted(told, key=lambda line: (line != heaviest, line))
    named, more = sorted(by_weight[:_MOST_NAMED]), by_weight[_MOST_NAMED:]
    return lines([*named, *more], _MOST_NAMED)


def storage(build: Build) -> Storage:
    """Return what the stages of `build` store; a fact: `build.fact(storage)`."""
    return Storage(build)
