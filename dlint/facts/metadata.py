"""What commands that set owner, mode, time or name change of what steps have stored, and which of
it a COPY could have set by itself.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.facts.modes import files_that_keep, keeps_given, keeps_modes
from dlint.facts.owners import may_be, owner, owner_copied
from dlint.facts.set_before import is_set_before
from dlint.facts.stored import TELLING, Stored, storage
from dlint.facts.uses import base_reference
from dlint.model.profiles import PROFILES
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run, Transfer
from dlint.text.paths import above, under, within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects, Rewrite
    from dlint.syntax import Instruction

_HEAVY = frozenset(("clone", "fetch", "install", "stage", "unpack"))
_SINGLE = frozenset(("fetch", "stage"))  # how single files come whose names tell something
_WEIGHTY = regex(
    r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|[jew]ar|iso|7z|exe|so[\d.]*)\Z"
)
# What is small by its name: scripts, settings, certificates, starters. `gitlab-runner`, a program,
# is none of them.
_LIGHT = regex(
    r"\A/etc/(?!.*\.jar\Z)|\.(?:sh|bash|py|pl|conf|cfg|list|txt|md|json|ya?ml|toml|ini|asc|gpg|key|pem|crt)\Z"
    r"|(?:entrypoint|wrapper|certs|certificates)[^/]*\Z"
    r"|/(?:init|start|run|tini|wait)[^/]*\Z|(?<![a-z])(?:init|start|run|tini|wait)(?![a-z])[^/]*\Z"
)
# What a release gives out by such a name is a program, but for what starts others in 24 kB.
_RELEASED = regex(
    r"/releases/(?:latest/download|download/[^\s\"'/]{1,100})/(?![\w-]*(?:tini|init))[\w-]+(?=[\s\"']|\Z)"
)


_GLOB = regex(r"[*?\[{$]")
_OPEN = regex(r"[{$]")  # what a shell puts there is not known
_BROUGHT = frozenset(("clone", "fetch", "unpack"))
LARGE = 1 << 20  # bytes of files that a pattern is worth looking at for
_RUNS = regex(r"\A[ugoa]*\+[rw]*x\Z|\A[0-7]?[1357][0-7][0-7]\Z")  # modes of a program
_OF_FILES = frozenset(("jar", "patchelf", "setcap", "strip", "upx"))  # they take no folder
# They put a new file of its own mode in the place of one (tried with Java 17). `sed -i`, `perl -i`
# and `zip` keep the old one's.
_ANEW = frozenset(("jar",))
BUILT_BEFORE = "what is built before the image"  # of a size
# What a COPY sets by itself of what commands set.
FLAGS = {"chown": "--chown", "chgrp": "--chown", "chmod": "--chmod"}


def sure_rewrites(build: Build, run: Run) -> Iterator[tuple[Rewrite, str]]:
    """Yield the commands of a RUN that are sure to change all files at a path (absolute), made by
    layers above.
    """
    from dlint.shell.effects import Rewrite

    effects = build.effects(run)
    for rewrite in filter(_is_sure, effects.of(Rewrite)):
        path = rewrite.place.rooted
        if path is None:
            continue
        parts = _matching(build, run, rewrite, path) if rewrite.place.glob else (rewrite,)
        for each in parts:
            at = each.place.rooted
            if at is not None and not effects.make(at):
                yield each, at


def is_cleared_after(build: Build, run: Run, rewrite: Rewrite, path: str) -> bool:
    """Tell whether a RUN takes something out of a folder and then deletes that: what stays stored
    there is told of the deletion, and what to do is the same.
    """
    from dlint.shell.effects import Delete
    from dlint.shell.judge import deletes

    if rewrite.how not in {"cp", "mv"}:
        return False
    at = rewrite.command.span.start
    later = (each for each in build.effects(run).of(Delete) if each.command.span.start > at)
    return any(each.command.certain and deletes(each, path) for each in later)


def _matching(build: Build, run: Run, rewrite: Rewrite, pattern: str) -> Iterator[Rewrite]:
    """Yield the command once for each path that its pattern surely means, of what steps above have
    downloaded, also as an archive, or COPYs have brought that is large together: scripts are left
    alone.
    """
    from dlint.shell.effects import Place

    folder = _GLOB.split(pattern)[0].rpartition("/")[0]
    stage = build.stage_of(run)
    if rewrite.how not in FLAGS or stage is None or not folder or _OPEN.search(pattern):
        return
    above = list(build.fact(storage).nearest(stage, run, folder))
    brought = (_brought(each, rewrite, pattern) for each in above)
    copied = _copied(above, rewrite, folder, pattern)
    for path in dict.fromkeys((*filter(None, brought), *copied)):
        yield rewrite._replace(place=Place(path, path))


def _brought(stored: Stored, rewrite: Rewrite, pattern: str) -> str | None:
    """Return what a command's pattern takes a download by, or what is unpacked of one."""
    if stored.how not in _BROUGHT or not stored.is_weighty or not stored.path:
        return None
    is_taken = rewrite.recursive or not stored.tree
    return _meant(pattern, stored.path, rewrite) if is_taken else None


