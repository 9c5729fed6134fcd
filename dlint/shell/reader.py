"""Runs through a script's nodes as a shell would, and writes down each command with what is known
about it.
"""

from __future__ import annotations

import re
from itertools import chain, dropwhile, pairwise

from dlint.faces import later
from dlint.shell.actions import is_handed_on
from dlint.shell.arguments import after
from dlint.shell.files import is_known
from dlint.shell.loops import counts, leaves, turns
from dlint.shell.nodes import PLAIN, Extent, Node, plain
from dlint.shell.script import Command, Redirect, Script, ShellWord
from dlint.shell.state import State
from dlint.shell.wrappers import (
    ASSIGNMENT,
    SHELLS,
    reads_stdin,
    shell_argument,
    su_argument,
    unwrapped,
)
from dlint.text.patterns import regex
from dlint.text.safe import json_value, number
from dlint.text.source import Mapped
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dlint.shell import words as shell_words
    from dlint.shell.nodes import RawRedirect
    from dlint.shell.wrappers import Unwrapped
else:  # most words stand for themselves
    shell_words = later("dlint.shell.words")

MAX_NESTING = 12  # scripts in scripts, functions in functions
MAX_DEPTH = (
    80  # statements in statements, over all of those scripts: keeps Python's stack out of danger
)
MAX_COMMANDS = 20_000  # loops in loops over long lists multiply
MAX_AGAIN = 40_000  # statements and words that loops, functions and variables may repeat
FEW_EXPORTS = 8  # variables of a command's environment that count as much as a word
WORD = 64  # characters of a value, or of a loop's body, that count as much as a word
MAX_WAYS = 64  # through choices within choices
MAX_TURNS = 32  # a loop over more literal words is run through once

_TESTS = frozenset(
    [
        "[",
        "[[",
        "command",
        "egrep",
        "false",
        "fgrep",
        "getent",
        "grep",
        "hash",
        "id",
        "pgrep",
        "test",
    ]
)
_TESTS |= {"type", "which"}
_GROUPS = frozenset(["chain", "group", "pipe", "sequence", "subshell"])
_ABORTS = frozenset(["die", "exit", "fail", "false", "return"])
_DECLARATIONS = frozenset(["declare", "export", "local", "readonly", "typeset"])
_RUNS_TEXT = SHELLS | {"eval", "runuser", "scl", "su"}
_ANYTHING = regex(r"\s*+\(?\s*+\*\s*+\)")  # the last pattern of a `case` that is complete
# `[ "$NAME" = yes ]`, `[[ -n $NAME ]]`: a variable that is compared with a word, or with nothing.
_COMPARISON = regex(
    r"""(?:\[\[?|test) (?:(?P<test>-[nz]) )?"?\$\{?(?P<name>\w+)\}?"?"""
    r"""(?: (?P<sign>!=|==?) (?P<mark>["']?)(?P<value>[\w.-]*)(?P=mark))?(?: \]\]?)?"""
)
_POSITIONAL = frozenset(["$@", '"$@"', "${@}", '"${@}"', "$*", "${*}"])
# xargs' flags for it: what they hold, or the next word, or `{}` is the placeholder.
_PLACEHOLDER = regex(r"-[0oprtx]*I(.*)|-[0oprtx]*(i)(.*)|(--replace)(?:=(.*))?")
# And that for the file which it reads: what they hold, or the next word.
_ARGUMENT_FILE = regex(r"-[0oprtx]*a|--arg-file(?:=|\Z)")
_IN_UNKNOWN_FOLDER = regex(r"[~\w.+${}/-]*/([\w.+-]+)")
_JSON_STRING = regex(r'"(?:[^"\\]|\\.)*"')
_JSON_ESCAPE = regex(r"(?:\\u[dD][89abAB]..\\u....|\\u....|\\.)")


def dialect_of(shell: Sequence[str]) -> str:
    """Name the language of a SHELL's argument vector: "sh", "bash", "powershell", ..., "" where it
    is not known.
    """
    names = [
        word.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe") for word in shell
    ]
    return next((name for name in names if name in SHELLS), names[0] if names else "")


class Budget:
    """How much is read of a build's scripts: what loops, functions and variables repeat may come to
    no end, and so may each of two thousand short scripts.
    """

    def __init__(self, characters: int) -> None:
        """Take the characters of all scripts together."""
        self.left = characters // 4 + MAX_AGAIN  # a statement has as many, and then some


