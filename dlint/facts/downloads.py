"""What a RUN does with what it downloads or clones: what is kept, what decides the version, what is
verified or checked out afterwards.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from dlint.facts.shipping import shipping
from dlint.facts.volatility import Changes, is_placeholder
from dlint.reads.starts import started, starting_scripts
from dlint.shell.effects import Clone, Delete, Extract, Fetch
from dlint.shell.verification import verifies, verifies_any
from dlint.syntax import Run, Workdir
from dlint.text.patterns import VARIABLE, regex
from dlint.text.safe import naming, split_url
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.facts.addresses import Drift
    from dlint.facts.called_scripts import CalledScript
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.effects import Place
    from dlint.shell.script import Command, Script, ShellWord
    from dlint.syntax import Add, Instruction

_IDENTITY_PLACES = regex(r"/etc/(?:apk|apt|dnf|pki|yum|zypp)\b|/keyrings/|/ca-certificates/")
_TAKES_KEYS = frozenset(("apt-key", "gpg", "gpg2", "rpmkeys"))
_TESTS = frozenset(("[", "[[", "test"))
# Words of curl and wget that ask whether somebody answers, or hand something over.
_ASKING = frozenset("-I --head --spider -X --request -d --data -F --form -T --upload-file".split())
_RUNNERS = frozenset(
    ("ash", "bash", "dash", "node", "perl", "php", "ruby", "sh", "source", "zsh", ".")
)
# What a source of ADD holds that is no file: an address, or a variable.
_MAY_BE_REMOTE = regex(r"://|\$|^git@")
_TELLS_VERSION = regex(r"ver|tag|release|channel|toolchain|rev|commit", re.IGNORECASE)
_NAMES_REPOSITORY = regex(
    r"release|keyring|repo(?:s|sitory)?(?![a-z])|apt-config|packages-microsoft|erlang-solutions|pgdg"
)
_NEWEST = regex(
    r"\b(?:always|latest|most recent|newest|up[- ]to[- ]date|unreleased|bleeding[- ]edge)\b"
    r"|\bnightl(?:y|ies)\b"
    r"|\bnot (?:from |of |in )?(?:an? |the |any )?release",
    re.IGNORECASE,
)
# What is asked so that the steps below run again, by a comment or by the name of what comes.
_BUSTS_CACHE = regex(
    r"(?:break|bust|invalidat|kill|skip)\w{0,6}[ _-]?(?:the |docker'?s? )?(?:build |layer )?cache"
    r"|cache[ _-]?(?:break|bust|invalid|kill|skip)",
    re.IGNORECASE,
)
# What a file is called that builds what others work on, `shop-HEAD.Dockerfile`, or an address.
_OF_HEAD = regex(r"(?:^|[./_-])(?:HEAD|[Nn]ightly|[Uu]nstable|[Bb]leeding-?[Ee]dge)(?:[./_-]|$)")
_SETS_UP = regex(r"/(?:setup_[\w.]{1,20}|(?:(?:bash|script|setup)\.)?(?:alpine|deb|rpm)\.sh)\Z")
_PACKAGES = (".deb", ".rpm", ".apk")
# Programs that carry in themselves what they install.
_INSTALLERS = regex(
    r"(?:.*\.run|(?:(?:ana|mini|mamba)(?:conda|forge)|(?:bazel|cmake)-).*\.sh)\Z", re.IGNORECASE
)
_OF_NO_FILE = frozenset(("newest", "unversioned"))
_OF_BRANCHES = frozenset(("branch", "default branch"))
_FILTERS = frozenset(("awk", "cut", "egrep", "gawk", "grep", "head", "jq", "sed", "tail", "yq"))
# What a command substitution that is a value, or a part of a word, stands right behind: alone, it
# may be a script (`sh -c "$(curl ADDRESS)"`).
_IN_A_WORD = regex(r"[\w/:=.-][\"']?(?:\$\(|`)\Z")
_TAKES_OUT = frozenset(("checkout", "reset", "switch"))
_USES_COMMITS = frozenset(
    "bisect blame checkout cherry-pick describe fetch log merge pull rebase reset rev-list"
    " switch tag".split()
)
# As a shell writes it, and as other languages hand words to git.
_STARTS_GIT = regex(rf"\bgit\b[\s\"',\[]{{1,9}}(?:{'|'.join(sorted(_USES_COMMITS))})\b")
_SPECIFIC = regex(r"[\d$]")  # a version, a commit, or a variable that names one
# A branch with a version in its name: what is mended of that is put there.
_OF_MAINTENANCE = regex(
    r"(?i)(?:^|[/_.-])(?:branch|hotfix|maint(?:enance)?|releases?(?=/)|stable|support)(?:[/_.-]|$)|\.x$"
)
_ASKS_VERSION = frozenset(["--version", "--product-version"])  # the second is Chrome's
_WITHOUT_FILES = frozenset(("--bare", "--mirror"))
_SHALLOW = regex(r"--depth|--(?:filter|shallow-\w+|mirror|bare|reference|dissociate)\b")


def kept_downloads(build: Build, run: Run) -> Iterator[tuple[Place, Fetch]]:
    """Yield the downloads of a RUN that it does not delete, with their places."""
    from dlint.facts.deletions import is_deleted

    decompressed = _decompressed(build, run)
    for fetch in build.effects(run).of(Fetch):
        command, place = fetch.command, fetch.output
        if place is None:
            continue
        place = decompressed.get(place, place)
        if not command.certain and not _is_surely_unpacked(build, run, place):
            continue
        # A folder that is entered through a variable is usually deleted as a whole.
        if command.cwd is None and not _is_at_home(build, run, fetch):
            continue
        if not is_deleted(build, run, place) and not _may_be_emptied(build, run, place, command):
            yield place, fetch


def _may_be_emptied(build: Build, run: Run, place: Place, command: Command) -> bool:
    """Tell whether a script that installs behind a download empties its folder as well, or may."""
    from dlint.shell.effects import Install

    behind = (
        each for each in build.effects(run).of(Install) if each.span.start > command.span.start
    )
    return any(each.may_empty(place.form) for each in behind)


def _is_surely_unpacked(build: Build, run: Run, place: Place) -> bool:
    """Tell whether a RUN unpacks a file in any case, whichever branch has downloaded it: so it is
    there, and none of another step's that only a test finds.
    """
    from dlint.facts.unpacking import unpacker_of

    unpacker, name = unpacker_of(build, run, place), posixpath.basename(place.form)
    if unpacker is None or not unpacker.certain:
        return False
    tests = (each for each in build.script(run).commands if each.name in _TESTS)
    return not any(name in map(posixpath.basename, each.forms) for each in tests)


def _decompressed(build: Build, run: Run) -> Mapping[Place, Place]:
    """Return the files that commands of a RUN such as `gzip -d` replace, with what by."""
    effects = build.effects(run)
    gone = {(each.command.span, each.place) for each in effects.of(Delete)}
    return {
        each.archive: each.destination
        for each in effects.of(Extract)
        if each.archive and (each.command.span, each.archive) in gone
    }


def _is_at_home(build: Build, run: Run, fetch: Fetch) -> bool:
    """Tell whether a RUN downloads to the home of its user (`cd ~`), and deletes nothing there that
    is called so.
    """
    at, _ = _behind(build.script(run), fetch)
    above = build.script(run).commands[:at]
    entered = next((each.forms for each in reversed(above) if each.name == "cd"), None)
    if entered is None or entered not in ([], ["~"]):
        return False
    name = posixpath.basename(fetch.output.form) if fetch.output else ""
    deleted = [each.place.form for each in build.effects(run).of(Delete)]
    return not any(
        posixpath.basename(form) == name or form.startswith(("/root", "/home")) for form in deleted
    )


def installer_of(build: Build, run: Run, place: Place) -> Command | None:
    """Return the last command of a RUN that installs a file as a package of the distribution, if
    any does; a package of some kB that only names a repository does not count.
    """
    from dlint.shell.effects import Install

    name = posixpath.basename(place.form)
    if _NAMES_REPOSITORY.search(name):
        return None
    for install in reversed(build.effects(run).of(Install)):
        words = install.command.args if name.endswith(_PACKAGES) else ()
        if any(posixpath.basename(word.form) == name for word in words):
            return install.command
    return None


def installer_below(build: Build, instruction: Instruction, place: Place) -> Run | None:
    """Return the first RUN below an instruction that surely installs a file which that has brought
    as a package of the distribution, if none deletes it.
    """
    from dlint.facts.deletions import is_deleted_below

    if not place.form.endswith(_PACKAGES) or is_deleted_below(build, instruction, place):
        return None
    for step in build.fact(shipping).later(instruction):
        if isinstance(step.instruction, Run):
            command = installer_of(build, step.instruction, place)
            if command is not None:
                return step.instruction if command.certain else None
    return None


def _starter_of(build: Build, run: Run, place: Place, address: str) -> Command | None:
    """Return the last command of a RUN that starts a file from an address, if that is by its name a
    program that carries in itself what it installs.
    """
    if not _carries_all(place, address):
        return None
    starts = build.keep((_starts, run.index), partial(_starts, build.script(run)))
    started = starts.get(posixpath.basename(place.form), ())
    return started[-1][1] if started else None


def _carries_all(place: Place, address: str) -> bool:
    """Tell whether a download is by its name a program that carries in itself what it installs."""
    names = (posixpath.basename(each) for each in (place.form, split_url(address).path))
    return any(map(_INSTALLERS.match, names))


def _starter_below(build: Build, run: Run, place: Place, address: str) -> Run | None:
    """Return the first RUN below one that surely starts such a file which that has fetched, if none
    deletes it.
    """
    from dlint.facts.deletions import is_deleted_below

    if not _carries_all(place, address) or is_deleted_below(build, run, place):
        return None
    for step in build.fact(shipping).later(run):
        if isinstance(step.instruction, Run):
            command = _starter_of(build, step.instruction, place, address)
            if command is not None:
                return step.instruction if command.certain else None
    return None


def used_up(build: Build, run: Run, place: Place, fetch: Fetch) -> tuple[str, Command] | None:
    """Return how a RUN uses up what it fetches, and the last command that does: it is "unpacked",
    "installed" as a package of the distribution, or "started" as an installer that carries all in
    itself.
    """
    from dlint.facts.unpacking import unpacker_of

    found = {
        "unpacked": unpacker_of(build, run, place),
        "installed": installer_of(build, run, place),
        "started": _starter_of(build, run, place, fetch.form),
    }
    return next(((how, command) for how, command in found.items() if command), None)


def used_up_below(build: Build, run: Run, place: Place, fetch: Fetch) -> tuple[str, Run] | None:
    """Return how the first RUN below one uses up what that has fetched, and that RUN, if no later
    one deletes it.
    """
    from dlint.facts.unpacking import unpacker_below

    found = {
        "unpacked": unpacker_below(build, run, place.form),
        "installed": installer_below(build, run, place),
        "started": _starter_below(build, run, place, fetch.form),
    }
    return next(((how, later) for how, later in found.items() if later), None)


def is_unverified(build: Build, run: Run, fetch: Fetch, called: CalledScript | None = None) -> bool:
    """Tell whether the address of a download alone, of a RUN or a script that it calls, decides
    what the image holds, and neither it nor a later RUN verifies what comes.
    """
    if fetch.verified or not _decides_content(build, run, fetch, called):
        return False
    name = posixpath.basename(fetch.output.form) if fetch.output else ""
    return not is_verified_later(build, run, name)


def _decides_content(build: Build, run: Run, fetch: Fetch, called: CalledScript | None) -> bool:
    """Tell it of the address: it is no question and no key, and no version is told elsewhere."""
    from dlint.facts.addresses import is_unpinnable

    if is_unpinnable(fetch.form):
        return False
    script = called.script if called else build.script(run)
    key = called.path if called else run.index
    at, later = _behind(script, fetch)
    piped = later[0] if later and later[0].connector == "|" else None
    variables = build.state(run).values
    starts = build.keep((_starts, key), partial(_starts, script))
    return not (
        _only_asks(fetch.command)
        or _is_identity(fetch.output, piped)
        or _is_told_version(fetch, later, piped, _starters(starts, fetch, at))
        or _is_of_product(variables, fetch)
        or _is_placeholder(variables, fetch)
    )


class CalledFetch(NamedTuple):
    """What a script of the context downloads: the command that starts it, and its path."""

    starter: Command
    path: str
    fetch: Fetch
    drift: Drift


def unverified_in_scripts(build: Build, run: Run) -> Iterator[CalledFetch]:
    """Yield what scripts of the context that a RUN starts surely download and do not verify, each
    address once.
    """
    from dlint.facts.called_scripts import called_scripts

    for starter, called in called_scripts(build, run, Fetch):
        found = {each.form: each for each in called.effects.of(Fetch) if each.command.certain}
        for fetch in found.values():
            if is_unverified(build, run, fetch, called):
                yield CalledFetch(starter, called.path, fetch, drift_of_fetch(called.script, fetch))


def is_meant_to_move(build: Build, instruction: Instruction) -> bool:
    """Tell whether a comment above an instruction, or above the WORKDIR before it, says that the
    newest is wanted, or no release, or the file's own name does.
    """
    found = build.dockerfile
    if _OF_HEAD.search("/".join(build.path.split("/")[-2:])):
        return True
    said = found.remarks_on(instruction)
    before = found.instructions[instruction.index - 1] if instruction.index else None
    if isinstance(before, Workdir):
        said += found.remarks_on(before)
    return _NEWEST.search(said) is not None


def is_run_anew(build: Build, run: Run) -> bool:
    """Tell whether an argument that is declared above a RUN, and so decides whether it is cached,
    is called a cache buster, or holds what a build of the image works out.
    """
    state = build.state(run)
    return any(
        Changes.of(name) is Changes.ON_PURPOSE or _is_worked_out(build, name)
        for name in (*state.environment, *state.unset)
    )


def _is_worked_out(build: Build, name: str) -> bool:
    passed = build.recipes.passed_to(build.path, name) if build.recipes else ()
    return any(each.is_filled_in for each in passed)


def is_of_head(address: str) -> bool:
    """Tell whether an address is of what is built of the newest code."""
    return _OF_HEAD.search(split_url(address).path) is not None


def sets_up_packages(address: str) -> bool:
    """Tell whether an address is of a script that adds a repository of packages to the system."""
    return _SETS_UP.search(split_url(address).path) is not None


def _only_asks(command: Command) -> bool:
    """Tell whether a command looks whether somebody answers, or hands something over."""
    words = [word.form for word in command.args]
    return "/dev/null" in " ".join(words) or not _ASKING.isdisjoint(words)


def _is_identity(output: Place | None, piped: Command | None) -> bool:
    """Tell whether what comes is kept as a key or a list of packages, whatever its address is
    called.
    """
    places: list[str] = []
    if output:
        places = [output.form]
    elif piped and piped.name == "tee":
        places = [word.form for word in piped.args]
    if any(map(_IDENTITY_PLACES.search, places)):
        return True
    return piped is not None and piped.name in _TAKES_KEYS


def _is_told_version(
    fetch: Fetch,
    later: Sequence[Command],
    piped: Command | None,
    starters: Sequence[Command],
) -> bool:
    """Tell whether what is fetched is an installer that is told a version, by an argument or a
    variable.
    """
    from dlint.facts.addresses import archived_folder

    users = [piped] if piped else [*starters]
    folder = archived_folder(fetch.form)
    if folder:
        users += [each for each in later if _starts_from(each, folder)]
    given = [name for each in (fetch.command, *users, *later[:1]) for name in each.assignments]
    if any(name.lower().endswith("version") for name in given):
        return True
    return any(_names_version(each.args) for each in users)


def _starters(
    starts: Mapping[str, Sequence[tuple[int, Command]]], fetch: Fetch, at: int
) -> list[Command]:
    """Return the commands behind number `at` of a script that run the file that is fetched."""
    name = posixpath.basename(fetch.output.form) if fetch.output else ""
    return [each for number, each in starts.get(name, ()) if number > at]


def _starts(script: Script) -> Mapping[str, Sequence[tuple[int, Command]]]:
    """Return the commands of a script, with their numbers, by the names of the files that they
    run.
    """
    found: dict[str, list[tuple[int, Command]]] = {}
    for number, command in enumerate(script.commands):
        runs = command.name in _RUNNERS or command.name.startswith("python")
        words = (command.word, *(command.args if runs else ()))
        for name in dict.fromkeys(posixpath.basename(word.form) for word in words):
            if name:
                found.setdefault(name, []).append((number, command))
    return found


def _starts_from(command: Command, folder: str) -> bool:
    """Tell whether a command runs a file of a folder."""
    words = [command.word, *command.args[: command.name in _RUNNERS]]
    return any(folder in word.form.split("/")[:-1] for word in words)


def _names_version(words: Sequence[ShellWord]) -> bool:
    """Tell whether one of an installer's arguments is a version, or a variable that is called
    one.
    """
    from dlint.facts.addresses import names_version, without_machine

    forms = ["", *(without_machine(word.form) for word in words)]
    return any(
        names_version(form) or _is_called_version(before, word, form)
        for (before, form), word in zip(pairwise(forms), words, strict=True)
    )


def _is_called_version(before: str, word: ShellWord, form: str) -> bool:
    """Tell whether a variable, or the option before it, is called a version or a release."""
    from dlint.facts.addresses import MOVING, holds_variable

    if form in MOVING or not holds_variable(word.raw):
        return False
    return _TELLS_VERSION.search(f"{before} {word.raw}") is not None


def _is_of_product(variables: Mapping[str, str], fetch: Fetch) -> bool:
    """Tell whether the environment names the version of a product that the host is called after."""
    if "://" not in fetch.form or "$" in fetch.form:
        return False
    host = (split_url(fetch.form).hostname or "").lower()
    versions = (name for name in variables if name.endswith("_VERSION"))
    return any(name.lower().removesuffix("_version") in host for name in versions)


def _is_placeholder(variables: Mapping[str, str], fetch: Fetch) -> bool:
    """Tell whether a variable of the address holds what no real build takes (`notset`): it decides,
    elsewhere.
    """
    from dlint.facts.addresses import is_moving

    words = [word.raw for word in fetch.command.args if word.form == fetch.form]
    values = [variables.get(name, "") for raw in words for name in VARIABLE.findall(raw)]
    return any(value and is_placeholder(value) and not is_moving(value.lower()) for value in values)


def added_address(build: Build, add: Add, text: str) -> str | None:
    """Return the address that a source of ADD means; None where it is a file, where a variable
    hides it, and where no version could be told.
    """
    from dlint.facts.addresses import busts_cache, is_remote, is_unpinnable

    address = build.expand(add, text) if _MAY_BE_REMOTE.search(text) else None
    if address is None or not is_remote(address):
        return None
    if is_unpinnable(address) or busts_cache(address):
        return None
    name = posixpath.basename(add.destination.text) if add.destination else ""
    told = f"{build.dockerfile.remarks_on(add)}\n{name}"
    return None if _BUSTS_CACHE.search(told) else address


def may_move(build: Build, add: Add) -> bool:
    """Tell whether what an ADD takes from an address may be something else in the next build, which
    asks there again: it has no checksum, and no version is seen.
    """
    from dlint.facts.addresses import is_remote

    if add.flag("checksum"):
        return False
    sources = [build.expand(add, word.text) for word in add.sources]
    return any(
        each is None or (is_remote(each) and drift_of_add(each).kind != "none") for each in sources
    )


def own_file(build: Build, address: str) -> str | None:
    """Return the file of the context that an address gives as it is on a branch of this repository,
    which its recipes name.
    """
    from dlint.facts.addresses import file_of_branch

    found, recipes, repository = file_of_branch(address), build.recipes, build.repository
    if found is None or recipes is None or repository is None:
        return None
    owner_and_name, at_root = found
    path = at_root.removeprefix(repository.above)
    if not at_root.startswith(repository.above) or path not in build.context.entries:
        return None
    named = naming(owner_and_name, r"(?i)\b", r"(?![.\w])")
    return path if recipes.mention(named) else None


def is_default(build: Build, written: str) -> bool:
    """Tell whether an address comes of arguments' defaults, in the place of which each build that
    pushes the image passes something that is put in.
    """
    from dlint.facts.addresses import drift

    names = VARIABLE.findall(written)
    if not names or drift(written).kind != "none":
        return False
    passed = [build.passed_by_pushes(name) for name in names]
    return all(passed) and all(each.is_put_in for told in passed for each in told)


def drift_of_fetch(script: Script, fetch: Fetch) -> Drift:
    """Return why what a command downloads may change; a question where a value of the answer is a
    word of another command: `VERSION=$(curl ADDRESS | jq -r .version)`, or a part of one.
    """
    from dlint.facts.addresses import Drift, drift

    found = drift(fetch.form)
    before = _text_before(fetch.command)
    if found.kind not in _OF_NO_FILE or not before.endswith(("$(", "`")):
        return found
    piped = _behind(script, fetch)[1][:1]
    is_answer = any(each.connector == "|" and each.name in _FILTERS for each in piped)
    is_answer |= found.kind == "newest" and _IN_A_WORD.search(before[-4:]) is not None
    return Drift("question", "version") if is_answer else found


def _text_before(command: Command) -> str:
    """Return what stands before a command in the text that it is of."""
    text = command.word.script
    return text.text[: text.find(command.span.start)].rstrip()


def _behind(script: Script, fetch: Fetch) -> tuple[int, Sequence[Command]]:
    """Return the number of the command of a script that downloads, and those behind it."""
    commands = script.commands
    at = next((at for at, each in enumerate(commands) if each is fetch.command), len(commands))
    return at, commands[at + 1 :]


def drift_of_add(address: str) -> Drift:
    """Return why what ADD takes from an address may change."""
    from dlint.facts.addresses import drift, drift_of_git, is_git

    return drift_of_git(address) if is_git(address) else drift(address)


def drift_of_clone(build: Build, run: Run, clone: Clone) -> Drift:
    """Return why a clone may be at another commit in another build; nothing changes where a version
    or a variable names it: whoever builds says which, and the default is for trying.
    """
    from dlint.facts.addresses import Drift, holds_variable, is_remote, is_unpinnable, without_user

    address = without_user(clone.url or clone.form)
    is_known = clone.url is not None or not holds_variable(address)
    if not is_known or not is_remote(address) or is_unpinnable(address):
        return Drift("none")
    if not _WITHOUT_FILES.isdisjoint(clone.command.forms):
        return Drift("none")  # all commits for git to work with, none of them checked out
    branch = clone.branch
    if branch is not None and _is_of_variable(build, run, branch):
        return Drift("none")
    stage = build.stage_of(run)
    if stage is not None and build.fact_of(_is_started_with_git, stage):
        return Drift("none")  # what the image starts with takes the commit that it wants
    return _drift_of_branch(clone)


def _drift_of_branch(clone: Clone) -> Drift:
    from dlint.facts.addresses import Drift, holds_variable, is_of_work

    branch = clone.branch
    if clone.pinned:
        return Drift("none")
    if not branch:
        return Drift("default branch")
    is_version = _SPECIFIC.search(branch) and not is_of_work(branch)
    is_fixed = holds_variable(branch) or is_version
    return Drift("none") if is_fixed else Drift("branch", branch)


def is_within_another(build: Build, run: Run, fetch: Fetch) -> bool:
    """Tell whether the address of another download, which changes with it, is asked for by one."""
    fetches = build.effects(run).of(Fetch)
    around = (each for each in fetches if each.span.start < fetch.span.start)
    holding = (each for each in around if fetch.span.end < each.span.end)
    return any(drift_of_fetch(build.script(run), each).kind != "none" for each in holding)


def follows_program(build: Build, run: Run, fetch: Fetch) -> bool:
    """Tell whether a RUN asks a program for its version before it downloads what fits that: a fixed
    file would no longer fit the program's next version.
    """
    first = build.fact(_asking_versions).get(run.index)
    return first is not None and first < fetch.span.start


def _asking_versions(build: Build) -> dict[int, int]:
    """Return where RUNs first put in what a program says of its version, by their numbers; a
    fact.
    """
    asking = (
        (run.index, each.span.start)
        for run in build.dockerfile.instructions
        if isinstance(run, Run)
        for each in build.script(run).commands
        if not _ASKS_VERSION.isdisjoint(each.forms) and _text_before(each).endswith(("$(", "`"))
    )
    return dict(sorted(asking, reverse=True))  # the first of a RUN is the last to be set


def follows_branch(build: Build, run: Run) -> bool:
    """Tell whether a RUN takes all of the newest of a branch, which a cache would keep as it was: a
    single file of it is a tool more often than what the image is for.
    """
    from dlint.facts.addresses import is_of_archive
    from dlint.shell.effects import Clone, Fetch

    effects = build.effects(run)
    archives = (each for each in effects.of(Fetch) if is_of_archive(each.form))
    fetched = (drift_of_fetch(build.script(run), each) for each in archives)
    is_fetched = any(each.kind in _OF_BRANCHES for each in fetched)
    return is_fetched or any(map(_follows_branch, effects.of(Clone)))


def _follows_branch(clone: Clone) -> bool:
    """Tell whether git takes a branch, which may be that of a version."""
    if _drift_of_branch(clone).kind in _OF_BRANCHES:
        return True
    is_maintained = _OF_MAINTENANCE.search(clone.branch or "") is not None
    return is_maintained and not clone.pinned


def _is_of_variable(build: Build, run: Run, branch: str) -> bool:
    """Tell whether a variable names the branch."""
    words = (word for command in build.script(run).commands for word in command.args)
    return any("$" in word.raw and word.form == branch for word in words)


def shipped_histories(build: Build, run: Run) -> list[tuple[Clone, str]]:
    """Return the clones of a RUN that get into a pushed image with all commits, each with the words
    that say how.
    """
    stage = build.stage_of(run)
    clones = [each for each in build.effects(run).of(Clone) if not _is_shallow(each)]
    if stage is None or not clones or build.stays_local(stage):
        return []
    if build.fact_of(_is_started_with_git, stage):
        return []
    if build.shipped(stage):
        return [(each, " in this layer") for each in clones]
    taken = build.fact(shipping)
    found = ((each, taken.carrier(stage, each.destination.form)) for each in clones)
    way = ", which line {} copies into the image"
    return [(each, way.format(copy.line)) for each, copy in found if copy]


def _is_shallow(clone: Clone) -> bool:
    """Tell whether a clone is told to leave history out, or may be."""
    if clone.depth is not None or clone.command.may_hold("--depth"):
        return True
    return _SHALLOW.search(" ".join(word.form for word in clone.command.args)) is not None


def asking_for_commits(build: Build, run: Run) -> Iterator[Run]:
    """Yield the RUNs that ask git for older commits: `run` itself, unless it just checks one out,
    and those below it in its stage and in the stages on top of that.
    """
    own = build.stage_of(run)
    for later in build.fact(_asking):
        stage = build.stage_of(later)
        is_on_top = stage is not None and own is not None and build.stands_on(stage, own)
        if later is run and checks_out(build, run):
            continue
        if later is run or (later.index > run.index and is_on_top):
            yield later


def _is_started_with_git(build: Build, stage: Stage) -> bool:
    """Tell whether what starts in an image with the layers of a stage, or a script of the context
    that this names, asks git for commits.
    """
    scripts = (raw.decode("utf-8", "replace") for raw in starting_scripts(build, stage))
    return any(map(_STARTS_GIT.search, chain(started(build, stage), scripts)))


def _asking(build: Build) -> list[Run]:
    """Return the RUNs that inspect the commits of a clone."""
    runs = (each for each in build.dockerfile.instructions if isinstance(each, Run))
    return [each for each in runs if _asks(build, each)]


def _asks(build: Build, run: Run) -> bool:
    """Tell whether a RUN inspects the commits of a clone."""
    if "git" not in run.value.text and not run.heredocs:
        return False
    return any(map(_asks_git, build.script(run).commands))


def _asks_git(command: Command) -> bool:
    """Tell whether a command asks git for commits."""
    return command.name == "git" and not _USES_COMMITS.isdisjoint(command.forms)


def checks_out(build: Build, run: Run) -> bool:
    """Tell whether a RUN asks git for older commits, and surely for the files of one alone: once
    these are there, it needs the history no more.
    """
    asking = [each for each in build.script(run).commands if _asks_git(each)]
    only_takes = all(
        each.certain and _USES_COMMITS.intersection(each.forms) <= _TAKES_OUT for each in asking
    )
    return bool(asking) and only_takes and not run.heredocs


def is_verified_later(build: Build, instruction: Instruction, name: str) -> bool:
    """Tell whether a later RUN of the stage checks the sum or the signature of a file of that
    name.
    """
    stage = build.stage_of(instruction)
    if not name or stage is None:
        return False
    verifying = build.fact(_verifying)[stage.index]
    return any(at > instruction.index and verifies(commands, name) for at, commands in verifying)


def _verifying(build: Build) -> list[list[tuple[int, Sequence[Command]]]]:
    """Return the scripts that check a sum or a signature, by stage, with the numbers of their
    RUNs.
    """
    return [
        [
            (run.index, commands)
            for run in stage.instructions
            if isinstance(run, Run) and verifies_any(commands := build.script(run).commands)
        ]
        for stage in build.stages
    ]


def verifies_added(build: Build, add: Add, address: str) -> bool:
    """Tell whether a later RUN checks the sum or the signature of the file that ADD downloads; none
    does so for a repository.
    """
    from dlint.facts.addresses import is_git

    if is_git(address):
        return False
    target = add.destination.text if add.destination else "/"
    names = ["" if target.endswith(".") else posixpath.basename(target)]
    names.append(posixpath.basename(split_url(address).path))
    return any(is_verified_later(build, add, name) for name in names)


def is_checked_out_later(build: Build, run: Run, clone: Clone) -> bool:
    """Tell whether a later RUN of the stage, or one on top of it, goes into the clone and takes a
    commit or version.
    """
    stage = build.stage_of(run)
    if stage is None:
        return False
    name = _cloned_to(clone, _workdir(build, run))
    last = build.fact(_checked_out)
    return any(last.get((each.index, name), 0) > run.index for each in build.stages_on(stage))


def _checked_out(build: Build) -> dict[tuple[int, str], int]:
    """Return the last RUN of each stage that takes a commit or version in a folder of a name, by
    the number of both.
    """
    return {
        (stage.index, posixpath.basename(_git_folder(command, _workdir(build, run)))): run.index
        for stage in build.stages
        for run in stage.instructions
        if isinstance(run, Run) and "git" in run.value.text
        for command in build.script(run).commands
        if command.name == "git" and _takes_version(command.args)
    }


def _cloned_to(clone: Clone, workdir: str) -> str:
    """Return the name of the folder that a clone is in."""
    form = clone.destination.form
    name = posixpath.basename(workdir if form.endswith("$(pwd)") else form)
    return posixpath.basename(workdir) if name in {"", "?"} else name


def _git_folder(command: Command, workdir: str) -> str:
    """Return the folder that a git command works in."""
    match [word.form for word in command.args]:
        case ["-C", folder, *_]:
            return folder
    return command.cwd or workdir


def _workdir(build: Build, run: Run) -> str:
    """Return the working directory, or what its last WORKDIR says of it where a variable or the
    base decides.
    """
    known = build.state(run).workdir
    return build.fact(_named_workdirs).get(run.index, "") if known is None else known


def _named_workdirs(build: Build) -> dict[int, str]:
    """Return what the last WORKDIR before each RUN says, where there is one in its stage."""
    found: dict[int, str] = {}
    for stage in build.stages:
        named = ""
        for each in stage.instructions:
            if isinstance(each, Workdir):
                named = each.rest.text.strip().strip("\"'").rstrip("/")
            elif isinstance(each, Run):
                found[each.index] = named
    return found


def _takes_version(words: Sequence[ShellWord]) -> bool:
    """Tell whether git is told to check a commit or a version out, or what a variable names."""
    from dlint.facts.addresses import is_of_work

    verb = next((at for at, word in enumerate(words) if word.form in _TAKES_OUT), len(words))
    operands = [word for word in words[verb + 1 :] if not word.form.startswith("-")]
    if not operands:
        return False
    name = f"{operands[0].form} {operands[0].raw}"
    return "$" in name or (_SPECIFIC.search(name) is not None and not is_of_work(name))
