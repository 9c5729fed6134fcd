"""What dlint knows of a package manager: the types in which each module beside this one says it.

Paths are templates over environment variables (`$HOME` among them). Files are patterns as in
.dockerignore, relative to the project's folder: `*` stays within a folder, `**` goes to any depth.
A flag is written as on the command line; an entry such as "--omit=dev" asks for a flag with that
value.
"""

from __future__ import annotations

from dlint.shell.managers.words import BUILD, INSTALL, REFRESH, VARIABLE
from dlint.shell.packages import plain
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping

    from dlint.shell.arguments import Arguments
    from dlint.shell.packages import Spec
    from dlint.shell.script import ShellWord

ALWAYS = frozenset([INSTALL, BUILD, REFRESH])
INSTALLING = frozenset(["ci", "i", "install", "sync"])  # words that install a project's own
XDG_CACHE = "$XDG_CACHE_HOME"
_OWN_NAME = 4  # parts of `/var/lib/apt`, an empty one before the first slash
_CONTENT = {"index": "index", "cache": "downloads", "build": "build cache"}


class Verb(NamedTuple):
    """A subcommand and what it does.

    `words`      the subcommand, several words for `mod download`; "" is the bare command.
    `does`       INSTALL, REFRESH, REMOVE, CLEAN, or BUILD: an install hidden in a build.
    `packages`   its operands are packages, from the one at `first` on.
    `swaps`      it removes the operands before `first`, and installs those from there on.
    `version_at` where the operand is that names the version of the one package; 0: nowhere.
    `lists`      its operands are files that name packages.
    `files`      project files that it reads: with `bare`, only where it names no package.
    `of_project` packages without a version are those of the project's manifest, which it reads even
                 with `bare`.
    `needs`      it does so only with one of these flags.
    `without`    it does so only without these flags.
    `locked`     it installs what a lock file says (None: no such notion, False: only with a flag of
                 the manager).
    `project`    the project's own source is installed or built too; "operands": as the operands say
                 (`pip install .`).
    `everywhere` it installs for the whole image, not for a project.
    `upgrade`    it upgrades what is there.
    `cleans`     the kinds of caches that it empties; none named is all.
    `cached`     what it downloads goes through the manager's caches.
    """

    words: str
    does: str
    packages: bool = False
    first: int = 0
    swaps: bool = False
    version_at: int = 0
    lists: bool = False
    files: tuple[str, ...] = ()
    bare: bool = False
    of_project: bool = False
    needs: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    locked: bool | None = None
    project: str = ""
    everywhere: bool = False
    upgrade: bool = False
    cleans: tuple[str, ...] = ()
    cached: bool = True


