"""What commands that are no package managers do to files."""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise

from dlint.shell.arguments import after, arguments
from dlint.shell.effects import Clone, Create, Delete, Extract, Fetch, Place, Rewrite, Unknown
from dlint.shell.look import is_commit
from dlint.text.patterns import regex
from dlint.text.safe import number, split_url
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint.shell.arguments import Arguments
    from dlint.shell.effects import Effect
    from dlint.shell.look import Look
    from dlint.shell.script import Command, ShellWord

_URL = regex(r"(?:https?|ftp|ftps)://", re.IGNORECASE)
_RUSTUP = "//sh.rustup.rs"  # where its documentation tells to fetch the installer
_PACKED = regex(r"\.(?:gz|bz2|xz|zst|lzma|Z)\Z")
_PYTHON = regex(r"python[\d.]*\Z")
_SOME = frozenset(["d", "f"])
_FIND_LINKS = frozenset(["-H", "-L", "-P"])  # how `find` follows links, before its folders
_FIND_EXECS = frozenset(["-exec", "-execdir", "-ok"])
_ALL = frozenset(["", "f"])  # files hold all bytes: `find X -type f -delete` empties X


def _flags(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FIND_TESTS = _flags(
    "-name -iname -path -ipath -wholename -regex -newer -mtime -mmin -atime -ctime -size -user"
    " -group -perm -empty -links -not ! -nouser -nogroup -executable -inum -o",
)
_FIND_NARROWS = _FIND_TESTS | {"-mindepth"}
_CURL_VALUES = _flags(
    "-o -H -d -A -e -u -x -X -T -b -c -m -w -Y -y -z -C -E -F -K -Q -r -t -U --output --header"
    " --data --user-agent --referer --user --proxy --request --upload-file --cookie --max-time"
    " --write-out --retry --retry-delay --retry-max-time --connect-timeout --cacert --cert --key"
    " --output-dir --url --range --data-binary --form --config --resolve --max-redirs --continue-at"
    " --proto --ciphers --interface --speed-limit --speed-time --limit-rate",
)
_WGET_VALUES = _flags(
    "-O -P -o -a -T -t -w -U -e -i -Q -l -A -R -D -I -X --output-document --directory-prefix"
    " --output-file --timeout --tries --wait --user-agent --execute --input-file --header --user"
    " --password --post-data --waitretry --ca-certificate --certificate --private-key --referer"
    " --limit-rate --read-timeout --connect-timeout --dns-timeout --cut-dirs --reject --accept"
    " --method --body-data --compression --progress",
)


def _rm(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, ())
    recursive = given.has("-r", "-R", "--recursive")
    for word in given.operands:
        yield from _deleted(look, command, word, recursive=recursive)


def _deleted(look: Look, command: Command, word: ShellWord, *, recursive: bool) -> Iterator[Effect]:
    """Delete what a word names; what xargs adds to it comes from the `find` before."""
    found = _piped_find(look, command) if word.text is None and word.raw in {"", "{}"} else None
    if found is None:
        yield Delete(command, word.span, look.place(word, command), recursive)
        return
    yield from _found_deleted(command, found)


def _found_deleted(command: Command, found: _Search) -> Iterator[Delete]:
    partial = found.only not in _ALL
    for place in found.places:
        yield Delete(
            command,
            command.span,
            place,
            recursive=True,
            children=True,
            partial=partial,
            names=found.names,
            by_name=found.by_name,
        )


def _piped_find(look: Look, command: Command) -> _Search | None:
    before = look.before(command)
    return _search(look, before) if before is not None and before.name == "find" else None


def _mkdir(look: Look, command: Command) -> Iterator[Effect]:
    for word in arguments(command.args, _flags("-m --mode -Z --context")).operands:
        yield Create(command, word.span, look.place(word, command))


def _touch(look: Look, command: Command) -> Iterator[Effect]:
    for word in arguments(command.args, _flags("-d -t -r --date --reference")).operands:
        place = look.place(word, command)
        yield Create(command, word.span, place)
        yield Rewrite(command, word.span, place, "touch")


def _copied(
    look: Look, command: Command, values: str = ""
) -> Iterator[tuple[ShellWord, Place, Place]]:
    """Yield each source of `cp`, `mv`, `ln` or `install`, with its place and where it goes."""
    given = arguments(command.args, _flags(f"-t --target-directory -S --suffix {values}"))
    folder = given.value("-t", "--target-directory")
    *sources, last = given.operands or (command.word,)
    if folder is not None:
        sources.append(last)
    target = folder or last
    inside = (
        folder is not None
        or len(sources) > 1
        or target.form.endswith(("/", "/."))
        or target.form in {".", ".."}
    )
    for source in sources:
        place, name = look.place(target, command), posixpath.basename(source.form.rstrip("/"))
        if inside and name not in {"", ".", ".."} and not source.form.endswith("/."):
            place = below(place, name, known=source.text is not None and not source.glob)
        yield source, look.place(source, command), place


def below(place: Place, name: str, *, known: bool = True) -> Place:
    """Return the place `name` in the folder `place`."""
    form = posixpath.join(place.form, name)
    return Place(form if known and place.path is not None else None, form, place.glob)


def _cp(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, _flags("-t -S --target-directory --suffix"))
    recursive = given.has("-r", "-R", "-a", "--recursive", "--archive")
    for word, source, target in _copied(look, command):
        yield Create(command, word.span, target, tree=recursive, source=source)
        if recursive or given.has("-p", "--preserve"):
            yield Rewrite(command, word.span, source, "cp", recursive=recursive)


def _mv(look: Look, command: Command) -> Iterator[Effect]:
    for word, source, target in _copied(look, command):
        yield Rewrite(command, word.span, source, "mv", recursive=True)
        yield Create(command, word.span, target, source=source)
        yield Delete(command, word.span, source, recursive=True)


def _ln(look: Look, command: Command) -> Iterator[Effect]:
    for word, source, target in _copied(look, command):
        yield Create(command, word.span, target, source=source)


def _install(look: Look, command: Command) -> Iterator[Effect]:
    values = "-m -o -g --mode --owner --group"
    given = arguments(command.args, _flags(f"-t --target-directory -S --suffix {values}"))
    if given.has("-d", "--directory"):
        for word in given.operands:
            yield Create(command, word.span, look.place(word, command))
        return
    for word, source, target in _copied(look, command, values):
        yield Create(command, word.span, target, source=source)


def _rsync(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(
        command.args, _flags("-e -f --exclude --include --filter --rsh --chown --chmod")
    )
    if len(given.operands) > 1:
        target = given.operands[-1]
        yield Create(command, target.span, look.place(target, command), tree=True)


def _changed(look: Look, command: Command) -> Iterator[Effect]:
    """Read chmod, chown, chgrp, setcap: a mode or owner, then paths."""
    given = arguments(command.args, _flags("--reference --from"))
    words = list(given.operands)
    only = "some" if command.name == "chown" and given.has("--from") else ""
    minus = next((word for word in command.args if re.fullmatch(r"-[rwxXst]+", word.form)), None)
    value = given.value("--reference")
    if value is None and command.name in {"chmod", "setcap"}:
        value = minus  # `chmod -x FILE`, `setcap -r FILE`: the mode looks like a flag
    if value is None and words:
        value = words.pop(0)
    for word in words:
        for effect in _rewritten(
            look,
            command,
            word,
            recursive=given.has("-R", "--recursive"),
            value=value.form if value else None,
        ):
            yield effect._replace(only=only or effect.only)


def _setfacl(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, _flags("-m -x -M -X --modify --remove --set --restore"))
    value = given.value("-m", "-x", "--modify", "--remove", "--set")
    for word in given.operands:
        yield from _rewritten(
            look,
            command,
            word,
            recursive=given.has("-R", "--recursive"),
            value=value.form if value else None,
        )


def _rewritten(
    look: Look, command: Command, word: ShellWord, *, recursive: bool, value: str | None = None
) -> Iterator[Rewrite]:
    found = _piped_find(look, command) if word.text is None and word.raw in {"", "{}"} else None
    if found is None:
        yield Rewrite(
            command, word.span, look.place(word, command), command.name, recursive, value=value
        )
        return
    for place in found.places:
        yield Rewrite(
            command, command.span, place, command.name, recursive=True, only=found.only, value=value
        )


def _edited(look: Look, command: Command) -> Iterator[Effect]:
    """Read sed, perl, strip and others that rewrite the files they are given."""
    given = arguments(
        command.args, _flags("-e -f --expression --file -o -R -N -K --set-rpath --set-interpreter")
    )
    words = list(given.operands)
    if command.name in {"sed", "perl"}:
        if not any(re.match(r"-[a-zE]*i|--in-place", flag.form) for flag in command.args):
            if command.name == "perl" and _runs_program(command):
                yield Unknown(command, command.span)
            return
        if command.name == "sed" and not given.has("-e", "-f", "--expression", "--file"):
            words = words[1:]
        if command.name == "perl":
            words = words[0 if given.has("-e") else 1 :]
    for word in words:
        yield from _rewritten(look, command, word, recursive=False)


def _runs_program(command: Command) -> bool:
    """Tell whether perl runs a program that may do anything: no filter, and no question."""
    filters = any(re.match(r"-[a-mo-zA-Z0-9]*[np]", word.form) for word in command.args)
    return bool(command.args) and not filters and not _asks(command.args)


def _tee(look: Look, command: Command) -> Iterator[Effect]:
    for word in arguments(command.args, ()).operands:
        if not word.form.startswith("/dev/"):
            yield Create(command, word.span, look.place(word, command))


def _dd(look: Look, command: Command) -> Iterator[Effect]:
    for word in command.args:
        if word.form.startswith("of="):
            yield Create(command, word.span, look.place(after(word, 3), command))


def _dashed(words: tuple[ShellWord, ...]) -> tuple[ShellWord, ...]:
    """Write tar's old style with dashes: the letters of `xvfz A` that take a value find it behind
    them, in order.
    """
    if not words or not re.fullmatch(r"[A-Za-z]+", words[0].form):
        return words
    first, rest = words[0], list(words[1:])
    found: list[ShellWord] = []
    for letter in first.form:
        found.append(first._replace(text=f"-{letter}", form=f"-{letter}"))
        if letter in "fCTXIb" and rest:
            found.append(rest.pop(0))
    return (*found, *rest)


def _tar(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(
        _dashed(command.args),
        _flags(
            "-f -C -T -X -I -b --file --directory --files-from --exclude --use-compress-program"
            " --strip-components --transform --wildcards-match-slash"
        ),
    )
    folder = given.value("-C", "--directory")
    target = look.place(folder, command) if folder is not None else look.at(".", command)
    file = given.value("-f", "--file")
    archive = None if file is None or file.form == "-" else look.place(file, command)
    if given.has("-x", "--extract", "--get"):
        yield Extract(command, command.span, archive, target)
        yield Create(command, command.span, target, tree=True)
    elif archive is not None and given.has("-c", "--create", "-r", "-u"):
        yield Create(command, command.span, archive)


def _unzip(look: Look, command: Command) -> Iterator[Effect]:
    """Read unzip, 7z x, unrar x, dpkg -x, cpio -i."""
    given = arguments(command.args, _flags("-d -x -P -D --directory"))
    words, folder = list(given.operands), given.value("-d", "-D", "--directory")
    if command.name in {"7z", "7za", "7zr", "unrar", "unsquashfs"} and words:
        mode = words[0].form
        words = words[1:] if command.name != "unsquashfs" else words
        folder = next(
            (after(word, 2) for word in command.args if word.form.startswith("-o")), folder
        )
        if command.name != "unsquashfs" and "x" not in mode:
            if mode.lstrip("-")[:1] in {"a", "c", "u"} and words:
                yield Create(command, command.span, look.place(words[0], command))
            return
    if given.has("-l", "-t", "-v", "-p") and command.name == "unzip":
        return
    target = look.place(folder, command) if folder is not None else look.at(".", command)
    archive = look.place(words[0], command) if words else None
    yield Extract(command, command.span, archive, target)
    yield Create(command, command.span, target, tree=True)


def _jar(look: Look, command: Command) -> Iterator[Effect]:
    """Read jar, whose first letters stand together, with a dash or without, and the archive behind
    them.
    """
    given = arguments(command.args, _flags("-C -f --dir --file"))
    first, *rest = command.args or (command.word,)
    letters = "" if first.form.startswith("--") else first.form
    file = rest[0] if "f" in letters and rest else given.value("-f", "--file")
    if "x" in letters or given.has("--extract"):
        folder = given.value("-C", "--dir")
        target = look.place(folder, command) if folder is not None else look.at(".", command)
        archive = look.place(file, command) if file is not None else None
        yield Extract(command, command.span, archive, target)
        yield Create(command, command.span, target, tree=True)
    elif file is not None and ("u" in letters or given.has("--update")):
        yield from _rewritten(look, command, file, recursive=False)
    elif file is not None and ("c" in letters or given.has("--create")):
        yield Create(command, command.span, look.place(file, command))


def _gunzip(look: Look, command: Command) -> Iterator[Effect]:
    """Read gzip and its like: the file is replaced by the packed or unpacked one."""
    given = arguments(command.args, _flags("-S --suffix -T --threads -o"))
    if given.has("-c", "--stdout", "--to-stdout", "-l", "-t", "--test"):
        return
    unpacks = command.name.startswith("un") or command.name in {"gunzip", "bunzip2"}
    unpacks = unpacks or given.has("-d", "--decompress", "--uncompress")
    suffix = {"gzip": ".gz", "pigz": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}.get(
        command.name, ""
    )
    for word in given.operands:
        place = look.place(word, command)
        made = _PACKED.sub("", place.form) if unpacks else place.form + suffix
        product = Place(made if place.path is not None else None, made, place.glob)
        if unpacks:
            yield Extract(command, word.span, place, product)
        yield Create(command, word.span, product)
        if not given.has("-k", "--keep") and command.name not in {"zstd", "unzstd"}:
            yield Delete(command, word.span, place)


def _curl(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, _CURL_VALUES)
    urls = [word for word in (*given.operands, *given.values("--url")) if _is_url(word)]
    outputs = [*given.values("-o", "--output")]
    folder = given.value("--output-dir")
    for at, url in enumerate(urls):
        place: Place | None = None
        if at < len(outputs):
            place = _output(look, command, outputs[at], folder)
        elif given.has("-O", "--remote-name", "--remote-name-all"):
            place = _remote_name(look, command, url, folder)
        yield from _fetched(look, command, url, place)


def _wget(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, _WGET_VALUES)
    folder = given.value("-P", "--directory-prefix")
    output = given.value("-O", "--output-document")
    for url in given.operands:
        place = (
            _remote_name(look, command, url, folder)
            if output is None
            else _output(look, command, output, folder)
        )
        yield from _fetched(look, command, url, place)
    if output is not None and given.has("-i", "--input-file"):  # of addresses nobody knows
        place = _output(look, command, output, folder)
        if place is not None:
            yield Create(command, output.span, place)


def _is_url(word: ShellWord) -> bool:
    return bool(_URL.match(word.form)) or word.text is None or "." in word.form


def _output(
    look: Look, command: Command, word: ShellWord, folder: ShellWord | None
) -> Place | None:
    if word.form in {"-", "/dev/stdout", "/dev/null"}:
        return None
    if folder is None or word.form.startswith("/"):
        return look.place(word, command)
    return below(look.place(folder, command), word.form, known=word.text is not None)


def _remote_name(look: Look, command: Command, url: ShellWord, folder: ShellWord | None) -> Place:
    """Return the file that a download is named after."""
    path = split_url(url.form).path if "$" not in url.form else url.form.partition("?")[0]
    name = posixpath.basename(path) or "index.html"
    base = look.place(folder, command) if folder is not None else look.at(".", command)
    return below(base, name, known=url.text is not None or "$" not in name)


def _redirected(look: Look, command: Command) -> Place | None:
    """Return where a command's output is written to."""
    for redirect in command.redirects:
        if (
            redirect.writes
            and redirect.fd in {-1, 1}
            and redirect.target
            and not redirect.target.form.startswith("/dev/")
        ):
            return look.place(redirect.target, command)
    return None


def _fetched(
    look: Look, command: Command, url: ShellWord, output: Place | None
) -> Iterator[Effect]:
    """Download to a file, or to standard output and from there where that is written to."""
    yield Fetch(
        command, url.span, url.text, url.form, output or _redirected(look, command), verified=False
    )
    if output is not None:
        yield Create(command, url.span, output)


def _aria2c(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(
        command.args,
        _flags("-d -o -x -s -j -k --dir --out --checksum --max-connection-per-server --split"),
    )
    folder, output = given.value("-d", "--dir"), given.value("-o", "--out")
    for url in given.operands:
        place = (
            _output(look, command, output, folder)
            if output is not None
            else _remote_name(look, command, url, folder)
        )
        yield from _fetched(look, command, url, place)


_GIT_VALUES = _flags(
    "-b -c -C -o -j --branch --depth --config --origin --jobs --git-dir --work-tree --shallow-since"
    " --filter --reference --template --separate-git-dir --revision",
)
# What is known of git to write nothing, or nothing but what it keeps; and no subcommand at all.
_GIT_QUIET = _flags(
    "config describe log rev-parse show status remote rev-list tag branch ls-remote ls-files"
    " version credential diff init checkout reset switch fetch clone",
) | {""}


def _git(look: Look, command: Command) -> Iterator[Effect]:
    given = arguments(command.args, _GIT_VALUES)
    verb = given.operands[0].form if given.operands else ""
    if verb == "clone" and len(given.operands) > 1:
        yield from _clone(look, command, given)
    elif verb not in _GIT_QUIET:
        yield Unknown(command, command.span)


def _clone(look: Look, command: Command, given: Arguments) -> Iterator[Effect]:
    _, url, *rest = given.operands
    target = _clone_target(look, command, given, rest[0] if rest else None)
    depth, branch = given.value("--depth"), given.value("-b", "--branch")
    revision = given.value("--revision") or look.checkout(command, target)
    named = revision or branch
    yield Clone(
        command,
        url.span,
        url.text,
        url.form,
        target,
        number(depth.form) if depth is not None else None,
        named.form if named is not None else None,
        revision is not None and is_commit(revision),
    )
    yield Create(command, command.span, target, tree=True)


def _clone_target(
    look: Look, command: Command, given: Arguments, folder: ShellWord | None
) -> Place:
    """Return where a clone goes: to the folder that is named, or one called as the repository."""
    here = given.value("-C")
    base = look.place(here, command) if here is not None else look.at(".", command)
    if folder is not None:
        return _within(look, command, base, folder)
    url = given.operands[1]
    name = posixpath.basename(url.form.rstrip("/").replace(":", "/")).removesuffix(".git")
    if given.has("--bare", "--mirror"):
        name += ".git"
    return below(base, name, known=url.text is not None or "$" not in name)


def _within(look: Look, command: Command, base: Place, word: ShellWord) -> Place:
    if word.form.startswith(("/", "~", "$")) or base.form == look.at(".", command).form:
        return look.place(word, command)
    return below(base, word.form, known=word.text is not None)


def _find(look: Look, command: Command) -> Iterator[Effect]:
    """Read `find PATH... TESTS -delete` and `-exec rm|chmod|... {} ;`."""
    found = _search(look, command)
    action = found.action
    if any(word.form == "-delete" for word in command.args):
        yield from _found_deleted(command, found)
    if not action:
        return
    name = action[0].form.rpartition("/")[2]
    if name in {"rm", "unlink", "rmdir"}:
        yield from _found_deleted(command, found)
    elif name in HANDLERS and HANDLERS[name] in {_changed, _setfacl, _edited, _touch, _mv}:
        inner = command._replace(name=name, word=action[0], args=tuple(action[1:]))
        value = next(
            (effect.value for effect in HANDLERS[name](look, inner) if isinstance(effect, Rewrite)),
            None,
        )
        for place in found.places:
            yield Rewrite(
                command, command.span, place, name, recursive=True, only=found.only, value=value
            )
    elif name not in HARMLESS:
        yield Unknown(command, command.span)


class _Search(NamedTuple):
    """Where a `find` looks, what its tests narrow it to, the words of its `-exec`, and the names
    that it asks for; `by_name`: it asks for nothing else of a folder.
    """

    places: list[Place]
    only: str
    action: list[ShellWord]
    names: tuple[str, ...]
    by_name: bool


def _search(look: Look, command: Command) -> _Search:
    words = list(command.args)
    start = next((at for at, word in enumerate(words) if _is_test(word)), len(words))
    roots = [word for word in words[:start] if word.form not in _FIND_LINKS]
    places = [look.place(word, command) for word in roots] or [look.at(".", command)]
    action, tests = _find_action(words)
    return _Search(places, _narrowed(tests), action, _find_names(tests), _is_by_name(tests))


def _is_test(word: ShellWord) -> bool:
    """Whether a word of `find` is none of the folders that it looks in."""
    return word.form[:1] in {"-", "(", "!", "\\"} and word.form not in _FIND_LINKS


def _find_action(words: Sequence[ShellWord]) -> tuple[list[ShellWord], list[str]]:
    """Return the words of the first `-exec`, and all that stands around it."""
    forms = [word.form for word in words]
    start = next((at for at, form in enumerate(forms) if form in _FIND_EXECS), len(forms))
    end = next((at for at in range(start, len(forms)) if forms[at] in {";", "+"}), len(forms))
    return list(words[start + 1 : end]), forms[:start] + forms[end + 1 :]


def _narrowed(tests: Sequence[str]) -> str:
    """Return what the tests narrow a search to: "f", "d", "some", "" is nothing."""
    kinds = {kind for test, kind in pairwise(tests) if test == "-type"}
    if not _FIND_TESTS.isdisjoint(tests) or len(kinds) > 1 or not kinds <= _SOME:
        return "some"
    return next(iter(kinds), "")


def _is_by_name(tests: Sequence[str]) -> bool:
    """Whether a search takes each folder of a name, however deep it is in."""
    kinds = {kind for test, kind in pairwise(tests) if test == "-type"}
    return kinds <= {"d"} and _FIND_NARROWS.intersection(tests) == {"-name"}


def _find_names(tests: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns that names must match."""
    return tuple(
        pattern
        for before, test, pattern in zip(["", *tests], tests, tests[1:], strict=False)
        if test in {"-name", "-iname"} and before not in {"!", "-not"}
    )


def _accounts(look: Look, command: Command) -> Iterator[Effect]:
    """Read useradd and its like: they write the account files, and a home; usermod moves one only
    with a flag.
    """
    for path in ("/etc/passwd", "/etc/group", "/etc/shadow"):
        yield Create(command, command.span, look.at(path, command))
    given = arguments(
        command.args,
        _flags(
            "-u -g -G -d -s -c -h -k --uid --gid --groups --home --home-dir --shell --comment"
            " --gecos --ingroup"
        ),
    )
    if command.name in {"useradd", "adduser"} and given.operands:
        home = given.value("-d", "--home", "--home-dir") or (
            given.value("-h") if command.name == "adduser" else None
        )
        place = (
            look.place(home, command)
            if home is not None
            else below(look.at("/home", command), given.operands[0].form)
        )
        yield Create(command, command.span, place)
    moved = given.value("-d", "--home") if given.has("-m", "--move-home") else None
    if command.name == "usermod" and moved is not None:
        yield Create(command, command.span, look.place(moved, command))


def _python(look: Look, command: Command) -> Iterator[Effect]:
    """Read `python -m venv DIR`; any other program may do anything."""
    if [word.form for word in command.args[:2]] in (["-m", "venv"], ["-m", "virtualenv"]):
        yield from _environment(look, command._replace(args=command.args[2:]))
    elif not _asks(command.args):
        yield Unknown(command, command.span)


def _compiler_cache(look: Look, command: Command) -> Iterator[Effect]:  # noqa: ARG001
    """Read `sccache --show-stats`: with no program to run, it speaks to its server alone."""
    if not all(word.form.startswith("-") for word in command.args):
        yield Unknown(command, command.span)


def _environment(look: Look, command: Command) -> Iterator[Effect]:
    for word in arguments(command.args, _flags("--prompt -p --python")).operands:
        yield Create(command, word.span, look.place(word, command))


def _rustup(look: Look, command: Command) -> Iterator[Effect]:
    """Read rustup's installer: a toolchain, and the programs that start it."""
    variables = look.variables(command)
    for name, folder in (("CARGO_HOME", "~/.cargo"), ("RUSTUP_HOME", "~/.rustup")):
        path = variables.get(name, folder)
        if path:
            place = look.at(path, command)
            yield Extract(command, command.span, None, place)
            yield Create(command, command.span, place, tree=True)


def _writes(*paths: str) -> Callable[[Look, Command], Iterator[Effect]]:
    """Return a handler for a command that writes known system files."""

    def handler(look: Look, command: Command) -> Iterator[Effect]:
        for path in paths:
            yield Create(command, command.span, look.at(path, command))

    return handler


HANDLERS: dict[str, Callable[[Look, Command], Iterator[Effect]]] = {
    **dict.fromkeys(("ccache", "sccache"), _compiler_cache),
    **dict.fromkeys(["rm", "rmdir", "unlink"], _rm),
    "mkdir": _mkdir,
    "touch": _touch,
    "cp": _cp,
    "mv": _mv,
    "ln": _ln,
    "install": _install,
    "rsync": _rsync,
    **dict.fromkeys(["chmod", "chown", "chgrp", "setcap"], _changed),
    "setfacl": _setfacl,
    **dict.fromkeys(["sed", "perl", "strip", "patchelf", "dos2unix", "upx"], _edited),
    "tee": _tee,
    "dd": _dd,
    **dict.fromkeys(["tar", "bsdtar", "gtar"], _tar),
    **dict.fromkeys(["unzip", "7z", "7za", "7zr", "unrar", "unsquashfs"], _unzip),
    "jar": _jar,
    **dict.fromkeys(
        ["gunzip", "gzip", "pigz", "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd"], _gunzip
    ),
    "curl": _curl,
    "wget": _wget,
    "aria2c": _aria2c,
    "git": _git,
    "find": _find,
    "virtualenv": _environment,
    "rustup-init": _rustup,
    **dict.fromkeys(
        [
            "useradd",
            "adduser",
            "usermod",
            "userdel",
            "deluser",
            "groupadd",
            "addgroup",
            "groupmod",
            "groupdel",
            "delgroup",
        ],
        _accounts,
    ),
    **dict.fromkeys(["passwd", "chpasswd", "chsh"], _writes("/etc/passwd", "/etc/shadow")),
    "ldconfig": _writes("/etc/ld.so.cache"),
    "update-ca-certificates": _writes("/etc/ssl/certs", "/etc/ca-certificates"),
    "update-ca-trust": _writes("/etc/pki/ca-trust/extracted"),
    **dict.fromkeys(["locale-gen", "localedef"], _writes("/usr/lib/locale/locale-archive")),
    "docker-php-ext-enable": _writes("/usr/local/etc/php/conf.d"),
    "update-locale": _writes("/etc/default/locale"),
    **dict.fromkeys(["update-alternatives", "alternatives"], _writes("/etc/alternatives")),
    **dict.fromkeys(
        ["add-apt-repository", "apt-add-repository"], _writes("/etc/apt/sources.list.d")
    ),
    "apt-key": _writes("/etc/apt/trusted.gpg.d"),
    **dict.fromkeys(["yum-config-manager", "dnf-config-manager"], _writes("/etc/yum.repos.d")),
    **dict.fromkeys(
        ["a2enmod", "a2dismod", "a2enconf", "a2disconf", "a2ensite", "a2dissite"],
        _writes("/etc/apache2"),
    ),
    **dict.fromkeys(
        ["debconf-set-selections", "dpkg-reconfigure"], _writes("/var/cache/debconf/config.dat")
    ),
}

# They write nothing but to standard output (redirects are looked at), or to what no layer keeps.
HARMLESS = _flags(
    ". : [ [[ alias apt-cache apt-config apt-mark arch awk b2sum basename bc bg break builtin cat"
    " cd cksum cmp column command compgen continue cosign cut date declare df diff dirname"
    " dpkg-architecture dpkg-query du echo egrep env eval exit export expr false fg fgrep file fold"
    " gawk getconf getent getopts gpg gpg2 gpgconf gpgv grep groups hash head hexdump hostname id"
    " jobs jq kill killall ldd let local locale lsb_release ls lscpu lsof mawk md5sum mktemp nl"
    " nproc numfmt od paste pgrep pidof ping pkill popd printenv printf ps pushd pwd read readlink"
    " readonly realpath return rev scanelf select seq set sha1sum sha224sum sha256sum sha384sum"
    " sha512sum shasum shift shopt shuf sleep sort source ssh-keyscan stat stty sum sync sysctl tac"
    " tail test time timeout times tr trap true tsort tty type typeset ulimit umask uname unalias"
    " uniq unset uptime uuidgen wait wc which whoami who xargs xxd yes yq zcat",
)


def is_known(program: str) -> bool:
    """Tell whether it is known what a program does to files, or that it does nothing."""
    return program in HANDLERS or program in HARMLESS or _PYTHON.match(program) is not None


def file_effects(
    look: Look, command: Command, fetched: tuple[Command, str] | None
) -> Iterator[Effect]:
    """Yield what a command does to files; `Unknown` where it may do anything. `fetched` is what
    `look` tells of a script that it runs.
    """
    for redirect in command.redirects:
        target = redirect.target
        if redirect.writes and target is not None and not target.form.startswith("/dev/"):
            yield Create(command, target.span, look.place(target, command))
    name = command.name
    is_python = name.startswith("python") and _PYTHON.match(name)
    handler = _python if is_python else HANDLERS.get(name)
    if fetched and _RUSTUP in fetched[1]:
        handler = _rustup
    if handler is not None:
        yield from handler(look, command)
    elif command.name not in HARMLESS and command.word.raw and not _asks(command.args):
        yield Unknown(command, command.span)


def _asks(args: Sequence[ShellWord]) -> bool:
    """Whether a program is only asked for its version or help."""
    return len(args) == 1 and args[0].form in {
        "--version",
        "-version",
        "-V",
        "-v",
        "version",
        "--help",
        "-h",
    }
