"""Builds that command lines start: `docker build`, `docker buildx build`, `podman build`, `buildah
bud`, `az acr build`, and kaniko's executor, in scripts, Makefiles and CI files.

The text is read, not run. A variable is known where the same file sets it, each of a loop's values
counts, and a line is read as if nothing had gone wrong before it.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from itertools import groupby, islice
from typing import TYPE_CHECKING

from dlint.project.delivery import MACHINE, OPTION, Delivery, makes_files
from dlint.project.held_options import OPEN, with_words
from dlint.project.own_folder import from_root
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any


class Claim(NamedTuple):
    """What somebody says of a build, as it is written.

    `base` is the folder that it is started in, seen from the repository's root; `context` is seen
    from there, and so is `dockerfile`, unless `in_context`. No `dockerfile`: the context's own.
    `cache_to` and `cache_from` have a cache in each line, `contexts` a named context, `names` a
    name that the image gets. `args` are the build arguments whose values the file itself tells,
    `passes` the names of all that it is given, None where that is not known, and `platforms` those
    that the image is built for.
    """

    base: str
    context: str
    dockerfile: str = ""
    target: str = ""
    in_context: bool = False
    cache_to: str = ""
    cache_from: str = ""
    names: str = ""
    contexts: str = ""
    delivery: Delivery = Delivery()
    args: tuple[tuple[str, str], ...] = ()
    platforms: str = ""
    passes: frozenset[str] | None = None

    @property
    def tag(self) -> str:
        """The last name that the image gets."""
        return self.names.rpartition("\n")[2]

    @property
    def folder(self) -> str:
        """The context, seen from the repository's root."""
        return from_root(posixpath.normpath(posixpath.join(self.base, self.context)))

    @property
    def file(self) -> str:
        """The Dockerfile, seen from the repository's root."""
        is_own = self.in_context or not self.dockerfile
        start = self.folder if is_own else self.base
        return from_root(posixpath.normpath(posixpath.join(start, self.dockerfile or "Dockerfile")))

    @property
    def reads_cache(self) -> bool:
        """Whether it is told to read a cache: a variable alone may hold none."""
        return any(not each.startswith("$") for each in self.cache_from.split())

    def delivered(self, **told: Any) -> Claim:  # noqa: ANN401  Delivery's fields, of several types
        """Return the same build, of whose delivery more is told."""
        return self._replace(delivery=self.delivery._replace(**told))


Values = dict[str, list[str]]