def _copied(above: Sequence[Stored], rewrite: Rewrite, folder: str, pattern: str) -> Iterable[str]:
    """Return what a command's pattern takes the context's files by, if they are large together."""
    found: dict[str, str] = {}
    large = 0
    for stored in above:
        if stored.arrival is not None and stored.arrival.known:
            meant = _meant_of(stored.arrival.files, folder, pattern, rewrite)
            found |= meant
            large += stored.bytes_of(frozenset(stored.arrival.files[place] for place in meant)) or 0
    return found.values() if large >= LARGE else ()


def _meant_of(places: Iterable[str], folder: str, pattern: str, rewrite: Rewrite) -> dict[str, str]:
    """Return the places below a folder that a command's pattern takes, each with by what."""
    meant = ((place, _meant(pattern, place, rewrite)) for place in under(places, folder))
    return {place: path for place, path in meant if path is not None}


def _meant(pattern: str, place: str, rewrite: Rewrite) -> str | None:
    """Return what a command's pattern takes a file by: its own path, or that of a folder around it
    where the command goes on below; None where it does not take it.
    """
    parts = place.split("/")
    count = pattern.count("/") + 1
    path = "/".join(parts[:count])
    if len(parts) > count and not rewrite.recursive:
        return None
    return path if _fits(pattern, path) else None


def _fits(pattern: str, path: str) -> bool:
    """Tell whether a shell's pattern means a path."""
    from dlint.shell.judge import part_matches

    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(part_matches, parts, wanted))


def ways_of_change(build: Build, run: Run, rewrite: Rewrite) -> frozenset[str]:
    """Return how the commands of a RUN change the path that one of them, `rewrite`, changes."""
    return frozenset(each.how for each in alike_in(build, run, rewrite))


def alike_in(build: Build, run: Run, rewrite: Rewrite) -> Iterator[Rewrite]:
    """Yield the commands of a RUN that change the path of one of them, also by a pattern."""
    from dlint.shell.effects import Rewrite

    path = rewrite.place.rooted or ""
    yield from (each for each, at in sure_rewrites(build, run) if at == path)
    for each in filter(_is_sure, build.effects(run).of(Rewrite)):
        if each.place.glob and _fits(each.place.rooted or "", path):
            yield each


def flags_of_change(build: Build, run: Run, rewrite: Rewrite, stored: Stored) -> frozenset[str]:
    """Return the flags that a COPY, `stored`, would need for what the commands of a RUN set that
    change the path of one of them, `rewrite`; those that it has say so already.
    """
    alike = alike_in(build, run, rewrite)
    changing = (each for each in alike if not has_already(build, run, each, stored))
    needed = {each.how for each in changing} | {rewrite.how}
    return frozenset(FLAGS[how] for how in needed if how in FLAGS)


def accounts_between(build: Build, copy: Instruction, run: Run) -> bool:
    """Tell whether a RUN below `copy`, down to `run`, may add or change accounts: a name means
    nobody above it, or somebody else.
    """
    return any(copy.index < at <= run.index for at in build.fact(_setting_up_accounts))


def _setting_up_accounts(build: Build) -> list[int]:
    """Return the numbers of the RUNs that may add or change users and groups, as packages of the
    system do; a fact.
    """
    return [
        run.index
        for run in build.dockerfile.instructions
        if isinstance(run, Run) and _may_set_up_accounts(build.effects(run))
    ]


def _may_set_up_accounts(effects: Effects) -> bool:
    from dlint.shell.effects import Create, Install

    if any(is_system_manager(each.manager) for each in effects.of(Install)):
        return True
    return any(each.place.path == "/etc/group" for each in effects.of(Create))


def is_for_numbers(rewrite: Rewrite) -> bool:
    """Tell whether a command gives files to numbers: those are the same with and without an
    account.
    """
    return _NUMBERS.fullmatch(rewrite.value or "") is not None