def read_script(
    script: Mapped,
    dialect: str = "sh",
    variables: Mapping[str, str] | None = None,
    budget: Budget | None = None,
    decides: Callable[[str], bool] | None = None,
) -> Script:
    """Read the commands of `script` in the order in which they run. Never raises.

    `variables` are the step's environment so far as it is known (HOME among them, for `~`);
    `budget` is that of all scripts of the build, else the script has its own. `decides` tells of a
    variable of the environment whether it has this value in every build, so that it chooses the
    branch of an `if`.
    """
    if (_interpreter(script.text) or dialect) not in SHELLS:
        return Script((), parsed=False)
    run = _Run(budget or Budget(len(script.text)), decides)
    _Reader(script, State(variables or {}), run).read()
    return run.script()


def read_exec(
    argv: Sequence[str],
    rest: Mapped,
    variables: Mapping[str, str] | None = None,
    budget: Budget | None = None,
) -> Script:
    """Read a RUN's exec form: `argv` is the JSON array, `rest` the text that holds it."""
    strings = [_decoded(rest, *match.span()) for match in _JSON_STRING.finditer(rest.text)]
    if not strings or tuple(string.text for string in strings) != tuple(argv):
        return Script((), parsed=False)
    words = tuple(
        ShellWord(
            string.text,
            string.text,
            string.text,
            glob=False,
            script=string,
            start=0,
            end=len(string.text),
        )
        for string in strings
    )
    run = _Run(budget or Budget(len(rest.text)))
    reader = _Reader(rest, State(variables or {}), run, raw=True)
    reader.invoke(_Invocation(words, Extent(0, len(rest.text)), (), {}, None), _Setting())
    return run.script()


def _interpreter(text: str) -> str:
    """Return the program that a `#!` line names, "" without one."""
    if not text.startswith("#!"):
        return ""
    match = re.match(r"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(\S+)", text)
    return match[1].rpartition("/")[2] if match else ""


def _decoded(rest: Mapped, start: int, end: int) -> Mapped:
    """Return the text of a JSON string at `rest.text[start:end]`, mapped to the source."""
    parts, at = [], start + 1
    for match in _JSON_ESCAPE.finditer(rest.text, start + 1, end - 1):
        parts.append(rest.slice(at, match.start()))
        try:
            text = str(json_value(f'"{match[0]}"'))
        except ValueError:
            text = match[0]
        parts.append(Mapped(text, (0,), (rest.offset(match.end() - 1),)))
        at = match.end()
    return shell_words.joined(part for part in [*parts, rest.slice(at, end - 1)] if part.text)


class _Run:
    """What all readers of one RUN share."""

    def __init__(self, budget: Budget, decides: Callable[[str], bool] | None = None) -> None:
        self.budget = budget
        self.decides = decides
        self.commands: list[Command] = []
        self.choices: list[tuple[frozenset[int], ...]] = []
        self.whole = True
        self.depth = 0

    @property
    def is_spent(self) -> bool:
        """Whether no more is run through."""
        is_full = len(self.commands) > MAX_COMMANDS or self.budget.left < 0
        return is_full or self.depth > MAX_DEPTH

    def script(self) -> Script:
        """Return what was read; in a text that was not understood, no command is certain to run."""
        if self.whole:
            return Script(tuple(self.commands), parsed=True, choices=tuple(self.choices))
        return Script(
            tuple(command._replace(certain=False) for command in self.commands), parsed=False
        )

    def demote(self, start: int, choices: int) -> list[frozenset[int]]:
        """Take certainty from the commands read since `start`, and from the choices made since;
        return for each way through them the numbers of the commands that had it.
        """
        sure = frozenset(at for at in range(start, len(self.commands)) if self.commands[at].certain)
        for at in sure:
            self.commands[at] = self.commands[at]._replace(certain=False)
        ways = [sure]
        for choice in self.choices[choices:]:
            if len(ways) * len(choice) <= MAX_WAYS:
                ways = [way | branch for way in ways for branch in choice]
        del self.choices[choices:]
        return ways


class _Invocation(NamedTuple):
    """A simple command before it is looked into: its words, the program first, and what stands
    around them.
    """

    words: tuple[ShellWord, ...]
    extent: Extent
    redirects: tuple[Redirect, ...]
    prefix: Mapping[str, str | None]
    user: str | None


