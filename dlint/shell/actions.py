"""What a command asks of a package manager, as the managers in `dlint.shell.managers` say."""

from __future__ import annotations

import re

from dlint.shell.arguments import Arguments, after, arguments
from dlint.shell.managers import by_command, by_interpreter, by_name
from dlint.shell.managers.words import BUILD, INSTALL, REFRESH, REMOVE, VARIABLE
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.shell.managers.manager import Cache, Manager, Verb
    from dlint.shell.packages import Package
    from dlint.shell.script import Command, ShellWord

_PYTHON = regex(r"(?:python|pypy)[\d.]*\Z")
_VERSIONED = regex(r"([a-z]+)-?\d[\d.]*\Z")
_NUMBER = (*"0123456789.",)
MAX_FLAGS = 4  # `npm --global config set`: few flags stand before `config`
_SWITCH = regex(r"/\w+:")  # `/p:Version=1`, as MSBuild has them
_SUBSTITUTED = regex(
    r"(?:\$\(|`)\s*(?:sudo\s+)?(?:[^\s()`]*python[\d.]*\s+-m\s+)?(?:[^\s()`]*/)?([^\s()`/]+)\s"
)
# NodeSource's, packagecloud's and Cloudsmith's scripts, made to be given to a shell: they run
# `apt-get update` and install with apt.
_SETUP = regex(r"//deb\.nodesource\.com/setup|/(?:bash|script|setup)\.deb\.sh\b")
_PARTS_OF_SWAP = frozenset((REMOVE, INSTALL))
_FALSE = frozenset(["", "0", "false", "no", "off", "n"])