# What a text has somewhere that builds anything, and a line that `_BUILD` finds something in: it is
# slow, and most documents and scripts have none.
_MAY_BUILD = regex(r"(?i)\bbu(?:il)?d\b|/kaniko/executor")
_MAY_COUNT = regex(r"(?i)\sbu(?:il)?d\s|/kaniko/executor\s|\bcd\s")
_CONTINUED = regex(r"[\\`^]\n")
COMMENT = regex(r"(?m)(?:^|(?<=[ \t]))#[^\n]*")
_BUILD = regex(
    r"(?:\b(?:docker|podman|nerdctl|buildah|finch)\b|\$[({]?\w{0,40}(?:buildah|docker|container|engine|oci_|podman)\w{0,40}[)}]?)"
    r"(?P<between>[^\n;&|]{0,80}?)\s(?:build|bud)\s(?P<rest>[^\n;&|]*)"
    r"|/kaniko/executor\s(?P<kaniko>[^\n;&|]*)"
    r"|\baz[ \t]++acr[ \t]++build\s(?P<acr>[^\n;&|]*)"
    r"|(?<![%\w])cd\s+(?P<folder>[^\s;&|]+)",
    re.IGNORECASE,
)
# A command's output, what a function of make gives, which may have variables and others in it, and
# what go-task's and just's templates work out: no pipe of the shell.
_SUBSTITUTED = regex(
    r"\$\((?!\w+\))(?:[^()\n]|\(\w++\))*+\)|`[^`\n]*`|(?<!\$)\{\{[^{}|\n]*+\|[^{}\n]*+\}\}"
)
_MOST_NESTED = 4  # of them, one in the other
# An expression within the value of another one, which GitHub fills in before a shell splits words.
_FILLED_IN = regex(r"\$\{\{[^{}\n]*+\}\}")
_TO_REGISTRY = regex(r"\btype=registry\b|\bpush=(?:true\b|[$@])")  # of `--output`
# What begins a shell of one line: a parenthesis, or the quote of a Jenkinsfile's `sh "cd x && y"`.
_OPENS_SHELL = regex(r"(?:\([ \t]{0,40}|(?<![\"'])[\"'])\Z")
_HERE = regex(r"\$\((?:pwd|CURDIR)\)|\$\{?(?:PWD|CURDIR)\b\}?|`pwd`|%cd%|\$\{?CI_PROJECT_DIR\b\}?")
_SET = regex(
    r"""^[ \t@]*(?:(?:export|readonly|local|declare)[ \t]+)?(\w+)[ \t]*[:?+]?=[ \t]*"""
    r"""("[^"\n]*"|'[^'\n]*'|[^\s;&|]+)""",
    re.MULTILINE,
)
# Several words that a variable holds, as a program with its verb and options.
_HELD = regex(
    r"(?m)^[ \t]*+(?:(?:export|readonly)[ \t]++)?(\w++)[ \t]*+[:?]?=[ \t]*+"
    r"([^\s=#;&|][^\n#;&|]{0,400}+)$"
)
_VERB = regex(r"(?:build|bud)[ \t]++-")  # of `engine $options -t web .`
_WORD = regex(r"(?<=[ \t])\$(\w++)(?=[ \t])")
_DEEPEST = 3  # variables that hold the start of a command in one another
# What a Jenkinsfile sets for good.
_DEFINED = regex(r"""(?m)^[ \t]*def[ \t]+(\w+)[ \t]*=[ \t]*(["'])([^"'$\n]+)\2[ \t]*$""")
# What stands behind the verb of each program.
_OPERANDS = ("rest", "kaniko", "acr")
# There each line of commands has a shell of its own, so a `cd` counts for its line alone.
_ENTERS_ALONE = regex(r"""\bsh[ \t(]+(?:script:[ \t]*)?["'](?=cd[ \t])""")
_LOOP = regex(r"\bfor[ \t]+(\w+)[ \t]+in[ \t]+([^\n;]+)")
_VARIABLE = regex(r"\$(?:\{(\w+)(?::?-([^}\n]{0,500}))?\}|\((\w+)\)|(\w+))")
# What says which image it is where it stands in a variable of the command.
_CHOICES = regex(r"(?:^|[\s\"'(=])(?:-f|--file|--target)\b", re.MULTILINE)
# A variable of options that give the image names, as its own name says.
_OF_TAGS = regex(r"(?i)\$[({]?(?!\w{0,40}cache)\w{0,40}?tags?(?:\b|_)")
_ONLY_VARIABLE = regex(r"\$(?:\w+|\{[^}]{0,200}\}?|\(\w+\)?)?|@")
# A variable that nothing here sets, but whose name says that it is the folder of it all.
_ROOT = regex(
    r"^\$[({]?\w{0,40}(?:root|dir|base|top|workspace|repo|src)\w{0,40}[)}]?(?:/|$)",
    re.IGNORECASE,
)
_SWITCHES = frozenset(
    (
        "--no-cache",
        "--pull",
        "--push",
        "--load",
        "--rm",
        "--force-rm",
        "-q",
        "--quiet",
        "--squash",
        "--squash-all",
        "--compress",
        "--debug",
        "-D",
        "--check",
        "--layers",
        "--no-push",
        "--single-snapshot",
        "--cleanup",
        "--cache",
        "--reproducible",
        "--use-new-run",
        "--no-logs",
        "--no-wait",
        "--no-format",
    )
)
# What makes one layer of all steps, and what keeps Buildah from it
# (https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md).
_SQUASHES = frozenset(("--squash", "--squash-all", "--single-snapshot"))
_LAYERS = frozenset(("--layers", "--layers=true"))
BUILDAHS_LAYERS = "BUILDAH_LAYERS"
_SHORT = {"-f": "--file", "-t": "--tag", "-o": "--output", "--image": "--tag"}
_NO_PUSH = "--no-push"
# What a job deletes again, and what it pushes before.
_REMOVED = regex(r"\b(?:image rm|rmi)\b([^\n;&|]*)")
_PUSHED = regex(r"\bpush\b([^\n;&|]*)")
_USES = regex(r"\b(?:build|bud|run)\b")
_REPEATED = frozenset(
    ("--build-arg", "--build-context", "--cache-to", "--cache-from", "--tag", "--output")
)
# Flags that neither name an image nor take it anywhere.
_OF_NO_IMAGE = frozenset(
    "--file --target --build-arg --build-context --platform --progress --cache-from --network"
    " --label --secret --ssh".split()
)
_NAME = regex(r"\w+")
_MOST_FILLED = 10  # variables of one command, and of what stands in them
# Of what is filled in, as Linux takes in one word (https://man7.org/linux/man-pages/man2/execve.2.html):
# a variable may hold itself several times.
_LONGEST = 1 << 17
MOST_VALUES = 40  # of one command's variables together; a matrix of images has fewer