class _Setting:
    """How a node is reached."""

    __slots__ = ("background", "certain", "connector", "final")

    def __init__(
        self,
        connector: str = "",
        *,
        certain: bool = True,
        final: bool = True,
        background: bool = False,
    ) -> None:
        self.connector, self.certain, self.final, self.background = (
            connector,
            certain,
            final,
            background,
        )

    def but(
        self, connector: str | None = None, *, certain: bool = True, final: bool = True
    ) -> _Setting:
        """Return the setting of a part: never surer than the whole."""
        return _Setting(
            self.connector if connector is None else connector,
            certain=self.certain and certain,
            final=self.final and final,
            background=self.background,
        )


class _Reader:
    """Reads one text; scripts within it get readers of their own."""

    def __init__(
        self, script: Mapped, state: State[_Reader], run: _Run, *, depth: int = 0, raw: bool = False
    ) -> None:
        """Take `raw` where words need no unquoting (the exec form)."""
        self.script, self.state, self.run, self.depth, self.raw = script, state, run, depth, raw
        self.substitutions = True

    def read(self, setting: _Setting | None = None) -> None:
        """Run through the whole text."""
        node = plain(self.script.text)
        if node is None:
            from dlint.shell.tree import structured

            node, whole = structured(self.script.text)
            self.run.whole = self.run.whole and whole
        self.node(node, setting or _Setting())

    def node(self, node: Node, setting: _Setting) -> None:
        if self.run.is_spent:
            self.run.whole = False
            return
        self.run.depth += 1
        self.run.budget.left -= 1
        if self.substitutions:
            for part in node.inner:
                self.node(part, setting.but("$("))
        if node.redirects and node.kind != "simple":
            redirects = tuple(self._redirect(redirect) for redirect in node.redirects)
            call = _Invocation(
                (self._nothing(node.extent),), node.extent, redirects, {}, self.state.user
            )
            self._emit("", call, setting)
        getattr(self, f"_{node.kind}")(node, setting)
        self.run.depth -= 1

    def _sequence(self, node: Node, setting: _Setting) -> None:
        last = len(node.parts) - 1
        connector: str | None = None
        certain = True
        for at, part in enumerate(node.parts):
            inner = setting.but(connector, certain=certain, final=at == last)
            inner.background = inner.background or node.operators[at] == "&"
            self.node(part, inner)
            connector = "&" if node.operators[at] == "&" else ";"
            certain = certain and not leaves(part, self.script.text)

    def _chain(self, node: Node, setting: _Setting) -> None:
        tested = False
        rescued = self._rescued(node)
        for operator, part, unnoticed in zip(node.operators, node.parts, rescued, strict=True):
            if operator == "||":
                tested = False
                self.state.merge([self.state, self._branch(part, setting.but("||", certain=False))])
            else:
                certain = not (tested and (unnoticed or not setting.final))
                self.node(part, setting.but(operator or None, certain=certain))
            tested = tested or (self._is_test(part) and self._decision(part) is not True)

    def _rescued(self, node: Node) -> list[bool]:
        """For each part, whether its failure leads to a `||` that goes on."""
        found, after = [], False
        for operator, part in zip(reversed(node.operators), reversed(node.parts), strict=True):
            found.append(after)
            if operator == "||":
                after = not self._aborts(part)
        return found[::-1]

    def _is_test(self, node: Node) -> bool:
        if node.kind in {"test", "not"}:
            return True
        return self._program_name(node) in _TESTS

    def _aborts(self, node: Node) -> bool:
        """Tell whether a branch ends the step as failed, whatever happens before its end."""
        end = node
        while end.kind in _GROUPS and end.parts:
            if end.kind == "chain" and "||" in end.operators[-1:]:
                return False  # `make || exit 1`
            end = end.parts[-1]
        program, *args = self._last_words(node) or [""]
        return program in _ABORTS and args[:1] != ["0"]

    def _program_name(self, node: Node) -> str:
        return next(iter(self._last_words(node)), "")

    def _last_words(self, node: Node) -> list[str]:
        """Return the words of a simple command, or of the last one in a group or pipe, as
        written.
        """
        while node.kind in _GROUPS and node.parts:
            node = node.parts[-1]
        return list(dropwhile(ASSIGNMENT.match, map(self._text, node.words)))

    def _pipe(self, node: Node, setting: _Setting) -> None:
        before = self.state
        for at, part in enumerate(node.parts):
            self.state = before.copy()
            self.node(part, setting.but("|" if at else None))
        self.state = before

    def _subshell(self, node: Node, setting: _Setting) -> None:
        before = self.state
        self.state = before.copy()
        self._group(node, setting)
        self.state = before

    def _group(self, node: Node, setting: _Setting) -> None:
        for part in node.parts:
            self.node(part, setting)

    def _not(self, node: Node, setting: _Setting) -> None:
        self._group(node, setting)

    def _test(self, _node: Node, _setting: _Setting) -> None:
        return

    def _if(self, node: Node, setting: _Setting) -> None:
        complete = len(node.parts) % 2 == 1
        conditions, bodies = node.parts[:-1:2], node.parts[1::2]
        if not complete:
            self._one_of(node.parts[::2], bodies, setting, complete=False)
        else:
            self._one_of(conditions, (*bodies, node.parts[-1]), setting, complete=True)

    def _case(self, node: Node, setting: _Setting) -> None:
        last = self._text(node.parts[-1].extent) if node.parts else ""
        self._one_of((), node.parts, setting, complete=_ANYTHING.match(last) is not None)

    def _one_of(
        self,
        conditions: Sequence[Node],
        bodies: Sequence[Node],
        setting: _Setting,
        *,
        complete: bool,
    ) -> None:
        """Run through branches of which one runs; where they are not `complete`, or none of
        them.
        """
        chosen = self._chosen(conditions, bodies, complete=complete)
        complete = complete or chosen is not None
        left_out = self._left_out(bodies, chosen)
        alone = complete and left_out.count(False) == 1
        ends, ways = [], list[frozenset[int]]()
        for at, body in enumerate(bodies):
            for condition in conditions[at : at + 1]:
                self.node(condition, setting.but(";", certain=False) if at else setting)
            start, choices = len(self.run.commands), len(self.run.choices)
            ends.append(self._branch(body, setting.but(";", certain=complete)))
            if left_out[at] or not alone:
                found = self.run.demote(start, choices)
                ways += [] if left_out[at] else found
        if complete and setting.certain and ways:
            self.run.choices.append(tuple(ways))
        ends = ends if chosen is None else [ends[chosen]]
        self.state.merge(ends if complete else [*ends, self.state])

    def _left_out(self, bodies: Sequence[Node], chosen: int | None) -> list[bool]:
        """Tell of each branch whether it does not run in a step that succeeds."""
        if chosen is None:
            return [self._aborts(body) for body in bodies]
        return [at != chosen for at in range(len(bodies))]

    def _chosen(
        self, conditions: Sequence[Node], bodies: Sequence[Node], *, complete: bool
    ) -> int | None:
        """Return the number of the branch that runs in every build; None where more than the step's
        environment decides, as where the build would fail.
        """
        at, runs = len(bodies) - 1, bool(conditions) and complete
        for place, condition in enumerate(conditions):
            decision = self._decision(condition)
            if decision is not False:
                at, runs = place, bool(decision)
                break
        return at if runs and not self._aborts(bodies[at]) else None

    def _decision(self, condition: Node) -> bool | None:
        """Tell what a comparison of a variable of the step's environment comes to in every build;
        None where that may be either.
        """
        while condition.kind in {"sequence", "chain"} and len(condition.parts) == 1:
            condition = condition.parts[0]
        if self.run.decides is None or condition.kind not in {"simple", "test"}:
            return None
        found = _COMPARISON.fullmatch(" ".join(self._text(condition.extent).split()))
        value = self.state.variables.get(found["name"]) if found else None
        if found is None or value is None or found["name"] in self.state.exports:
            return None
        if found["name"] not in self.state.initial or not self.run.decides(found["name"]):
            return None
        if found["sign"] is None:
            return (value == "") is (found["test"] == "-z")
        return (value == found["value"]) is (found["sign"] != "!=")

    def _branch(self, node: Node, setting: _Setting) -> State[_Reader]:
        """Run through a part that may not run; return the state in which it ends."""
        before, self.state = self.state, self.state.copy()
        self.node(node, setting)
        after, self.state = self.state, before
        return after

    def _while(self, node: Node, setting: _Setting) -> None:
        condition, body = node.parts
        certain = turns(self._text(node.extent), self.state.variables)
        self.node(condition, setting)
        self._turn(body, setting.but(";", certain=certain))

    def _turn(self, body: Node, setting: _Setting) -> None:
        """Run once through the body of a loop."""
        self.state.merge([self.state, self._branch(body, setting)])

    def _for(self, node: Node, setting: _Setting) -> None:
        (body,) = node.parts
        name = self._text(node.words[0]) if node.words else ""
        texts = [self._text(extent) for extent in node.words[1:]]
        found = [
            value for text in texts for value in shell_words.values(text, self.state.variables)
        ]
        known = bool(found) and all(value.text is not None and not value.glob for value in found)
        if known and len(found) <= MAX_TURNS and self._is_for_each(body, name):
            for value in found:
                self.state.assign(name, value.text)
                self.node(body, setting.but(";"))
            return
        self.state.assign(name, None)
        self._turn(body, setting.but(";", certain=known or any(map(counts, texts))))

    def _is_for_each(self, body: Node, name: str) -> bool:
        """Tell whether a loop's body is run through for each value of a variable, which it uses."""
        text = self._text(body.extent)
        self.run.budget.left -= len(text) // WORD  # a loop in loops is looked through each time
        used = re.search(rf"\$\{{?{re.escape(name)}\b", text)
        return used is not None and not leaves(body, self.script.text)

    def _function(self, node: Node, _setting: _Setting) -> None:
        if node.words and node.parts:
            self.state.functions[self._text(node.words[0])] = (self, node.parts[0])

    def _simple(self, node: Node, setting: _Setting) -> None:
        prefix: dict[str, str | None] = {}
        words = list(node.words)
        while words and "=" in (word := self._text(words[0])):
            match = ASSIGNMENT.match(word)
            if match is None:
                break
            prefix[match[1]] = self._assigned(words.pop(0), match)
        if not words:
            for name, value in prefix.items():
                self.state.assign(name, value)
        redirects = tuple(self._redirect(redirect) for redirect in node.redirects)
        program = tuple(chain.from_iterable(map(self._words, words)))
        if not program and redirects:
            program = (self._nothing(node.extent),)
        if program:
            self.invoke(
                _Invocation(program, node.extent, redirects, prefix, self.state.user), setting
            )

    def _nothing(self, extent: Extent) -> ShellWord:
        """Return the program of a statement that only redirects."""
        return ShellWord(
            "", "", "", glob=False, script=self.script, start=extent.start, end=extent.start
        )

    def _text(self, extent: Extent) -> str:
        return self.script.text[extent.start : extent.end]

    def _assigned(self, extent: Extent, match: re.Match[str]) -> str | None:
        value = shell_words.literal(self._text(extent)[match.end() :], self.state.variables).text
        if match[2]:
            before = self.state.variables.get(match[1])
            if before is None or value is None or len(before) > shell_words.MAX_VALUE:
                return None
            return before + value
        return value

    def _words(self, extent: Extent) -> Sequence[ShellWord]:
        start, end = extent
        raw = self.script.text[start:end]
        if PLAIN.match(raw):
            return (ShellWord(raw, raw, raw, False, self.script, start, end),)  # noqa: FBT003  the commonest call
        if self.run.budget.left < 0:
            return (ShellWord(raw, None, raw, False, self.script, start, end),)  # noqa: FBT003  as above
        if raw in _POSITIONAL and self.state.positional is not None:
            self.run.budget.left -= len(self.state.positional)
            return self.state.positional
        found = shell_words.values(raw, self.state.variables)
        self.run.budget.left -= sum(1 + len(value.form) // WORD for value in found)
        return [
            ShellWord(raw, value.text, value.form, value.glob, self.script, start, end)
            for value in found
        ]

    def _redirect(self, redirect: RawRedirect) -> Redirect:
        body = self.script.slice(*redirect.body) if redirect.body else None
        target: ShellWord | None = None
        if redirect.target:
            raw, (start, end) = self._text(redirect.target), redirect.target
            value = shell_words.literal(raw, self.state.variables)
            target = ShellWord(raw, value.text, value.form, value.glob, self.script, start, end)
        return Redirect(redirect.operator, redirect.fd, target, body)

    def invoke(self, call: _Invocation, setting: _Setting) -> None:
        """Take wrappers off, follow what is a script itself, write down the rest."""
        name = _basename(call.words[0])
        while inner := self._unwrapped(name, call.words[1:]):
            prefix = dict(call.prefix)
            for word in inner.assignments:
                variable, _, _ = word.form.partition("=")
                prefix[variable] = word.text.partition("=")[2] if word.text is not None else None
            rest = inner.rest
            if name == "xargs":
                rest = _with_unknown(rest, inner.flags, call.words[0])
                call = call._replace(redirects=(*call.redirects, *_argument_files(inner.flags)))
            call = call._replace(words=rest, prefix=prefix, user=inner.user or call.user)
            name = _basename(rest[0])
        if self.depth < MAX_NESTING and self._nested(name, call, setting):
            return
        if not is_known(name) and is_handed_on(name, call.words[1:]):
            self._emit(name, call._replace(words=call.words[:1]), setting)
            self.invoke(call._replace(words=call.words[1:]), setting)
            return
        self._emit(name, call, setting)
        self._builtin(name, call.words[1:])

    def _unwrapped(self, name: str, args: Sequence[ShellWord]) -> Unwrapped | None:
        """Take a wrapper off; a function of the script takes its name from it."""
        return None if name in self.state.functions else unwrapped(name, args)

    def _nested(self, name: str, call: _Invocation, setting: _Setting) -> bool:
        """Follow a script within the script: a function, `sh -c`, `su -c`, eval, a here-document
        for a shell.
        """
        if name in self.state.functions:
            self._call(name, call.words[1:], setting)
            return True
        if name not in _RUNS_TEXT:
            return False
        word, user = _script_word(name, call)
        inner = self._inner(word) if word else None
        if inner is None and _takes_stdin(name, call):
            inner = next(_bodies(call.redirects), None)
        if inner is None or not inner.text.strip():
            return False
        state = self._state_of(name, user)
        before, state.user = state.user, user
        for variable, value in call.prefix.items():
            state.assign(variable, value, export=True)
        reader = _Reader(inner, state, self.run, depth=self.depth + 1)
        reader.substitutions = not (word and word.raw.startswith('"') and not self.raw)
        reader.read(setting)
        state.user = before
        return True

    def _state_of(self, name: str, user: str | None) -> State[_Reader]:
        """Return the state in which a script within the script starts, run by `user`."""
        state = self.state if name == "eval" else self.state.copy()
        if user != state.user:
            state.variables["HOME"] = None
        return state

    def _inner(self, word: ShellWord) -> Mapped | None:
        """Return a word's text as a script; None where an expansion makes all of it."""
        if self.raw:
            return word.script
        if (
            re.fullmatch(r'"?(\$\(.*\)|`.*`|\$\w+|\$\{.*\})"?', word.raw, re.DOTALL)
            and word.text is None
        ):
            return None
        return shell_words.unquoted(word.script, word.start, word.end)

    def _call(self, name: str, args: tuple[ShellWord, ...], setting: _Setting) -> None:
        """Run through a function's body with `$1`, `$2`, ... and `$@` set."""
        reader, body = self.state.functions[name]
        if reader.depth >= MAX_NESTING:
            self.run.whole = False
            return
        positional, before, outer = self.state.positional, dict(self.state.variables), reader.state
        self.state.take(args)
        reader.state, reader.depth = self.state, reader.depth + 1
        reader.node(body, setting.but(final=False))
        reader.state, reader.depth = outer, reader.depth - 1
        self.state.positional = positional
        for variable in ("@", "*", "#", *map(str, range(1, len(args) + 1))):
            self.state.variables[variable] = before.get(variable)

    def _builtin(self, name: str, args: tuple[ShellWord, ...]) -> None:
        """Follow what a builtin does to the shell itself."""
        state = self.state
        if name in {"cd", "pushd"}:
            if name == "pushd":
                state.pushed.append(state.cwd)
            self._change_directory(args)
        elif name == "popd":
            state.before, state.cwd = state.cwd, state.pushed.pop() if state.pushed else None
        elif name in _DECLARATIONS:
            for word in args:
                self._declare(name, word)
        elif name in {"unset", "read"}:
            for word in args:
                state.assign(word.form, None)
        elif name == "shift" and state.positional is not None:
            count = args[0].form if args else "1"
            state.take(state.positional[number(count) or 0 :])

    def _change_directory(self, args: tuple[ShellWord, ...]) -> None:
        state = self.state
        target = next((word for word in args if not re.match(r"-.", word.form)), None)
        if target is None:
            state.move(state.variables.get("HOME"))
        elif target.form == "-":
            state.cwd, state.before = state.before, state.cwd
        else:
            state.move(target.text)

    def _declare(self, name: str, word: ShellWord) -> None:
        match = ASSIGNMENT.match(word.form)
        export = name == "export"
        if match:
            value = shell_words.literal(word.raw.partition("=")[2], self.state.variables).text
            self.state.assign(match[1], value, export=export)
        elif export and word.form in self.state.variables:
            self.state.assign(word.form, self.state.variables[word.form], export=True)

    def _emit(self, name: str, call: _Invocation, setting: _Setting) -> None:
        state = self.state
        # each command keeps the variables that it gets
        self.run.budget.left -= len(state.exports) // FEW_EXPORTS
        self.run.commands.append(
            Command(
                name=name,
                word=call.words[0],
                args=call.words[1:],
                span=self.script.span(*call.extent),
                assignments={**state.exports, **call.prefix},
                redirects=call.redirects,
                certain=setting.certain,
                connector=setting.connector if self.run.commands else "",
                cwd=state.cwd,
                user=call.user,
                background=setting.background,
            ),
        )
        state.variables["_"] = call.words[-1].text


def _script_word(name: str, call: _Invocation) -> tuple[ShellWord | None, str | None]:
    """Return the word that a command runs as a script, if any, and who runs it."""
    args = call.words[1:]
    if name in {"su", "runuser"}:
        return su_argument(args)
    if name in SHELLS:
        return shell_argument(args), call.user
    if name == "eval":
        return args[0] if len(args) == 1 else None, call.user
    quoted = args and args[0].form == "enable" and any(sign in args[-1].raw for sign in " '\"")
    return args[-1] if quoted else None, call.user


def _takes_stdin(name: str, call: _Invocation) -> bool:
    """Whether a command runs its standard input as a script, if nothing else."""
    return name in {"su", "runuser"} or (name in SHELLS and reads_stdin(call.words[1:]))


def _bodies(redirects: Sequence[Redirect]) -> Iterator[Mapped]:
    """Yield the texts that stand in a script as a command's input: here-documents and strings."""
    for redirect in redirects:
        if redirect.body is not None:
            yield redirect.body
        elif redirect.operator == "<<<" and redirect.target is not None:
            word = redirect.target
            yield shell_words.unquoted(word.script, word.start, word.end)


def _basename(word: ShellWord) -> str:
    """Return the program's name without its folder, which may be unknown (`$VENV/bin/pip`); ""
    where the name is.
    """
    if word.text is not None:
        return word.text.rpartition("/")[2]
    match = _IN_UNKNOWN_FOLDER.fullmatch(word.form)
    return match[1] if match else ""


def _argument_files(flags: tuple[ShellWord, ...]) -> Iterator[Redirect]:
    """Yield the files that xargs reads its arguments from."""
    for flag, value in pairwise([*flags, *flags[-1:]]):
        if match := _ARGUMENT_FILE.match(flag.form):
            at = match.end()
            yield Redirect("<", -1, after(flag, at) if flag.form[at:] else value, None)


def _placeholder(flags: Sequence[str]) -> str:
    """Return the word for which xargs puts in what it reads; "" where that comes last."""
    for flag, following in pairwise([*flags, ""]):
        match _PLACEHOLDER.fullmatch(flag):
            case None:
                continue
            case found if found[2] or found[4]:
                return found[3] or found[5] or "{}"
            case found:
                return found[1] or following
    return ""


def _with_unknown(
    rest: tuple[ShellWord, ...], flags: tuple[ShellWord, ...], xargs: ShellWord
) -> tuple[ShellWord, ...]:
    """Return the command that xargs runs: its placeholder, or a last word, is not known."""
    mark = _placeholder([flag.form for flag in flags])
    if mark:
        return tuple(word._replace(text=None) if mark in word.form else word for word in rest)
    form = f"${{{xargs.start}}}"  # no other unknown word is the same
    unknown = ShellWord(
        "", None, form, glob=False, script=xargs.script, start=xargs.start, end=xargs.end
    )
    return (*rest, unknown)