class Action(NamedTuple):
    """A command as a manager reads it; `words` are its operands after the subcommand."""

    command: Command
    manager: Manager
    verb: Verb
    arguments: Arguments
    words: tuple[ShellWord, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        """What it names to install or remove; a folder of one's own is a project, not a package."""
        if not self.verb.packages:
            return ()
        from dlint.shell.packages import package

        operands = self._named[self._first :]
        found = [package(self.manager.grammar, word) for word in (*operands, *self._editable)]
        if self.verb.project:
            editable = set(self._editable)
            found = [one for one in found if not self._is_project(one.word, editable)]
        return tuple(self._versioned(found))

    @property
    def removed(self) -> tuple[Package, ...]:
        """What a command that installs names to remove."""
        if not self.verb.swaps:
            return ()
        from dlint.shell.packages import package

        words = (word for word in self._named[: self._first] if word.form not in _PARTS_OF_SWAP)
        return tuple(package(self.manager.grammar, word) for word in words)

    @property
    def _named(self) -> list[ShellWord]:
        """Its operands but those for others: `gem install x -- --build-flag`."""
        return [word for word in self.words if not word.form.startswith("-")]

    @property
    def _first(self) -> int:
        """The place of the first operand to install: `yum swap -- remove a b -- install c` says
        itself where that is.
        """
        forms = [word.form for word in self._named] if self.verb.swaps else []
        is_told = _PARTS_OF_SWAP.issubset(forms)
        return forms.index(INSTALL) + 1 if is_told else self.verb.first

    @property
    def _editable(self) -> tuple[ShellWord, ...]:
        return self.arguments.values(*self.manager.editable)

    def _versioned(self, found: Sequence[Package]) -> Iterator[Package]:
        """Apply flags that name a version (`gem install x -v 1.2`) or a commit (`cargo install
        --git U --rev R`).
        """
        version = self.arguments.value(*self.manager.version_flags)
        if place := self.verb.version_at:  # luarocks install NAME VERSION
            version, found = next(iter(self.words[place:]), version), found[:1]
        commit = self.arguments.has("--rev", "--tag")
        for one in found:
            if version is not None:
                yield one._replace(version=version.form, exact=_is_exact(version))
            else:
                yield one._replace(exact=True) if commit else one

    @property
    def projects(self) -> tuple[ShellWord | None, ...]:
        """Folders whose own source is installed or built; None is the project's folder."""
        if not self.verb.project or self.arguments.has(*self.manager.no_project):
            return ()
        if self.verb.project == ".":
            return (None,)
        paths = [
            word
            for word in (*self.words, *self._editable)
            if self._is_project(word, self._editable)
        ]
        if self.manager.one_project:
            return (None,) if paths or not self.words else ()
        return tuple(paths) or ((None,) if self.verb.does == BUILD else ())

    def _is_project(self, word: ShellWord, editable: Collection[ShellWord]) -> bool:
        if self.verb.does == BUILD:
            return not _SWITCH.match(word.form) and word.form not in {"true", "false"}
        from dlint.shell.packages import package

        one = package(self.manager.grammar, word)
        return (
            one.kind == "path" or (word in editable and one.kind == "index")
        ) and not _is_archive(one.name)

    @property
    def directory(self) -> ShellWord | None:
        """The folder that a flag makes the project's."""
        return self.arguments.value(*self.manager.directories)

    @property
    def reads(self) -> tuple[ShellWord, ...]:
        """Files named on the command line that say what to install."""
        named = self.arguments.values(*self.manager.reads, *self.manager.project_files)
        of_groups = [_before_colon(word) for word in self._groups if ":" in word.form]
        if not self.verb.lists and (not self.manager.reads_operands or self.verb.packages):
            return (*named, *of_groups)
        operands = (word for word in self.words if not _SWITCH.match(word.form))
        return (*named, *of_groups, *operands)

    @property
    def files(self) -> tuple[str, ...]:
        """Patterns of the project files that it reads, with the one that names a group."""
        is_in_project = any(":" not in word.form for word in self._groups)
        groups = self.manager.groups_in if is_in_project else ""
        return tuple(dict.fromkeys(filter(None, (*self._own_files, groups))))

    @property
    def _own_files(self) -> tuple[str, ...]:
        skipped = self.verb.bare and (self.words or self.reads or self.everywhere)
        if skipped and self.verb.of_project:
            named = (each for each in self.packages if each.text and each.kind == "index")
            skipped = all("@" in each.word.raw for each in named)
        return () if skipped or self.everywhere else self.verb.files

    @property
    def _groups(self) -> tuple[ShellWord, ...]:
        """The groups of packages that it is told to install: `main`, `lib/pyproject.toml:main`."""
        return self.arguments.values("--group") if self.manager.groups_in else ()

    @property
    def everywhere(self) -> bool:
        """Whether it installs for the whole image, not for a project."""
        return self.verb.everywhere or self.arguments.has(*self.manager.everywhere)

    @property
    def cleans(self) -> frozenset[str]:
        """The kinds of caches that a cleaning command empties; none named is all."""
        alike = [
            verb
            for verb in self.manager.verbs
            if verb.words == self.verb.words and _applies(verb, self.arguments)
        ]
        return frozenset(kind for verb in alike for kind in verb.cleans)

    @property
    def dry(self) -> bool:
        """Whether the command only says what it would do."""
        return self.arguments.has(*self.manager.dry)

    @property
    def offline(self) -> bool:
        """Whether a build fetches nothing."""
        return self.verb.does == BUILD and self._given(self.manager.offline)

    def locked(self, env: Mapping[str, str | None]) -> bool | None:
        """Whether it installs what a lock file says; None where there is no such notion."""
        if self._given(self.manager.unlocked):
            return False
        if self._given(self.manager.locked):
            return True
        if self.verb.locked is False:
            is_told = any(is_set(env, name) for name in self.manager.locked_variables)
            return is_told or (None if self._may_be_given(self.manager.locked) else False)
        return self.verb.locked

    def dev(self, env: Mapping[str, str | None]) -> bool | None:
        """Whether development dependencies come along; None where there is no such notion."""
        if self.manager.dev_default is None or not self._own_files or self.verb.does != INSTALL:
            return None
        if self._given(self.manager.dev):
            return True
        if self._given(self.manager.no_dev) or any(
            is_set(env, name) for name in self.manager.no_dev_variables
        ):
            return False
        changing = self.manager.no_dev if self.manager.dev_default else self.manager.dev
        return None if self._may_be_given(changing) else self.manager.dev_default

    def _may_be_given(self, flags: Collection[str]) -> bool:
        """Tell whether a word whose text is not known may be one of the flags: `$(test "$ENV" = dev
        || echo --no-dev)`.
        """
        among_names = self.verb.packages
        return any(
            word.may_hold(flags, among_names=among_names) for word in self.arguments.operands
        )

    def _given(self, flags: Iterable[str]) -> bool:
        """Whether one of the flags stands there; "--omit=dev" asks for that value, in a list or
        alone.
        """
        for flag in flags:
            name, equals, wanted = flag.partition("=")
            found = self.arguments.flags.get(name, ())
            if not equals and found:
                return True
            if any(wanted in re.split(r"[\s,:]+", _value(word, name)) for word in found):
                return True
        return False

    def places(self, cache: Cache, env: Mapping[str, str | None], user: str) -> tuple[str, ...]:
        """Return where the cache may lie, likeliest first; empty where a flag or variable keeps it
        away.
        """
        if self._is_kept_away(cache, env) or not self._is_switched_on(cache, env):
            return ()
        folders = self.named(cache, env)
        if folders is None:
            folders = _by_default(cache, env, user)
        if not cache.below:
            return folders
        return tuple(f"{folder}/{below}" for folder in folders for below in cache.below)

    def _is_kept_away(self, cache: Cache, env: Mapping[str, str | None]) -> bool:
        """Whether a flag or a variable keeps the cache away."""
        return self._given(cache.off) or any(
            bool(env.get(name)) if name in cache.off_whatever else is_set(env, name)
            for name in cache.off_variables
        )

    def _is_switched_on(self, cache: Cache, env: Mapping[str, str | None]) -> bool:
        """Whether a cache that is used on demand is asked for."""
        if not cache.on:
            return True
        return self.arguments.has(*cache.on) or any(is_set(env, name) for name in cache.on)

    def named(self, cache: Cache, env: Mapping[str, str | None]) -> tuple[str, ...] | None:
        """Return where a flag or a variable puts the cache: empty where that is not known, None
        where none does.
        """
        flag = cache.named_by(self.arguments)
        if flag is not None:
            return (flag.text,) if flag.text else ()
        for template in cache.named:
            if any(env.get(name, "") is None for name in VARIABLE.findall(template)):
                return ()
            path = _filled(template, env)
            if path:
                return (path,)
        return None


def _by_default(cache: Cache, env: Mapping[str, str | None], user: str) -> tuple[str, ...]:
    """Return where the cache lies if nothing names its place, as far as the variables are known."""
    found = []
    for default in cache.defaults:
        template = default.removeprefix("root:")
        path = _filled(template, env)
        if path and (user == "root" or template == default):
            found.append(path)
    return tuple(found)


def _is_exact(version: ShellWord) -> bool | None:
    """Whether a version is one alone; None where it is not known."""
    if version.text is None:
        return None
    return re.match(r"[=v]?\d[\w.+-]*\Z", version.text) is not None


def _is_archive(name: str) -> bool:
    return name.endswith((".whl", ".tar.gz", ".zip", ".tgz", ".deb", ".rpm", ".apk", ".gem"))


def _before_colon(word: ShellWord) -> ShellWord:
    """Return the file that `FILE:GROUP` names."""
    text = None if word.text is None else word.text.rpartition(":")[0]
    return word._replace(text=text, form=word.form.rpartition(":")[0])


def _value(word: ShellWord, name: str) -> str:
    """Return the value that a flag's word holds; a flag without one is its own word."""
    return word.form.partition("=")[2] if word.form.startswith(f"{name}=") else word.form


def is_set(env: Mapping[str, str | None], name: str) -> bool:
    """Whether a variable switches something on; "NAME=value" asks for that value. An unknown value
    counts as on.
    """
    name, equals, wanted = name.partition("=")
    if name not in env:
        return False
    value = env[name]
    if value is None:
        return not equals
    return value == wanted if equals else value.lower() not in _FALSE


def _filled(template: str, env: Mapping[str, str | None]) -> str | None:
    """Fill a template's variables in; None where one is not known. Of a list of folders (GOPATH),
    the first counts.
    """
    if not all(env.get(name) for name in VARIABLE.findall(template)):
        return None
    return VARIABLE.sub(lambda match: (env[match[1]] or "").partition(":")[0], template)


def asked(form: str) -> Manager | None:
    """Return the manager that a word asks something in a substitution: `$(pip cache dir)`."""
    found = _SUBSTITUTED.search(form)
    return _program(found[1]) if found else None


def setup(command: Command, url: str) -> Action | None:
    """Return what a well-known script refreshes that `command` fetches from `url`, or starts."""
    return _refresh_of_apt(command) if _SETUP.search(url) else None


def setup_of_system(command: Command) -> Action | None:
    """Return what Playwright refreshes: it runs `apt-get update`, and installs with apt what its
    browsers need.
    """
    words = [word.form for word in (command.word, *command.args)]
    if "install-deps" not in words and "--with-deps" not in words:
        return None
    at = next(
        (at for at, word in enumerate(words) if word.rpartition("/")[2] == "playwright"), len(words)
    )
    rest = words[at + 1 :]
    found = "install-deps" in rest[:1] or ("install" in rest[:1] and "--with-deps" in rest)
    return _refresh_of_apt(command) if found else None


def _refresh_of_apt(command: Command) -> Action | None:
    apt = by_name("apt")
    if apt is None:
        return None
    verb = next(verb for verb in apt.verbs if verb.does == REFRESH)
    return Action(command, apt, verb, Arguments({}, ()), ())


def action(command: Command, manager: Manager, args: Sequence[ShellWord]) -> Action | None:
    """Return what a command asks of the manager that it starts with `args`; None where it asks
    nothing that is known.
    """
    given = arguments(args, manager.values, clusters=manager.clusters)
    if given.has("--help", "--version") and not manager.version_flags:
        return None
    return _goal(command, manager, given) if manager.goals else _subcommand(command, manager, given)


def started(name: str, args: tuple[ShellWord, ...]) -> tuple[Manager | None, tuple[ShellWord, ...]]:
    """Return the manager that a command starts, whatever it asks of it, and its arguments."""
    if (manager := _program(name)) is not None:
        return manager, args
    if name.startswith("py") and _PYTHON.match(name):
        return _python_module(args)
    if args:
        program = args[0].form.rpartition("/")[2]
        manager = by_command(program)
        if manager is not None and program in manager.launchers.get(name, ()):
            return manager, args[1:]
    return None, args


def _program(name: str) -> Manager | None:
    """Return the manager that a program is; its name may carry a version (`pip3.11`)."""
    if (manager := by_command(name)) is not None:
        return manager
    match = _VERSIONED.match(name) if name.endswith(_NUMBER) else None
    manager = by_command(match[1]) if match else None
    return manager if match and manager and match[1] in manager.versioned else None


def _python_module(
    args: tuple[ShellWord, ...],
) -> tuple[Manager | None, tuple[ShellWord, ...]]:
    """Return the manager that Python starts (`python -m pip`), and its arguments; get-pip.py is
    pip, which installs.
    """
    at = next(
        (at for at, word in enumerate(args) if not re.match(r"-[A-Za-ln-z]", word.form)), len(args)
    )
    match args[at : at + 2]:
        case (flag, module) if flag.form == "-m":
            return _program(module.form.rpartition("/")[2]), args[at + 2 :]
        case (script, *_) if script.form.rpartition("/")[2] == "get-pip.py":
            return by_name("pip"), (script._replace(text=INSTALL, form=INSTALL), *args[at + 1 :])
    return None, args


def is_handed_on(name: str, words: tuple[ShellWord, ...]) -> bool:
    """Tell whether the arguments of a program that is no manager are a command of one: a program of
    one's own runs it, as in `apt-dpkg-wrap apt-get install x`.
    """
    if not words or started(name, words)[0] is not None:
        return False
    manager = by_command(words[0].form.rpartition("/")[2])
    if manager is None or manager.goals:
        return False
    operands = arguments(words[1:], manager.values, clusters=manager.clusters).operands
    texts = [word.form for word in operands[:3]]
    asked = {" ".join(texts[:length]) for length in range(1, len(texts) + 1)}
    return any(verb.words in asked for verb in manager.verbs)


def _subcommand(command: Command, manager: Manager, given: Arguments) -> Action | None:
    operands = given.operands
    if manager.part and operands and operands[0].form == manager.part:
        operands = operands[2:]
        if not operands:
            return None
    texts = [word.form for word in operands[:3]]
    for length in range(len(texts), -1, -1):
        name = " ".join(texts[:length])
        for verb in manager.verbs:
            if (
                verb.words == name
                and _applies(verb, given)
                and (name or verb.packages or verb.lists or not texts)
            ):
                return Action(command, manager, verb, given, operands[length:])
    return None


def _applies(verb: Verb, given: Arguments) -> bool:
    return (not verb.needs or given.has(*verb.needs)) and not given.has(*verb.without)


def _goal(command: Command, manager: Manager, given: Arguments) -> Action | None:
    """Read goals or tasks: whatever they are called, running one resolves dependencies."""
    goals = [word.form.rpartition(":")[2] for word in given.operands]
    by_name = {verb.words: verb for verb in manager.verbs}
    named = next((by_name[goal] for goal in goals if goal in by_name), None)
    if named is None and all(goal in manager.harmless for goal in goals):
        return None
    return Action(command, manager, named or by_name[""], given, ())


class Evaluation(NamedTuple):
    """Code on the command line that installs: by which manager, and which project files it
    reads.
    """

    manager: Manager
    files: tuple[str, ...]


def evaluation(command: Command) -> Evaluation | None:
    """Return what `R -e CODE` or `Rscript -e CODE` installs."""
    manager = by_interpreter(command.name)
    if manager is None or manager.code is None:
        return None
    code, texts = manager.code, [word.form for word in command.args]
    if not any(code.installs.search(text) for text in texts):
        return None
    read = [files for key, files in code.files.items() if any(key in text for text in texts)]
    return Evaluation(manager, tuple(file for files in read for file in files))


def setting(manager: Manager, args: Sequence[ShellWord]) -> tuple[str, str | None] | None:
    """Return the variable and value that say the same as a manager's own `config set` command."""
    if not any(word.form in {"config", "env"} for word in args[:MAX_FLAGS]):
        return None
    operands = arguments(args, ()).operands
    match operands:
        case (verb, assignment, *_) if manager.assigns and verb.form == manager.assigns:
            return _assigned(assignment)
        case (verb, *rest) if verb.form == "config":
            return _configured(manager, rest)
    return None


def _assigned(word: ShellWord) -> tuple[str, str | None] | None:
    """Read `NAME=VALUE`."""
    name, equals, value = word.form.partition("=")
    return (name, value if word.text is not None else None) if equals else None


def _configured(manager: Manager, words: Sequence[ShellWord]) -> tuple[str, str | None] | None:
    """Read `set KEY VALUE`, `KEY VALUE` or `KEY=VALUE`."""
    if words and words[0].form == "set":
        words = words[1:]
    if not words:
        return None
    key, equals, _ = words[0].form.partition("=")
    variable = manager.settings.get(key)
    if variable is None:
        return None
    if equals:
        return variable, after(words[0], len(key) + 1).text
    return variable, words[1].text if len(words) > 1 else None