def claims_in(
    text: str,
    bases: Sequence[str],
    known: Mapping[str, list[str]] | None = None,
    *,
    by_line: bool = False,
) -> Iterator[tuple[Claim, ...]]:
    """Yield what the command lines of `text` build, each once for every folder that it may be
    started in, the likeliest first.

    `known` are variables that are set elsewhere, each with its possible values; `by_line` tells
    that each line starts in the same folder.
    """
    if not _MAY_BUILD.search(text):
        return
    text = with_words(_HERE.sub(".", _CONTINUED.sub(" ", text)))
    text = _with_held(_ENTERS_ALONE.sub(r"\g<0>(", text))
    written = filter(_MAY_COUNT.search, _without_outputs(text).split("\n"))
    lines = [[*_BUILD.finditer(line)] for line in written]
    if all(found["folder"] for line in lines for found in line):  # nothing is built in any
        return
    told = _Around.of(text, known or {}, by_line=by_line)
    folder = ""
    for line in lines:
        folder = "" if by_line else folder
        here, since = folder, 0
        for found in line:
            if found["folder"]:
                here, since = _only(_entered(found["folder"]), told.values), found.end()
                # a subshell's folder is its own
                folder = folder if _OPENS_SHELL.search(found.string[: found.start()]) else here
                continue
            if ")" in found.string[since : found.start()]:
                here = folder
            if not _is_of_compose(found):
                starts = [posixpath.join(base, here) for base in bases]
                yield from _started(found, starts, told)


def _without_outputs(text: str) -> str:
    """Return a text with `@` for each output of a command or a function in it, the inner ones
    first.
    """
    for _ in range(_MOST_NESTED):
        text, count = _SUBSTITUTED.subn(OPEN, text)
        if not count:
            break
    return text


def _with_held(text: str) -> str:
    """Return a text with each variable written out that holds the start of a build, a program with
    its verb, and is set but once.
    """
    found: dict[str, set[str]] = {}
    for name, value in _HELD.findall(text):
        found.setdefault(name, set()).add(value.strip(" \t\"'"))
    held = {name: next(iter(each)) for name, each in found.items() if len(each) == 1}
    for _ in range(_DEEPEST):
        starts = {name: each for name, each in held.items() if _starts_build(each)}
        for name, value in starts.items():
            text = _written_out(text, name, value)
            held = {each: _written_out(told, name, value) for each, told in held.items()}
        held = {name: each for name, each in held.items() if name not in starts}
    verbs = {name for name, each in found.items() if _are_options_of_build(each)}
    return _WORD.sub(lambda word: "build " * (word[1] in verbs) + word[0], text) if verbs else text


