"""What the commands of a RUN write that install nothing: folders, accounts, settings, files of the
context again.
"""

from __future__ import annotations

from functools import cached_property

from dlint.bytes.estimate import FOLDER_LAYER, PATH
from dlint.facts.uses import base_reference
from dlint.findings import Basis, Size
from dlint.sizes.downloads import Downloads
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Create, Place, Rewrite
    from dlint.shell.effects import Effect
    from dlint.sizes.held import Holding
    from dlint.syntax import Run

# Measured with Docker 26.1.5 on Debian 13, compressed: useradd, usermod and their like store
# /etc/passwd and three more files again; a home gets its skeleton.
USERS, GROUPS, PASSWORDS, HOME = 1_120, 660, 360, 2_240
# What else writes files of the system, and no others (tools/sizes/commands.py).
OF_COMMANDS = {
    "debconf-set-selections": 396_000,
    "docker-php-ext-enable": 300,
    "ldconfig": 2_220,
    "locale-gen": 868_000,  # one locale, as most images have
    "update-alternatives": 680,
    "update-ca-certificates": 137_000,
    "update-locale": 180,
}
# On Alpine it fetches what lists a library's symbols and removes it again: apk's database is stored
# anew (three published layers, of 22,363 to 22,381 bytes: tools/sizes/published.py).
PHP_ON_ALPINE = 22_300

# The layer itself, and one entry in it.
NOTHING = Size()
FRAME, ENTRY = Size(FOLDER_LAYER, Basis.MODELLED), Size(PATH, Basis.MODELLED)
_WITH_HOME = frozenset(("useradd", "adduser"))
_ACCOUNTS = {
    **dict.fromkeys((*_WITH_HOME, "usermod", "userdel", "deluser"), USERS),
    **dict.fromkeys(("groupadd", "addgroup", "groupmod", "groupdel", "delgroup"), GROUPS),
    **dict.fromkeys(("passwd", "chpasswd", "chsh"), PASSWORDS),
}
# A publisher's key. Debian's own have 0.3 to 8.4 kB compressed, each in a layer of its own
# (tools/sizes/commands.py); this lies between.
KEY = 3_000
_KEYRING = regex(r"\.(?:asc|gpg|key|pgp|pub)\Z|/keyrings/|/trusted\.gpg")
_FETCHES = frozenset(("curl", "wget"))
_READS_KEYS = frozenset(("apt-key", "gpg", "gpg1", "gpg2"))
_WRITES_WORDS = frozenset(("", "mkdir", "touch", "ln", "echo", "printf", "mktemp", "tee"))
_STORES_AGAIN = frozenset(
    ("chmod", "chown", "chgrp", "setfacl", "setcap", "sed", "perl", "dos2unix")
)
_COPIES = frozenset(("cp", "mv"))  # what they write is a file of its own


def changed_bytes(build: Build, stage: Stage, run: Run, weigh: Callable[[Stored], Size]) -> Size:
    """Return about how many compressed bytes `run` writes, but for what it installs.

    A download, a build, files that the base brought: that much more is unknown. `weigh` tells what
    an install above has put somewhere.
    """
    effects = build.effects(run)
    by_command: dict[int, list[Effect]] = {}
    for effect in effects.items:
        by_command.setdefault(id(effect.command), []).append(effect)
    writer = _Writer(build, stage, run, weigh)
    written = [writer.command(each[0].command, each) for each in by_command.values()]
    if not effects.known:
        written.append(Size.unknown(f"the script of line {run.line}"))
    return Size.sum((FRAME, *written, writer.stored_again(), guess(writer.accounts)))


def rewritten_bytes(
    build: Build,
    stage: Stage,
    run: Run,
    rewrites: Iterable[Rewrite],
    weigh: Callable[[Stored], Size],
) -> Size:
    """Return about how many compressed bytes `rewrites`, commands of `run`, store again."""
    writer = _Writer(build, stage, run, weigh)
    for rewrite in rewrites:
        writer.note(rewrite)
    return writer.stored_again()


def guess(count: int) -> Size:
    """Return a size that was measured elsewhere."""
    return Size(count, Basis.GUESSED) if count else NOTHING