class Cache(NamedTuple):
    """A place that a manager fills and an image doesn't need.

    `kind`          "index", "cache" or "build"; a verb's `cleans` speaks of kinds.
    `defaults`      where it is, likeliest first; "root:" marks a template that only root uses.
    `named`         templates that name it outright: the first whose variables are all set is the
                    place.
    `set_by_images` images that bring the manager set a variable of `named`.
    `flags`         flags of the manager that name it; "--setopt=cachedir" is one that takes several
                    settings, of which this is the one.
    `filled`        what fills it: INSTALL, BUILD, REFRESH.
    `core`          folders below it that hold nearly all of it.
    `off`           flags that keep it away.
    `off_variables` variables that do so when set; to "0" or "false" they don't, but for those in
                    `off_whatever`, to which each value is one.
    `dormant`       it stays empty unless the script mentions this word, the name of a file of
                    settings, or a RUN above deletes that.
    `tidy`          programs of the manager that empty it themselves.
    `cleanup`       what empties it, where the manager's own does not.
    `linked`        its files are hard links of the installed ones.
    `copied`        flags with which they are not.
    `beside`        it is in a folder of this name beside that of the program itself (`bin`).
    `below`         where it is below what those say, likeliest first; `*` is a folder whose name is
                    not known.
    `on`            flags and variables of which one must be set.
    `holds`         patterns that name its files wherever they are looked for (`find / -name "*.gem"
                    -delete`).
    `called`        what its content is called, if not as that of others of its kind.
    `located`       where a finding says that it is, if not at its likeliest place.
    `below_version` its folder is in one that is named after a version: what deletes it is not sure.
    """

    kind: str
    defaults: tuple[str, ...]
    named: tuple[str, ...] = ()
    set_by_images: bool = False
    flags: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset([INSTALL, BUILD])
    core: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()
    off_variables: tuple[str, ...] = ()
    off_whatever: frozenset[str] = frozenset()
    dormant: str = ""
    tidy: frozenset[str] = frozenset()
    cleanup: str = ""
    linked: bool = False
    copied: frozenset[str] = frozenset()
    beside: str = ""
    below: tuple[str, ...] = ()
    on: frozenset[str] = frozenset()
    holds: tuple[str, ...] = ()
    called: str = ""
    located: str = ""
    below_version: bool = False

    @property
    def content(self) -> str:
        """What lies there, as a finding calls it."""
        return self.called or _CONTENT[self.kind]

    def named_by(self, given: Arguments) -> ShellWord | None:
        """Return the value of the flag that names its place on a command line, if any does."""
        values = (given.setting(flag) for flag in reversed(self.flags))
        return next((value for value in values if value is not None), None)

    @property
    def variables(self) -> frozenset[str]:
        """The variables that name its place."""
        return frozenset(name for each in self.named for name in VARIABLE.findall(each))

    @property
    def ends(self) -> frozenset[str]:
        """How the paths of its likely places end, whoever's home they are in; those outside of any
        home are whole.
        """
        found: set[str] = set()
        for template in self.defaults:
            end = template.removeprefix("root:").strip("/")
            end = end.partition("/")[2] if end.startswith("$") else f"/{end}"
            if end and "$" not in end:
                found |= {end, *(f"{end}/{part}" for part in self.core)}
        return frozenset(found)

    @property
    def folders(self) -> frozenset[str]:
        """How the paths of folders end in which its likely places are, and little else: those that
        hide in a home (`.m2`), and those of the system that have a name of their own
        (`/var/lib/apt`).
        """
        parts = [end.split("/") for end in self.ends]
        return frozenset(
            "/".join(each[:length])
            for each in parts
            for length in range(1 if each[0] else _OWN_NAME, len(each))
            if each[0].startswith(".") or not each[0]
        )


class Flag(NamedTuple):
    """A flag that a fix adds.

    `verbs`    words of the command line behind which it stands.
    `since`    the version of the manager that knew it first, as its documentation or its list of
               changes says; "" where that is not known, or all know it.
    `images`   official images that bring the manager, with the first version of each whose own
               knows it.
    `before`   what older ones have instead, "" if nothing.
    `gone`     the version of the manager from which on it has `before` no more, "" if none.
    `shortest` the shortest start of it that the manager takes for all of it, "" if none.
    `widest`   what does so for all projects of a workspace, "" if it does itself.
    """

    name: str
    verbs: frozenset[str] = frozenset()
    since: str = ""
    images: Mapping[str, str] = {}
    before: str = ""
    gone: str = ""
    shortest: str = ""
    widest: str = ""

    def is_meant_by(self, word: str) -> bool:
        """Whether a word of the command line is the flag, or stands for it."""
        if not self.shortest:
            return word == self.name
        return word.startswith(self.shortest) and self.name.startswith(word)

    def fits(self, words: Iterable[str]) -> bool:
        """Whether it may stand in a command of these words."""
        return not self.verbs or not self.verbs.isdisjoint(words)


class Development(NamedTuple):
    """What is known of what a project needs for its development alone.

    `manifest` the file that names it, and `mark` finds there what says that there is any; `used_by`
    finds a command that needs it; `omit` is the flag that leaves it out, and `kept` finds in the
    manifest what says that something is installed then. `unfit` finds there that the flag leaves
    out more or less than that, and `advice` is what to do where none does.
    """

    manifest: str
    mark: re.Pattern[bytes]
    used_by: re.Pattern[str]
    omit: Flag | None = None
    kept: re.Pattern[bytes] | None = None
    unfit: re.Pattern[bytes] | None = None
    advice: str = ""