_NUMBERS = regex(r"\d+(?:[:.]\d+)?")


def _is_sure(rewrite: Rewrite) -> bool:
    if rewrite.how == "touch" or (rewrite.how == "strip" and rewrite.recursive):
        return False  # of the files of a folder, strip changes programs alone
    return rewrite.command.certain and rewrite.only in {"", "f"}


def changes(build: Build, rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell whether a command that changes `path` changes something of weight of what was stored;
    where the context does not hold the files, names alone tell.
    """
    if stored.arrival is None:
        return _changes_made(build, rewrite, path, stored)
    if not stored.arrival.known:
        return _makes_program(rewrite, stored) or _changes_unseen(rewrite, path, stored)
    return bool(stored.files_under(path) if rewrite.recursive else path in stored.arrival.files)


def as_last_stored(build: Build, stage: Stage, run: Run, stored: Stored) -> Stored:
    """Return a file as the last RUN above `run` has stored it that puts a new one in its place: no
    mode or owner that its COPY gives it outlives that.
    """
    for other, rewrite in build.fact(_put_anew):
        is_between = stored.instruction.index < other.index < run.index
        if not (is_between and _is_alone(stored, rewrite.place.rooted)):
            continue
        owner = build.stage_of(other)
        if owner is not None and build.stands_on(stage, owner):
            start = rewrite.command.span.start
            text = build.dockerfile.source[rewrite.command.span]
            stored = stored._replace(instruction=other, text=text, start=start)
    return stored


def _put_anew(build: Build) -> list[tuple[Run, Rewrite]]:
    """Return the commands that surely put a new file in the place of one, each with its RUN; a
    fact.
    """
    from dlint.shell.effects import Rewrite

    return [
        (run, rewrite)
        for run in build.dockerfile.instructions
        if isinstance(run, Run)
        for rewrite in build.effects(run).of(Rewrite)
        if rewrite.how in _ANEW and _is_sure(rewrite)
    ]


def _is_alone(stored: Stored, path: str | None) -> bool:
    """Tell whether a file is all that a step has brought."""
    if path is None or not stored.is_file(path):
        return False
    return stored.arrival is None or not stored.arrival.known or len(stored.arrival.files) == 1


def outermost(changed: Iterable[tuple[Rewrite, Stored]]) -> list[tuple[Rewrite, Stored]]:
    """Return those of some changes that are not inside what another command changes as a whole of
    the same step's files: the layer stores these once.
    """
    every = list(changed)
    whole = {
        (stored.instruction.index, rewrite.place.rooted)
        for rewrite, stored in every
        if rewrite.recursive
    }
    return [each for each in every if not _is_inside(*each, whole)]


def _is_inside(rewrite: Rewrite, stored: Stored, whole: Collection[tuple[int, str | None]]) -> bool:
    """Tell whether a change is below a path that is changed as a whole, both of a step's files."""
    path, step = rewrite.place.rooted, stored.instruction.index
    return path is not None and any((step, around) in whole for around in above(path))


def reaches(path: str, stored: Stored) -> bool:
    """Tell whether a command that changes all below `path` changes files that a step brought,
    however small they are.
    """
    if stored.how == "make" or stored.only_keeps_folder(path):
        return False
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    return stored.path is not None and within(stored.path, path)


def _changes_made(build: Build, rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell it of what a RUN or another stage made."""
    if stored.how == "make":
        return _changes_moved(build, rewrite, path, stored)
    if stored.how not in _HEAVY or stored.path is None or _is_light(stored, stored.path):
        return False
    if rewrite.recursive and within(stored.path, path):
        return True
    if stored.path == path and (not stored.tree or _takes_file(rewrite)):
        return True
    if rewrite.recursive and _is_named_folder(build, rewrite, path, stored):
        return True
    return stored.has_program(path) and not _LIGHT.search(path)


def _is_light(stored: Stored, path: str) -> bool:
    """Tell whether what a step brought to a path is small by its name, and no program of a
    release.
    """
    is_program = stored.how == "fetch" and _RELEASED.search(stored.text) is not None
    return not is_program and _LIGHT.search(path) is not None


def _changes_moved(build: Build, rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell it of a file of weight that `mv` has put at a path, unless a command of the kind was
    there before: the file may have what this one gives it.
    """
    moved = _moved_to(build, path, stored)
    if moved is None:
        return False
    found, source = moved
    if found.is_light or not found.is_weighty:
        return False
    runs = (each for each in (found.instruction, stored.instruction) if isinstance(each, Run))
    if any(_does_so_to(build, run, rewrite, {source, path}) for run in runs):
        return False
    return _changes_made(build, rewrite, path, found._replace(path=path, form=path))


def _does_so_to(build: Build, run: Run, rewrite: Rewrite, paths: Collection[str]) -> bool:
    """Tell whether a RUN has a command of the kind of `rewrite` on one of some paths."""
    from dlint.shell.effects import Rewrite

    found = build.effects(run).of(Rewrite)
    return any(each.how == rewrite.how and each.place.rooted in paths for each in found)


def _moved_to(build: Build, path: str, stored: Stored) -> tuple[Stored, str] | None:
    """Return the single file, downloaded or of another stage, that a command has moved to a path,
    and where it was.
    """
    run, stage = stored.instruction, build.stage_of(stored.instruction)
    source = _moved_from(build, run, stored.start, path) if isinstance(run, Run) else None
    if source is None or stage is None:
        return None
    near = build.fact(storage).nearest(stage, None, source)
    above = [each for each in near if each.instruction.index <= run.index]
    last = above[-1].instruction if above else None
    files = (each for each in above if each.instruction is last and each.is_file(source))
    found = next((each for each in files if each.how in _SINGLE), None)
    return (found, source) if found else None


def _moved_from(build: Build, run: Run, start: int, path: str) -> str | None:
    """Return where `mv`, the command of a RUN that begins at `start`, surely takes what it puts at
    a path.
    """
    from dlint.shell.effects import Create

    for create in build.effects(run).of(Create):
        command, source = create.command, create.source.rooted if create.source else None
        if command.span.start != start or command.name != "mv" or not command.certain:
            continue
        if source and _arrives_at(create.place.rooted, source, path):
            return source
    return None


def _arrives_at(target: str | None, source: str, path: str) -> bool:
    """Tell whether a file that is moved gets to a path: `target` may be the folder for it."""
    if target is None:
        return False
    return path in {target, posixpath.join(target, posixpath.basename(source))}


def _takes_file(rewrite: Rewrite) -> bool:
    """Tell whether a command takes no folder, so that what it changes is a program or a library."""
    return rewrite.how in _OF_FILES and not rewrite.recursive


def _is_named_folder(build: Build, rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell whether a folder is all of an archive that was unpacked beside it: the RUN that did
    names the archive so, in the same words; with a version behind them where it goes on to change
    that very folder, which it does not make itself.
    """
    folder, _, name = path.rpartition("/")
    if stored.how != "unpack" or stored.path != (folder or "/") or len(name) < TELLING:
        return False
    text = stored.instruction.value.text
    words = (word.raw.strip("\"'").removesuffix("/.") for word in rewrite.command.args)
    raw = {each.rstrip("/").rpartition("/")[2] for each in words}
    archived = _ARCHIVED_SO if _is_worked_on(build, path, stored) else _ARCHIVED
    return any(
        archived.match(text, match.end())
        for each in raw
        if len(each) >= TELLING
        for match in re.finditer(rf"(?<![\w.-]){re.escape(each)}", text)
    )


def _is_worked_on(build: Build, path: str, stored: Stored) -> bool:
    """Tell whether the RUN that stored something changes a folder that it does not make itself."""
    from dlint.shell.effects import Create, Rewrite

    run = stored.instruction
    effects = build.effects(run) if isinstance(run, Run) else None
    if effects is None or any(each.place.rooted == path for each in effects.of(Create)):
        return False
    return any(
        each.command.certain and each.span.start > stored.start and each.place.rooted == path
        for each in effects.of(Rewrite)
    )


_ARCHIVED_SO = regex(r"(?:[-_.][\w.${}-]{1,60})?\.(?:t[gbx]z|tar|zip)\b")
# What follows in the archive's name: no version, which the folder has, too.
_ARCHIVED = regex(r"(?:[-_.](?![\dv$])[\w.${}-]{1,60})?\.(?:t[gbx]z|tar|zip)\b")


def _changes_unseen(rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell it of what was copied, and is not there now."""
    if stored.path is None:
        return False
    if stored.path != path and not (rewrite.recursive and within(stored.path, path)):
        return False
    if _takes_file(rewrite):
        return True
    if stored.tree:
        return rewrite.recursive and rewrite.how != "cp" and not _LIGHT.search(stored.path)
    return _WEIGHTY.search(stored.path) is not None


def _makes_program(rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether a command makes a program of a single file without an ending that the context
    lacks while it holds what other COPYs take: one that is built before the image. A folder can be
    entered without, and scripts are there.
    """
    if stored.arrival is None or not stored.arrival.missing or rewrite.recursive:
        return False
    if rewrite.how != "chmod" or not stored.tree or stored.path != rewrite.place.path:
        return False
    copy = stored.arrival.instruction
    sources = [word.text for word in copy.sources] if isinstance(copy, Transfer) else []
    is_run = _RUNS.search(rewrite.value or "") is not None
    return is_run and not any(map(_LIGHT.search, filter(None, (stored.path, *sources))))


def is_made_before(
    build: Build, stage: Stage, run: Run, changed: Iterable[tuple[Rewrite, Stored]]
) -> bool:
    """Tell whether commands of a RUN change something that is built before the image, by `changed`,
    each with something that it changes, or make a program of a file that a COPY of a folder should
    have brought: what is known of its bytes is next to nothing of them.
    """
    if any(each.arrival is not None and each.arrival.missing for _, each in changed):
        return True
    return any(_lacks_program(build, stage, run, *each) for each in sure_rewrites(build, run))


def _lacks_program(build: Build, stage: Stage, run: Run, rewrite: Rewrite, path: str) -> bool:
    """Tell whether a command makes a program of a file that no step is seen to bring, in a folder
    that a COPY from the context has.
    """
    is_run = rewrite.how == "chmod" and _RUNS.search(rewrite.value or "") is not None
    if not is_run or rewrite.recursive or _LIGHT.search(path):
        return False
    near = build.fact(storage).nearest(stage, run, path)
    seen = [each.arrival is not None and each.arrival.known for each in near]
    if not near or not all(seen) or path in build.folders_before(run):
        return False
    return not any(each.files_under(path) for each in near)


# What an image of that name holds there in folders that are as good as all of it.
_PREFIXES = {
    "/flyway": regex(r"\Aflyway\Z"),
    "/liquibase": regex(r"\Aliquibase\Z"),
    "/opt/conda": regex(
        r"(?:mini|ana)conda3?|mini(?:forge|mamba)3?|mambaforge|micromamba|-notebook\Z"
    ),
    "/opt/flink": regex(r"\Aflink\Z"),
    "/opt/kafka": regex(r"\Akafka\Z"),
    "/opt/keycloak": regex(r"\Akeycloak\Z"),
    "/opt/sonarqube": regex(r"\Asonarqube\Z"),
    "/opt/spark": regex(r"\Aspark\Z"),
    "/usr/local": regex(r"\A(?:node|perl|php|pypy|python|ruby)\Z"),
    "/usr/local/apache2": regex(r"\Ahttpd\Z"),
    "/usr/local/go": regex(r"\Agolang\Z"),
    "/usr/local/openresty": regex(r"\Aopenresty\Z"),
    "/usr/local/cargo": regex(r"\Arust\Z"),
    "/usr/local/rustup": regex(r"\Arust\Z"),
    "/usr/local/tomcat": regex(r"\Atomcat\Z"),
    "/usr/share/elasticsearch": regex(r"\Aelasticsearch\Z"),
    "/usr/share/grafana": regex(r"\Agrafana(?:-oss|-enterprise)?\Z"),
    "/usr/share/kibana": regex(r"\Akibana\Z"),
    "/usr/share/logstash": regex(r"\Alogstash\Z"),
}


def prefix_of_base(build: Build, stage: Stage, path: str) -> str | None:
    """Return the folder at or below `path` that holds nearly all of what the base image brings;
    None where that is not known.
    """
    base = base_reference(build, stage)
    name = base.name if base else ""
    held = (at for at, names in _PREFIXES.items() if within(at, path) and names.search(name))
    return next(held, None)


def brought_by_others(build: Build, stage: Stage, run: Run, path: str) -> Stored | None:
    """Return the folder at or below `path` that the base image, or the package or installer of a
    RUN above `run`, has brought with its files.
    """
    from dlint.shell.effects import Create

    at = prefix_of_base(build, stage, path)
    if at is not None:
        made = (each.place.path for each in build.effects(run).of(Create))
        if any(place is not None and within(at, place) for place in made):
            return None
        base = stage.outermost.from_
        return Stored(base, at, at, tree=True, how="base", text=base.value.text)
    return build.fact(storage).packaged(stage, run, path)


def has_already(build: Build, run: Run, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether what was stored has the owner or mode that a command of a RUN sets: a RUN above
    has set it, or its own step, and none has since.
    """
    is_set = is_set_before(build, run, rewrite, stored)
    if is_set is not None:
        return is_set
    return gives_already(build, rewrite, stored) or is_made_as(build, rewrite, stored)


def gives_already(build: Build, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether what a COPY stored has the owner or mode that a command sets by default: the
    COPY gave it, or the file had it.

    Docker's graphdriver store keeps the files a second time all the same; BuildKit's differ over
    containerd's store leaves them out (tried on Docker 26.1.5).
    """
    copy = stored.instruction
    if not isinstance(copy, Transfer) or rewrite.value is None:
        return False
    match rewrite.how:
        case "chmod":
            if not copy.chmod:
                return keeps_modes(build, rewrite, stored)
            return keeps_given(build.expand(copy, copy.chmod), rewrite.value)
        case "chown":
            own_user, own_group = _owner_by(build, copy)
            user, group = owner(rewrite.value.replace(".", ":"))
            return may_be(user, own_user) and may_be(group, own_group)
        case "chgrp":
            return may_be(owner(rewrite.value)[0], _owner_by(build, copy)[1])
    return False


def _owner_by(build: Build, copy: Transfer) -> tuple[str, str]:
    """Return the user and the group that a COPY gives its files to."""
    return owner_copied(build.expand(copy, copy.chown) if copy.chown else "root:root")


def changed_part(build: Build, rewrite: Rewrite, stored: Stored) -> Stored:
    """Return what was stored, less the files of the context that have the mode which a command
    sets, where the builder leaves those out.
    """
    arrival = stored.arrival
    if arrival is None or PROFILES[build.options.builder].stores_touched:
        return stored
    kept = files_that_keep(build, rewrite, stored)
    return stored._replace(arrival=arrival.without(kept)) if kept else stored


def unchanged_files(build: Build, stage: Stage, run: Run, rewrite: Rewrite) -> frozenset[str]:
    """Return the places of the context's files at which a command of a RUN sets the owner or mode
    that they have, and which so stay out of its layer.
    """
    path = rewrite.place.rooted
    if path is None or rewrite.place.glob or PROFILES[build.options.builder].stores_touched:
        return frozenset()
    kept: set[str] = set()
    for stored in build.fact(storage).nearest(stage, run, path):
        if stored.arrival is None or not stored.arrival.known:
            continue
        places = frozenset(under(stored.arrival.files, path))
        is_given = gives_already(build, rewrite, stored)
        kept -= places
        kept |= places if is_given else files_that_keep(build, rewrite, stored)
        kept -= _changed_between(build, stage, run, stored, kept)
        kept |= places if is_set_before(build, run, rewrite, stored) else frozenset()
    return frozenset(kept)


def _changed_between(
    build: Build, stage: Stage, run: Run, stored: Stored, places: Collection[str]
) -> set[str]:
    """Return those of some places whose owner or mode may have changed between a COPY and a RUN."""
    from dlint.shell.effects import Rewrite

    changed: set[str] = set()
    for other, each in build.effects_above(Rewrite, stage, run):
        if other.index > stored.instruction.index and each.how in FLAGS:
            changed.update(place for place in places if may_reach(each, place))
    return changed


def may_reach(rewrite: Rewrite, place: str) -> bool:
    """Tell whether a command may change the file at a place."""
    path = rewrite.place.rooted
    if path is None or rewrite.place.glob:
        return True
    return place == path or (rewrite.recursive and within(place, path))


def is_made_as(build: Build, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether a RUN stored something as the user or group that a command gives it to; an
    archive that root unpacks has owners of its own.
    """
    run, value = stored.instruction, rewrite.value
    if rewrite.how not in {"chgrp", "chown"} or value is None or not isinstance(run, Run):
        return False
    own = build.state(run).user or "root"
    is_kept = stored.how != "unpack" or owner(own)[0] != "root"
    return is_kept and is_owner(rewrite, own)


def is_owner(rewrite: Rewrite, own: str) -> bool:
    """Tell whether the owner that a command gives to something is `own`, a user with or without a
    group.
    """
    own_user, own_group = owner(own)
    value = rewrite.value or ""
    user, group = owner(f":{value}" if rewrite.how == "chgrp" else value.replace(".", ":"))
    return user in {"", own_user} and group in {"", own_group or own_user}