class _Writer:
    """Adds up what the commands of one RUN write."""

    def __init__(
        self, build: Build, stage: Stage, run: Run, weigh: Callable[[Stored], Size]
    ) -> None:
        self._build, self._stage, self._run, self._weigh = build, stage, run, weigh
        self._downloads = Downloads(build, run)
        # paths that this RUN has made: small ones, and those that are counted as they come
        self._new: set[str] = {path for path in self._downloads.paths if path}
        self._again: dict[str, bool] = {}  # paths stored again; whether with all below
        self._changing: list[Rewrite] = []  # the commands that do it
        self._moved: set[str] = set()  # those of them that get another place
        self._unseen: list[Size] = []  # what else is stored again
        self.accounts = 0  # bytes of the files that hold them

    @cached_property
    def _above(self) -> Holding:
        from dlint.sizes.held import Holding

        return Holding(self._build, self._stage, self._run, self._weigh)

    @cached_property
    def _left_above(self) -> Holding:
        """Return the same, less what this RUN deletes, which it does not store again either."""
        from dlint.facts.found_deletions import Taken
        from dlint.shell.effects import Delete
        from dlint.sizes.held import Holding

        taken = Taken(tuple(self._build.effects(self._run).of(Delete)))
        return Holding(self._build, self._stage, self._run, self._weigh, taken)

    def _unchanged(self) -> frozenset[str]:
        """Return the places of the context's files that no command noted here changes, though one
        sets what they have.
        """
        from dlint.facts.metadata import may_reach, unchanged_files

        kept = [
            (each, unchanged_files(self._build, self._stage, self._run, each))
            for each in self._changing
        ]
        return frozenset(
            place
            for place in frozenset[str]().union(*(files for _, files in kept))
            if all(place in files or not may_reach(each, place) for each, files in kept)
        )

    def command(self, command: Command, effects: Sequence[Effect]) -> Size:
        """Return the bytes that one command writes, but for those of accounts, and of what it
        stores again.
        """
        from dlint.shell.effects import Create

        made = [each for each in effects if isinstance(each, Create)]
        self._new.update(each.place.path for each in made if each.place.path)
        if command.name in _READS_KEYS:
            return guess(KEY) if made else NOTHING
        if why := next(filter(None, map(self._unseen_of, effects)), None):
            return self._downloads.size(effects) or Size.unknown(why)
        if command.name in _ACCOUNTS:
            return self._account(command)
        if command.name in OF_COMMANDS:
            return guess(self._of_command(command.name))
        return self._written(command, effects, made)

    def _of_command(self, name: str) -> int:
        if name == "debconf-set-selections" and self._asks:
            return 0  # what is installed stores its answers
        base = base_reference(self._build, self._stage.outermost)
        on_alpine = base is not None and ("alpine" in base.name or "alpine" in (base.tag or ""))
        return PHP_ON_ALPINE if on_alpine and name.startswith("docker-php") else OF_COMMANDS[name]

    @cached_property
    def _asks(self) -> bool:
        from dlint.shell.effects import Install

        installs = self._build.effects(self._run).of(Install)
        return any(each.manager == "apt" for each in installs)

    def _account(self, command: Command) -> Size:
        self.accounts = max(self.accounts, _ACCOUNTS[command.name])
        makes_home = command.name in _WITH_HOME and _makes_home(command)
        return guess(HOME) if makes_home else NOTHING

    def _written(self, command: Command, effects: Sequence[Effect], made: Sequence[Create]) -> Size:
        """Return the bytes of the files that a command makes, and note those that it changes."""
        from dlint.shell.effects import Rewrite

        if made:
            from dlint.facts.stored import storage
            from dlint.sizes.held import environment_bytes

            step = self._build.step_of(self._run)
            stored = self._build.fact(storage).of(step) if step else ()
            text = self._build.dockerfile.source[command.span]
            size = environment_bytes(text, made[0].place.path, stored)
            if size is not None:
                return guess(size)
        for each in effects:
            if isinstance(each, Rewrite) and each.how not in {"touch", *_COPIES}:
                self.note(each)
        return Size.sum(map(self._made, made))

    def _unseen_of(self, effect: Effect) -> str | None:
        """Say what an effect brings whose size nothing tells; None where it brings no such thing,
        or where this RUN deletes it again.
        """
        place = _written(effect)
        if place is not None and (_KEYRING.search(place.form) or self._is_deleted(effect, place)):
            return None
        return _unseen(effect)

    def _is_deleted(self, effect: Effect, place: Place) -> bool:
        """Tell whether a later command of the RUN is sure to delete what an effect puts
        somewhere.
        """
        from dlint.facts.deletions import takes
        from dlint.shell.effects import Delete

        items = self._build.effects(self._run).items
        at = next(number for number, each in enumerate(items) if each is effect)
        deletes = (each for each in items[at:] if isinstance(each, Delete))
        return any(each.command.certain and takes(each, place) for each in deletes)

    def note(self, rewrite: Rewrite) -> None:
        """Note what a command stores again; a file that two commands change is stored once."""
        path = rewrite.place.rooted
        if rewrite.only == "d":
            return  # a folder has no content
        self._changing.append(rewrite)
        if rewrite.how not in _STORES_AGAIN | _COPIES:
            self._unseen.append(Size.unknown(f"what `{rewrite.how}` changes"))
        elif path is None or rewrite.place.glob or rewrite.only == "some":
            self._unseen.append(Size.unknown(rewrite.place.form))
        else:
            self._again[path] = self._again.get(path, False) or rewrite.recursive
            if rewrite.how in _COPIES:
                self._moved.add(path)

    def stored_again(self) -> Size:
        """Return the bytes of all that was noted."""
        whole = [path for path, recursive in self._again.items() if recursive]
        outermost = [
            (path, recursive)
            for path, recursive in self._again.items()
            if not any(path != other and within(path, other) for other in whole)
        ]
        if not outermost:
            return Size.sum(self._unseen)
        changed = self._left_above.sparing(self._unchanged())
        held = (
            ENTRY.plus(
                self._held(path, whole=whole, above=None if path in self._moved else changed)
            )
            for path, whole in outermost
        )
        return Size.sum((*self._unseen, *held))

    def _made(self, create: Create) -> Size:
        command = create.command
        if self._is_deleted(create, create.place):
            return NOTHING
        if command.name in _FETCHES and _KEYRING.search(create.place.form):
            return guess(KEY)
        if create.source is not None and command.name != "ln":
            path = create.source.rooted
            if path is None or create.source.glob:
                return Size.unknown(create.source.form)
            return ENTRY.plus(self._held(path, whole=True))
        is_small = command.name in _WRITES_WORDS or (command.name == "cat" and not command.args)
        is_folder = command.name == "install" and any(
            word.form in {"-d", "--directory"} for word in command.args
        )
        if create.tree or not (is_small or is_folder):
            return Size.unknown(f"what `{command.name}` writes")
        return ENTRY

    def _held(self, path: str, *, whole: bool, above: Holding | None = None) -> Size:
        folders = self._build.folders_before(self._run)
        if above is None:
            is_again = path in self._again.keys() - self._moved
            above = self._left_above if is_again else self._above
        return above.size(
            path, whole=whole, there=path in folders or path in self._new, new=path in self._new
        )


def _unseen(effect: Effect) -> str | None:
    """Say what an effect brings that nothing here tells the size of; None where it brings no such
    thing.
    """
    from dlint.shell.effects import Clone, Extract, Fetch, Unknown

    match effect:
        case Fetch(output=None):
            return None  # what reads it from the pipe stores it, if anything does
        case Fetch():
            return f"what `{effect.command.name}` downloads"
        case Clone():
            return "a git clone"
        case Extract():
            return "an unpacked archive"
        case Unknown():
            return f"what `{effect.command.name or effect.command.word.form}` writes"
    return None


def _written(effect: Effect) -> Place | None:
    """Return where a download or an archive goes."""
    from dlint.shell.effects import Extract, Fetch

    match effect:
        case Fetch():
            return effect.output
        case Extract():
            return effect.destination
    return None


def _makes_home(command: Command) -> bool:
    """Tell whether a command that adds an account makes its home, too."""
    words = {word.form for word in command.args}
    if command.name == "useradd":
        return any(
            form == "--create-home" or (form[:1] == "-" != form[1:2] and "m" in form)
            for form in words
        )
    return words.isdisjoint(("--system", "--no-create-home", "-H", "-S", "-r"))