def _are_options_of_build(values: Iterable[str]) -> bool:
    """Tell whether words that a variable may hold are a program's verb, with options behind it."""
    told = [each for each in values if not each.startswith("$")]
    return bool(told) and all(map(_VERB.match, told))


def _starts_build(value: str) -> bool:
    """Tell whether words are a program with its verb and options, and no context yet."""
    found = _BUILD.match(f"{value} ")
    return bool(found and found["rest"] is not None and not _sorted(_split(found["rest"]))[1])


def _written_out(text: str, name: str, value: str) -> str:
    """Return a text with the value of a variable in its place, unless it stands there too often."""
    for written in (f"$({name})", f"${{{name}}}", f"${name} "):
        if text.count(written) * len(value) < _LONGEST:
            text = text.replace(written, value + " " * written.endswith(" "))
    return text


def _is_of_compose(found: re.Match[str]) -> bool:
    """Tell whether Compose builds, whose program may stand in a variable."""
    return "compose" in found[0].removesuffix(found["rest"] or found["acr"] or "").lower()


class _Around(NamedTuple):
    """What a text says around the commands that build: the values of variables, the images that it
    deletes again, and whether anything beside the builds may name a Dockerfile or a target: so may
    then a variable of which nobody knows what it holds. `in_layers`: Buildah may be told to keep
    them.
    """

    values: Values
    removed: set[str]
    is_open: bool
    in_layers: bool

    @classmethod
    def of(cls, text: str, known: Mapping[str, list[str]], *, by_line: bool = False) -> _Around:
        """Read a text, where these variables are set elsewhere; `by_line` tells that each of its
        recipes is started by itself.
        """
        elsewhere = (each for several in known.values() for each in several)
        return cls(
            {**assigned(text), **known},
            _removed(text, by_line=by_line) - _words(_PUSHED, text),
            any(map(_CHOICES.search, (_BUILD.sub("", text), *elsewhere))),
            BUILDAHS_LAYERS in text or BUILDAHS_LAYERS in known,
        )