class Runner(NamedTuple):
    """The subcommand that runs a program among what was installed: `bundle exec`, `poetry run`.

    `verb` is its word, `values` flags with a value that may stand before the program.
    """

    verb: str
    values: frozenset[str] = frozenset()


class Call(NamedTuple):
    """A command as its manager judges whether it leaves something.

    `kind` is that of the cache; `words` are its arguments, `variables` those that it sees;
    `version` is the manager's, as far as the base's tag tells.
    """

    kind: str
    words: tuple[str, ...]
    variables: Mapping[str, str | None]
    version: tuple[int, ...] | None


class AtHand(NamedTuple):
    """How a command line says that what it installs is there already, with all that it needs.

    `folders` are flags that name a folder of packages, `alone` is the flag that leaves out what
    packages depend on, `package` how a package's file ends.
    """

    folders: frozenset[str]
    alone: str
    package: str


class Packaged(NamedTuple):
    """The manager as a package of distributions, whose older releases have one without a cache.

    `names` are those packages, `cached_since` each distribution's first release with a cache;
    `replaced` finds a script that installs another than the distribution's.
    """

    names: frozenset[str]
    cached_since: Mapping[str, tuple[int, ...]]
    replaced: re.Pattern[str]


class Loading(NamedTuple):
    """The file of a project that has its programs load packages from the cache, but where it holds
    the mark `not_if`; `words` of commands that only managers of such projects know.
    """

    file: str
    not_if: bytes
    words: frozenset[str] = frozenset()


class Code(NamedTuple):
    """An interpreter whose code on the command line may install: `Rscript -e
    'install.packages("x")'`.

    `installs` finds that in a word; `files` are the project files that a word reads which holds the
    key.
    """

    installs: re.Pattern[str]
    files: Mapping[str, tuple[str, ...]]