def within_job(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return what is claimed of a build whose image ends with what builds it."""
    return tuple(each._replace(delivery=each.delivery.within_job()) for each in claims)


def _removed(text: str, *, by_line: bool) -> set[str]:
    """Return the images that a text deletes where it has built or started them: a recipe that does
    no more than clean up is for another day.
    """
    if not by_line:
        return _words(_REMOVED, text)
    blocks = groupby(text.split("\n"), lambda line: line[:1] in " \t")
    recipes = ("\n".join(lines) for is_recipe, lines in blocks if is_recipe)
    return {word for each in recipes if _USES.search(each) for word in _words(_REMOVED, each)}


def _words(operands: re.Pattern[str], text: str) -> set[str]:
    return {word for each in operands.findall(text) for word in each.split()}


def _started(
    found: re.Match[str], starts: Sequence[str], told: _Around
) -> Iterator[tuple[Claim, ...]]:
    """Yield what the words of one command build, for each of its variables' values."""
    in_layers = told.in_layers or "buildah" not in found[0].split(None, 1)[0].lower()
    rest = next(filter(None, (found[name] for name in _OPERANDS)), "").strip()
    verb = "build " * rest.startswith("$")  # with which the options begin that a variable holds
    for words in (each.removeprefix(verb) for each in filled(rest, told.values)):
        claims = tuple(
            claim for base in starts for claim in _claimed(words, base, is_open=told.is_open)
        )
        if found["acr"]:
            claims = tuple(_by_registry(claims, words))
        elif not found[0].lower().startswith("docker"):  # whose BuildKit ignores that it is told to
            claims = tuple(_in_one_layer(each, words, in_layers=in_layers) for each in claims)
        if claims:
            yield within_job(claims) if claims[0].tag in told.removed else claims


def _by_registry(claims: Iterable[Claim], words: str) -> Iterator[Claim]:
    """Yield what is claimed of a build that Azure's registry starts: it pushes what has a name, and
    takes no step of an earlier one (https://github.com/Azure/acr/issues/204). The Dockerfile is
    seen from the folder that the command runs in, or from the context.
    """
    for each in claims:
        pushes = bool(each.names) and _NO_PUSH not in words.split()
        cold = each.delivery.cold or MACHINE
        told = each.delivered(pushes=pushes, untagged=not pushes, cold=cold, fresh=True)
        yield from (told, told._replace(in_context=True))


def _in_one_layer(claim: Claim, text: str, *, in_layers: bool) -> Claim:
    """Return a build, which makes one layer on top of the base where it is told to, and where
    Buildah is not told to keep layers: nor does it take any from a cache then.
    """
    words = set(text.split())
    is_told = not _SQUASHES.isdisjoint(words)
    if not is_told and (in_layers or not _LAYERS.isdisjoint(words)):
        return claim
    cold = claim.delivery.cold or OPTION * (not in_layers)
    return claim.delivered(single=True, cold=cold)


def _entered(word: str) -> str:
    """Return the folder that a word names: a parenthesis behind it may end a subshell, or be one of
    make's variable.
    """
    word = word.strip("\"'")
    while word.endswith(")") and word.count(")") > word.count("("):
        word = word[:-1].strip("\"'")
    return word


def _only(text: str, values: Values) -> str:
    """Return the one thing that a text may be; "" where it may be several or nobody knows."""
    found = list(filled(text, values))
    return found[0] if len(found) == 1 and "$" not in found[0] and OPEN not in found[0] else ""


def assigned(text: str) -> Values:
    """Return the values that a text sets its variables to, or a loop gives them."""
    found: Values = {}
    for match in _SET.finditer(text):
        found.setdefault(match[1], []).append(match[2].strip("\"'"))
    for match in _DEFINED.finditer(text) if "def" in text else ():
        found.setdefault(match[1], []).append(match[3])
    for match in _LOOP.finditer(text):
        found.setdefault(match[1], []).extend(word.strip("\"'") for word in match[2].split())
    return found


def filled(text: str, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield `text` with its variables filled in, for each of their values; what is unknown stays
    as it is written.
    """
    return islice(_filled(text, values, _MOST_FILLED), MOST_VALUES)


def _filled(text: str, values: Mapping[str, Sequence[str]], depth: int) -> Iterator[str]:
    for match in _VARIABLE.finditer(text) if depth else ():
        written, name = match[0], match[1] or match[3] or match[4]
        known = values.get(name) or ([match[2]] if match[2] else [])
        times = text.count(written)
        for value in known:
            if times * len(value) > _LONGEST:
                yield text
            else:
                yield from _filled(text.replace(written, value), values, depth - 1)
        if known:
            return
    yield text


def _claimed(text: str, base: str, *, is_open: bool) -> Iterator[Claim]:
    """Yield what one command's words build; `is_open`: a variable among them may name the
    Dockerfile or the target.
    """
    words = _split(text)
    flags, operands = _sorted(words)
    is_kaniko = "--context" in flags
    dockerfile = _below_root(flags.get("--file") or flags.get("--dockerfile") or "")
    unknown = _options(operands, is_open=is_open and not dockerfile)
    context = _context(flags, operands, unknown)
    is_hidden = any(_may_be_options(each) for each in operands if each != context)
    if context and context != "-":
        context = _below_root(context.removeprefix("dir://")) or "."
        claim = Claim(
            base,
            context,
            dockerfile,
            flags.get("--target", ""),
            cache_to=flags.get("--cache-to", ""),
            cache_from=flags.get("--cache-from") or _possible_caches(unknown),
            names=flags.get("--tag", ""),
            contexts=flags.get("--build-context", ""),
            platforms=flags.get("--platform", ""),
            passes=None if is_hidden else names_passed(flags.get("--build-arg", "")),
            delivery=_delivery(words, flags, operands)._replace(hidden=is_hidden),
        )
        yield claim
        if dockerfile and is_kaniko:  # which looks in both places
            yield claim._replace(in_context=True)


def _delivery(words: Sequence[str], flags: Mapping[str, str], operands: Sequence[str]) -> Delivery:
    """Return what one command's words say of the image's way."""
    is_kaniko, files = "--context" in flags, makes_files(flags.get("--output", ""))
    caches = {"--cache", "--cache=true"}.intersection(words)
    return Delivery(
        stays=files,
        files=files,
        pushes="--push" in words
        or (is_kaniko and _NO_PUSH not in words)
        or _TO_REGISTRY.search(flags.get("--output", "")) is not None,
        cold=OPTION * ("--no-cache" in words or (is_kaniko and not caches)),
        typed=True,
        untagged=_names_nothing(words, flags, operands),
    )


def _split(text: str) -> list[str]:
    text = _FILLED_IN.sub("$", text)
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # the quotes around it all have begun before
        return [each.rstrip("\"',") for each in text.split()]


def _names_nothing(words: Sequence[str], flags: Iterable[str], operands: Sequence[str]) -> bool:
    """Tell whether a build is given nothing but what is known to name no image, nor hand it on."""
    is_handed_on = not {"--push", "-q", "--quiet"}.isdisjoint(words)
    return not is_handed_on and len(operands) == 1 and _OF_NO_IMAGE.issuperset(flags)


def _context(flags: Mapping[str, str], operands: Sequence[str], unknown: Sequence[str]) -> str:
    """Return the context of a build, which is none of the options that are not known."""
    told = flags.get("--context") or ""
    return told or next((each for each in operands if each not in unknown), "")


def _options(operands: Sequence[str], *, is_open: bool) -> list[str]:
    """Return the operands that are variables for options, as there is but one context: that is
    what is written out, or else the last. None where one may say which image is built.
    """
    if is_open:
        return []
    written = [each for each in operands if not _ONLY_VARIABLE.fullmatch(each)]
    context = [*operands[-1:], *written[:1]][-1:]
    return [each for each in operands if each not in written and each not in context]


def names_passed(arguments: str) -> frozenset[str] | None:
    """Return the names of build arguments, of which there is one in each line; None where a
    variable may hold any.
    """
    names = frozenset(name for name, _, _ in _passed_in(arguments))
    return names if all(map(_NAME.fullmatch, names)) else None


def pairs_passed(arguments: str) -> tuple[tuple[str, str], ...]:
    """Return the build arguments, of which there is one in each line, whose values are written
    there.
    """
    found = _passed_in(arguments)
    return tuple((name, value) for name, sign, value in found if sign and "$" not in value)


def _passed_in(arguments: str) -> Iterator[tuple[str, str, str]]:
    """Yield each of several build arguments in its parts, one in each line."""
    lines = (each.strip().strip("\"'") for each in arguments.split("\n"))
    return (each.partition("=") for each in lines if each)


def all_passed(several: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the names that any of several builds is given; None where those of one are not
    known.
    """
    found: set[str] = set()
    for names in several:
        if names is None:
            return None
        found |= names
    return frozenset(found)


def _may_be_options(operand: str) -> bool:
    """Tell whether a variable, or what a command prints, may hold options that name no image."""
    return _ONLY_VARIABLE.fullmatch(operand) is not None and not _OF_TAGS.match(operand)


def _possible_caches(unknown: Iterable[str]) -> str:
    """Return the variables for options that may hold a cache."""
    return " ".join(each for each in unknown if not _OF_TAGS.match(each))


def _sorted(words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Tell the flags and their values from the operands."""
    flags: dict[str, str] = {}
    operands: list[str] = []
    rest = iter(words)
    for word in rest:
        name, is_joined, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            operands.append(word.rstrip("),\"'"))
        elif word in _SWITCHES:
            continue
        elif word.startswith("-f") and len(word) > len("-f") and not is_joined:
            flags["--file"] = word.removeprefix("-f")
        else:
            name = _SHORT.get(name, name)
            value = value if is_joined else next(rest, "")
            before = f"{flags[name]}\n" if name in _REPEATED and name in flags else ""
            flags[name] = before + value
    return flags, operands


def _below_root(path: str) -> str:
    """Return a path without the variable in front of it that stands for the root."""
    return _ROOT.sub("", path, count=1)