class Manager(NamedTuple):
    """One package manager.

    What it is:
    `name`          as effects and findings call it; its module is called so, too.
    `commands`      the programs that are it; a literal, which is read without loading the module.
    `verbs`         its subcommands.
    `language`      the family of managers that share what they install ("python", "node"), if not
                    itself.
    `is_system`     it installs the distribution's packages.
    `interpreters`  programs whose code on the command line installs as `code` says; a literal, too.
    `versioned`     commands that may carry a version (`pip3.11`).
    `launchers`     programs by which the commands of the value are started as an argument:
                    `corepack yarn`, `sh mvnw`.
    `runner`        its subcommand that runs other programs.

    How its command line is read:
    `grammar`       how a package is written.
    `values`        flags with a value; `clusters`: single letters may be joined (`-yqq`).
    `editable`      flags whose values are packages or projects like its operands.
    `reads`         flags whose values are files that name packages (`-r requirements.txt`);
                    `reads_operands`: operands are such files where they are no packages.
    `groups_in`     the project's file that names the groups of packages which `--group` installs.
    `part`          the word that, with a name, comes before what is asked for a part of a project
                    (`yarn workspace web install`).
    `directories`   flags that name the project's folder; `project_files` flags that name a file in
                    it (`mvn -f pom.xml`), `project_variables` likewise. `named_files`: its files in
                    whose place it reads the one that is named so, and its lock file, which then has
                    `.lock` behind that name.
    `one_project`   however many paths are named, the project is one, the folder's.
    `everywhere`    flags that install for the whole image.
    `group`         flags that name a virtual package.
    `version_flags` flags that name the version of what is installed.
    `pinnable`      another build may install another version of what it is told by name, and an
                    exact one can be named.
    `constraints`   flags that name a file of versions for all, `constraint_variables` likewise.
    `revision`      returns what the address of a repository says is to be checked out.
    `refreshing`    flags that refresh the index on the way.
    `also_fetch_index` other programs that fetch the index, once they have changed its sources.
    `scripts`       commands that fetch the index, install, and delete the index again, each with
                    the folders that it empties as well; None: nothing is known of that.
    `offline`       flags that make a build fetch nothing.
    `dry`           flags with which a command only says what it would do.
    `no_project`    flags that leave the project's own source out of an install.
    `apart`         flags with which an install needs nothing of the project but its manifests.
    `outside`       packages that it installs by name go outside of any project.
    `needs_index`   it installs from an index that has been fetched before.
    `goals`         its operands are goals to build, whatever their names, but for those in
                    `harmless`.
    `quiet`         what is not known of it changes no files; so it is for managers of the system.
    `settings`      keys of its `config set`, with the variables that say the same; `assigns` is the
                    subcommand that takes variables as they are (`go env -w`).

    Lock files and development dependencies:
    `lock_files`    their names.
    `held_by`       what holds an install to them, as a finding says it; "" where nothing is known.
                    `keeps_to_lock`: without it, a lock file that fits decides all the same.
    `locked`        flags that hold an install to them, `locked_variables` likewise; `unlocked`
                    flags don't.
    `dev`           flags that bring development dependencies, `no_dev` that leave them out,
                    `no_dev_variables` likewise ("NODE_ENV=production"); `dev_default` what happens
                    without (None: no such notion).
    `development`   what else is known of those.
    `prunes`        told no package, its removal takes out what development needs.
    `unheld`        versions of what it comes with (first, and the next that is none) in which
                    nothing holds it to its lock file.
    `leads_to`      files of the project that manifests, being programs, read besides.


    What it makes and leaves:
    `project_folder` the folder beside a project's manifest that it installs into;
                    `project_folder_variable` names another.
    `in_project`    the variable that must be true for it to install into `.venv` there.
    `for_interpreter` what it installs for a project goes to the interpreter's own folders.
    `compiles`      it builds programs, which need nothing of their source.
    `renewed_by`    flags and variables without which each file holds the same, byte for byte, when
                    it installs the same again, so that a `COPY` of them from another stage is
                    cached (measured); None: some file never does.
    `stores`        how the paths end where it keeps what it has fetched: a COPY of such a path
                    from another stage stands for an install.
    `prefetch`      the command that fetches what manifest and lock file name, and reads no source.
    `fetch`         the command that people fetch with what a project of one manifest needs, before
                    its source is there.
    `fetch_flags`   finds the words of a build that decide what such a command fetches, and where
                    from and to.
    `ahead`         what builds the dependencies where the manager itself cannot without the source.
    `caches`        places that it fills.
    `no_cache`      the flag that keeps it from filling them.
    `cleanup`       the command that empties them; `{}` is the program as the script calls it.
    `own_home`      it keeps no cache in a home that is not of who runs it.
    `library_users` programs that build or run with what lies in the cache, a pattern: to them it is
                    no cache.
    `leaves`        tells whether a command leaves something, where its verb does not.
    `image`         the official image whose tag tells its version.
    `at_hand`       how a command says that it fetches nothing.
    `reuses_index`  it installs from the index that is there, however old; others look for a new
                    one by themselves.
    `keeps_index`   it fetches its index by itself where there is none, and not again for hours.
    `packaged`      since when the distributions' own has a cache.
    `loading`       the file that has programs load packages from the cache.
    `off_setting`   finds the line of its configuration that keeps its caches away.
    `shares_index`  what one step has fetched of its index is for the installs of later ones.
    `starts_images` images that are called as it is start it, if told nothing else.
    `alone_in`      folders that no other build may use at a time: a cache mount at them is locked.
                    `alone_on` says which of them a program uses on an image.
    `configured_by` files of a project that may move its caches.
    """

    name: str
    commands: tuple[str, ...]
    verbs: tuple[Verb, ...]
    language: str = ""
    is_system: bool = False
    interpreters: tuple[str, ...] = ()
    code: Code | None = None
    versioned: frozenset[str] = frozenset()
    launchers: Mapping[str, frozenset[str]] = {}
    runner: Runner | None = None
    grammar: Callable[[str], Spec] = plain
    values: frozenset[str] = frozenset()
    clusters: bool = True
    editable: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    reads_operands: bool = False
    groups_in: str = ""
    part: str = ""
    directories: tuple[str, ...] = ()
    project_files: tuple[str, ...] = ()
    project_variables: tuple[str, ...] = ()
    named_files: tuple[str, ...] = ()
    one_project: bool = False
    everywhere: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    version_flags: tuple[str, ...] = ()
    refreshing: tuple[str, ...] = ()
    also_fetch_index: tuple[str, ...] = ()
    scripts: Mapping[str, tuple[str, ...] | None] = {}
    offline: frozenset[str] = frozenset()
    dry: frozenset[str] = frozenset()
    no_project: frozenset[str] = frozenset()
    apart: tuple[Flag, ...] = ()
    outside: bool = False
    needs_index: bool = False
    goals: bool = False
    harmless: frozenset[str] = frozenset()
    quiet: bool = False
    settings: Mapping[str, str] = {}
    assigns: str = ""
    lock_files: tuple[str, ...] = ()
    held_by: str = ""
    keeps_to_lock: bool = False
    locked: frozenset[str] = frozenset()
    unlocked: frozenset[str] = frozenset()
    locked_variables: tuple[str, ...] = ()
    dev: frozenset[str] = frozenset()
    no_dev: frozenset[str] = frozenset()
    no_dev_variables: tuple[str, ...] = ()
    dev_default: bool | None = None
    development: Development | None = None
    leads_to: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    prefetch: str = ""
    fetch: str = ""
    fetch_flags: re.Pattern[str] | None = None
    ahead: str = ""
    project_folder: str = ""
    project_folder_variable: str = ""
    in_project: str = ""
    for_interpreter: bool = False
    compiles: bool = False
    renewed_by: frozenset[str] | None = None
    prunes: bool = False
    unheld: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    pinnable: bool = False
    constraints: tuple[str, ...] = ()
    constraint_variables: tuple[str, ...] = ()
    revision: Callable[[str], str] | None = None
    reuses_index: bool = False
    keeps_index: bool = False
    caches: tuple[Cache, ...] = ()
    no_cache: Flag | None = None
    cleanup: str = ""
    own_home: bool = False
    library_users: str = ""
    leaves: Callable[[Call], bool] | None = None
    image: str = ""
    at_hand: AtHand | None = None
    packaged: Packaged | None = None
    loading: Loading | None = None
    off_setting: re.Pattern[str] | None = None
    shares_index: bool = False
    starts_images: bool = False
    alone_in: frozenset[str] = frozenset()
    alone_on: Callable[[str, str], frozenset[str]] | None = None
    configured_by: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """What managers are called that share what they install: what one of them has fetched,
        another need not fetch.
        """
        return self.language or self.name

    def cache(self, kind: str) -> Cache:
        """Return its cache of a kind, of which it has one; raises KeyError where it has none."""
        return {cache.kind: cache for cache in reversed(self.caches)}[kind]

    @property
    def cacheless(self) -> frozenset[str]:
        """The flags and variables that keep it from filling any cache."""
        nothing = frozenset[str]()
        off = nothing.union(*(cache.off.union(cache.off_variables) for cache in self.caches))
        return off.difference(*(cache.on for cache in self.caches))

    def keeps_no_cache(self, given: Iterable[str]) -> bool:
        """Whether words of a command line keep it from filling its caches."""
        return self.no_cache is not None and any(map(self.no_cache.is_meant_by, given))

    def empties(self, program: str) -> str:
        """Return the command that empties its caches, where a script calls it `program`; "" where
        none is known.
        """
        return self.cleanup.format(program)

    def folders_alone(self, program: str, image: str) -> frozenset[str]:
        """Return the folders in which one of its programs must be alone, as far as a base image
        tells.
        """
        return self.alone_in if self.alone_on is None else self.alone_on(program, image)

    def cache_mount(self, path: str) -> str:
        """Return the option of a RUN that keeps a cache which lies at `path`."""
        sharing = ",sharing=locked" if self.alone_in else ""
        return f"--mount=type=cache,target={path}{sharing}"


def words(text: str) -> frozenset[str]:
    """Return the words of a text, flags for the most part."""
    return frozenset(text.split())


def verbs(does: str, names: str, **facts: object) -> tuple[Verb, ...]:
    """Return a verb for each of several names ("remove|purge"); `facts` are fields of `Verb`."""
    return tuple(Verb(name, does, **facts) for name in names.split("|"))  # type: ignore[arg-type]


def installs(names: str, **facts: object) -> tuple[Verb, ...]:
    """Return verbs that install, as `verbs` does."""
    return verbs(INSTALL, names, **facts)
