"""A RUN's script as commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from dlint.shell.nodes import plain
from dlint.shell.reader import dialect_of, read_exec, read_script
from dlint.shell.script import Script
from dlint.shell.tree import structured
from dlint.shell.words import braces, values
from dlint.text.source import Mapped, Span

if TYPE_CHECKING:
    from dlint.shell import Command

KNOWN = {"HOME": "/root", "VERSION": "1.2.3"}


def read(text: str, **variables: str) -> Script:
    return read_script(Mapped(text), "bash", {**KNOWN, **variables})


def told(command: Command) -> str:
    """Write a command as `connector name arguments`: `?` where it isn't certain, `*` for what isn't
    known.
    """
    words = [command.name, *("*" if word.text is None else word.text for word in command.args)]
    return " ".join([command.connector + ("" if command.certain else "?"), *words]).strip()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("apt-get update && apt-get install -y a", ["apt-get update", "&& apt-get install -y a"]),
        ("a; b & c\nd | e |& f", ["a", "; b", "& c", "; d", "| e", "| f"]),
        ("a || b; c || exit 1", ["a", "||? b", "; c", "||? exit 1"]),
        ("test -f x && rm x || echo no", ["test -f x", "&&? rm x", "||? echo no"]),
        (
            "[ -n x ] && first; [[ -d y ]] && last",
            ["[ -n x ]", "&&? first", "; [[ -d y ]]", "&& last"],
        ),
        ("[[ ! ( -f a || -f b ) ]] && (( 1 ))", ["[[ ! ( -f a || -f b ) ]]"]),
        ("a && b || exit 3", ["a", "&& b", "||? exit 3"]),
        ("grep -q x f && b || true", ["grep -q x f", "&&? b", "||? true"]),
        ("! a && b; c", ["a", "&&? b", "; c"]),
        (
            "if a; then b; elif c; then d; else e; fi; f",
            ["a", ";? b", ";? c", ";? d", ";? e", "; f"],
        ),
        ("case $x in one|two) a ;; *) b;; esac", ["? a", ";? b"]),
        ("while read l; do pip install $l; done < list", ["", "read l", ";? pip install *"]),
        ("for p in a b; do rm -r /x/$p; done", ["rm -r /x/a", "; rm -r /x/b"]),
        ("for f in *.sh; do chmod +x $f; done", ["? chmod +x *"]),
        ("for i in 1 2 3; do get && break; sleep 5; done", ["get", "&& break", ";? sleep 5"]),
        ("for i in 1 2 3; do say; done", ["say"]),
        ("for i in $many; do say; done", ["? say"]),
        ("add() { apk add \"$@\"; }; add x 'y z'", ["apk add x y z"]),
        ("name() { cd /$1; }; name opt; ls", ["cd /opt", "; ls"]),
        ("never() { rm -rf /; }; a", ["a"]),
        ("(cd /x && a); b", ["cd /x", "&& a", "; b"]),
        ("{ a; b; } > log", ["", "a", "; b"]),
        ("echo $(date) `id`", ["date", "$( id", "echo * *"]),
        ("A=$(curl u); echo $A", ["curl u", "; echo *"]),
        ("diff <(a) <(b)", ["a", "$( b", "diff * *"]),
        ("a # b && c", ["a"]),
        ("a &&\n\n  b", ["a", "&& b"]),
        ("a && b > f | c && d 2>&1 | e", ["a", "&& b", "| c", "&& d", "| e"]),
        ("dpkg -l | grep -E 'a|b' && c", ["dpkg -l", "| grep -E a|b", "&& c"]),
        ("", []),
        (" \n \n", []),
    ],
)
def test_commands_in_order(script: str, expected: list[str]) -> None:
    assert [told(command) for command in read(script).commands] == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a b `# why` c \\\n  && `#d` e", ["a b c", "&& e"]),
        ("a `: why` b; c '`# kept`' \"`d`\"", ["a b", "$( d", "; c `# kept` *"]),
        ("if a; then for x in 1; do b; done fi; c", ["a", ";? b", "; c"]),
        ("if a; then (b) else { c; } fi && d", ["a", ";? b", ";? c", "&& d"]),
        ("while a; do case x in y) b;; esac done", ["a", ";? b"]),
        ("echo done fi", ["echo done fi"]),
    ],
)
def test_what_the_grammar_does_not_take(script: str, expected: list[str]) -> None:
    found = read(script)
    assert found.parsed
    assert [told(command) for command in found.commands] == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("for i in 1 2; do a && break || sleep 5; done; b", "a, && break, ||? sleep 5, ; b"),
        ("for i in $(seq 1 3); do a && break; done", "seq 1 3, ; a, && break"),
        ("for i in $(ls); do a && break; done", "ls, ;? a, &&? break"),
        ("for i in 1 2; do if a; then break; fi; b; done", "a, ;? break, ;? b"),
        ("for i in 1 2; do for j in 3 4; do a && break; done; b; done", "a, && break, ; b"),
        ("while true; do a && break; done", "true, ; a, && break"),
        ("n=0; while [ $n -lt 3 ]; do a && break; n=1; done", "[ 0 -lt 3 ], ; a, && break"),
        ('n=0; until [ "$n" -ge 5 ]; do a && break; done', "[ 0 -ge 5 ], ; a, && break"),
        ("while (( n < 3 )); do a; done", "? a"),
        ("for ((i=0; i<3; i++)); do a && break; done", "a, && break"),
        ("until a && b; do sleep 1; done", "a, && b, ;? sleep 1"),
        ('r() { for i in 1 2; do "$@" && return 0; done; }; r a b; c', "a b, && return 0, ; c"),
        ("r() { n=$1; shift; ${@}; }; r 3 a b; r 4 c", "shift, ; a b, ; shift, ; c"),
        ('r() { local c="$*"; $c; }; r a b', "local c=a b, ; a b"),
        ("[ -f x ] && exit 0; a", "[ -f x ], &&? exit 0, ;? a"),
        ("cd x || exit; a", "cd x, ||? exit, ; a"),
        ("a || { echo; exit 1; }; b", "a, ||? echo, ;? exit 1, ; b"),
        ("(exit 0); a", "exit 0, ; a"),
    ],
)
def test_what_runs_for_certain(script: str, expected: str) -> None:
    assert ", ".join(told(command) for command in read(script).commands) == expected


@pytest.mark.parametrize(
    ("script", "ways"),
    [
        ("if t; then a; else b; fi", [{1}, {2}]),
        ("if t; then a; fi", None),
        ("if t; then a; else b && exit 1; fi", None),  # a runs for certain
        ("case $x in 1) a;; 2) b;; *) c;; esac", [{0}, {1}, {2}]),
        ("case $x in 1) a;; *) exit 1;; esac", None),
        ("case $x in 1) a;; 2) b;; esac", None),
        ("if t; then a; else if u; then b; else c; fi; fi", [{1}, {2, 3}, {2, 4}]),
    ],
)
def test_one_of_several_branches_runs(script: str, ways: list[set[int]] | None) -> None:
    choices = [] if ways is None else [tuple(map(frozenset, ways))]
    assert list(read(script).choices) == choices


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("for x in $(cat l) `id`; do a; done", ["cat l", "$( id", ";? a"]),
        ('case "$(uname -m)" in x) a;; esac', ["uname -m", ";? a"]),
        ('if [ "$(cat v)" = 1 ]; then a; fi', ["cat v", "[ * = 1 ]", ";? a"]),
        ("while read l; do a; done < <(cat f)", ["cat f", "", "read l", ";? a"]),
    ],
)
def test_scripts_in_the_words_of_a_statement(script: str, expected: list[str]) -> None:
    found = [told(command).removeprefix("; ") for command in read(script).commands]
    assert found == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("env -i A=1 B='x y' pip install z", "pip install z"),
        ("sudo -E -H -u app npm ci", "npm ci"),
        ("sudo --user=app -- npm ci", "npm ci"),
        ("exec time -p nice -n 5 nohup ionice -c3 a b", "a b"),
        ("command apt-get update", "apt-get update"),
        ("command -v curl", "command -v curl"),
        ("timeout -k 5 --signal=KILL 10m make -j4", "make -j4"),
        ("gosu app:app rake build", "rake build"),
        ("conda run --no-capture-output -n env pip install x", "pip install x"),
        ("conda install x", "conda install x"),
        ("poetry run pip install x", "pip install x"),
        ("poetry install", "poetry install"),
        ("retry -t 5 --delay=10 -- npm ci", "npm ci"),
        ("retry() { f; }; retry npm ci", "f"),
        ("apt-dpkg-wrap apt-get install -y a", "apt-get install -y a"),
        ("my-retry 3 apt-get install -y a", "my-retry 3 apt-get install -y a"),
        ("my-which pip", "my-which pip"),
        ("echo apt-get install a", "echo apt-get install a"),
        ("bundle exec rake", "rake"),
        ("bundle install", "bundle install"),
        ("find . | xargs -0 -n 1 rm -f", "rm -f *"),
        ("cat l | xargs -I{} cp {} /x", "cp * /x"),
        ("cat l | xargs -tI % cp % /x", "cp * /x"),
        ("cat l | xargs -0I% cp % /x", "cp * /x"),
        ("cat l | xargs -i cp {} /x", "cp * /x"),
        ("cat l | xargs --replace=% cp % /x", "cp * /x"),
        ("sudo -Eu app npm ci", "npm ci"),
        ("bash -euxo pipefail -c 'apk add a'", "apk add a"),
        ('sh -lc "apk add \\"$VERSION\\""', "apk add 1.2.3"),
        ("/bin/sh -c 'a' name", "a"),
        ("sh ./install.sh -c x", "sh ./install.sh -c x"),
        ('sh -c "$(curl -s https://x.example)"', "sh -c *"),
        ("su - app -c 'npm ci'", "npm ci"),
        ("su -s /bin/sh app -c 'npm ci'", "npm ci"),
        ("scl enable tools-7 'make all'", "make all"),
        ("eval 'make all'", "make all"),
        ("eval $(tool env)", "eval *"),
        ("bash <<EOF\nmake all\nEOF", "make all"),
        ("bash -s <<'EOF'\nmake all\nEOF", "make all"),
        ("bash <<< 'make all'", "make all"),
        ("env", "env"),
        ("/usr/bin/python3 x.py", "python3 x.py"),
        ("./gradlew build", "gradlew build"),
    ],
)
def test_wrappers_come_off(script: str, expected: str) -> None:
    last = read(script).commands[-1]
    assert told(last).lstrip("|&; ") == expected


@pytest.mark.parametrize(
    ("script", "user"),
    [
        ("sudo -u app x", "app"),
        ("sudo --user=app x", "app"),
        ("sudo x", None),
        ("gosu app x", "app"),
        ("su -c x", "root"),
        ("su app -c x", "app"),
        ("runuser -u app -- x", None),
        ("doas -u app x", "app"),
    ],
)
def test_who_runs_it(script: str, user: str | None) -> None:
    assert read(script).commands[-1].user == user


@pytest.mark.parametrize(
    ("script", "folders"),
    [
        ("a; cd b && c", ["", "", "b"]),
        ("cd /x/../y && cd z; a; cd - ; b", ["", "/y", "/y/z", "/y/z", "/y"]),
        ("cd $unknown && a; cd /x; b", ["", None, None, "/x"]),
        ("if t; then cd /x; fi; a", ["", "", None]),
        ("if t; then cd /x; else cd /x; fi; a", ["", "", "", "/x"]),
        ("pushd /x; a; popd; b", ["", "/x", "/x", ""]),
        ("cd; a; cd ~/b; c", ["", "/root", "/root", "/root/b"]),
        ("mkdir -p /q && cd $_ && a", ["", "", "/q"]),
        ("cd /x | a; b", ["", "", ""]),
    ],
)
def test_where_it_runs(script: str, folders: list[str | None]) -> None:
    assert [command.cwd for command in read(script).commands] == folders


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("A=1; f $A ${A}b", ["1", "1b"]),
        ("A='x y'; f $A \"$A\"", ["x", "y", "x y"]),
        ("A='x y'; B=\"$A z\"; f p$B", ["px", "y", "z"]),
        ("f ${VERSION%.*} ${VERSION%%.*} ${VERSION#*.} ${VERSION##*.}", ["1.2", "1", "2.3", "3"]),
        (
            "f ${VERSION//./_} ${VERSION/./_} ${VERSION:-9} ${VERSION:+set}",
            ["1_2_3", "1_2.3", "1.2.3", "set"],
        ),
        ('P=a/b/c; f ${P/\\//-} "${P//\\//-}"', ["a-b/c", "a-b-c"]),
        ("f ${NONE:-9} $NONE", [None, None]),
        ("f ~/x '~/x' ~other/x", ["/root/x", "~/x", None]),
        (
            "f /r/.{x,y} {a,b{c,d}} {1..3} {} {x}",
            ["/r/.x", "/r/.y", "a", "bc", "bd", "1", "2", "3", "{}", "{x}"],
        ),
        ("f 'a b' \"c $VERSION\" d\\ e \"\" ''", ["a b", "c 1.2.3", "d e", "", ""]),
        ("f '$A' \\$A \"\\$A\" $'a\\tb'", ["$A", "$A", "$A", "a\tb"]),
        ("A=1 true; f $A", [None]),
        ("read A < x; f $A", [None]),
        ("A=1; if t; then A=2; fi; f $A", [None]),
        ("(A=1); f $A", [None]),
        ("A=1; A+=2; f $A", ["12"]),
        ("export A=x B; f $A", ["x"]),
        ("unset VERSION; f $VERSION", [None]),
        ("f a$(b)c", [None]),
        ("EMPTY=; f $EMPTY a", ["a"]),
        ("f \\\n  b\\\nc", ["bc"]),
    ],
)
def test_words(script: str, expected: list[str | None]) -> None:
    last = [command for command in read(script).commands if command.name == "f"][-1]
    assert [word.text for word in last.args] == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("$VENV/bin/pip install x", "pip"),
        ('"${VENV}/bin/pip" install x', "pip"),
        ("~app/.cargo/bin/cargo build", "cargo"),
        ("/opt/$NAME/bin/pip install x", "pip"),
        ("$TOOLS/$NAME install x", ""),
        ("$TOOLS install x", ""),
        ("$(which pip) install x", ""),
    ],
)
def test_a_program_in_a_folder_that_is_not_known(script: str, expected: str) -> None:
    assert read(script).commands[-1].name == expected


def test_unknown_parts_keep_their_form() -> None:
    first, second = read("curl -o /srv/$X.tgz u; rm /srv/${X}.tgz").commands
    assert first.args[1].form == second.args[0].form == "/srv/${X}.tgz"


@pytest.mark.parametrize(
    ("word", "pattern"),
    [("/x/*", True), ("'/x/*'", False), ("a?", True), ("[ab]", True), ("a", False)],
)
def test_patterns_are_those_without_quotes(word: str, *, pattern: bool) -> None:
    assert read(f"rm {word}").commands[0].args[0].glob is pattern


def test_a_variable_of_several_words_is_quoted_once() -> None:
    assert (
        read("$PIP install -e . -e .", PIP="uv pip").commands[0].quoted
        == "`$PIP install -e . -e .`"
    )


def test_words_of_an_exec_form_are_quoted_as_they_stand() -> None:
    argv = ["apk", "add", "jq", "add"]
    (command,) = read_exec(argv, Mapped(json.dumps(argv))).commands
    assert command.quoted == "`apk add jq add`"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("A=1 f", {"A": "1"}),
        ("export A=1; B=2; f", {"A": "1"}),
        ("env A=1 B=$none f", {"A": "1", "B": None}),
        ("export A=1; A=2; f", {"A": "2"}),
        ("VERSION=9; f", {"VERSION": "9"}),
        ("sudo A=1 bash -c 'B=2 f'", {"A": "1", "B": "2"}),
    ],
)
def test_what_variables_it_sees(script: str, expected: dict[str, str | None]) -> None:
    assert read(script).commands[-1].assignments == expected


def test_redirects() -> None:
    (command,) = read("cat a >f 2>>g 3<h &>i <<<word b").commands
    found = [
        (r.operator, r.fd, r.target.text if r.target else None, r.writes) for r in command.redirects
    ]
    assert found == [
        (">", -1, "f", True),
        (">>", 2, "g", True),
        ("<", 3, "h", False),
        ("&>", -1, "i", True),
        ("<<<", -1, "word", False),
    ]
    assert [word.text for word in command.args] == ["a", "b"]


def test_xargs_reads_its_file() -> None:
    (command,) = read("xargs -a list.txt apt-get install -y").commands
    assert told(command) == "apt-get install -y *"
    assert [(r.operator, r.target.text if r.target else None) for r in command.redirects] == [
        ("<", "list.txt")
    ]


def test_heredocs() -> None:
    script = "cat > /x <<-'ONE' && cat <<TWO a b | sh -x; d\n\tbody $A\n\tONE\nsecond\nTWO\nlast"
    commands = read(script).commands
    assert [told(command) for command in commands] == [
        "cat",
        "&& cat a b",
        "| sh -x",
        "; d",
        "; last",
    ]
    assert [r.body.text for c in commands for r in c.redirects if r.body] == [
        "\tbody $A\n",
        "second\n",
    ]


def test_spans_lead_to_the_source_through_scripts_in_scripts() -> None:
    source = 'RUN \\\n  bash -c "cd /x && \\"pip\\" install y"'
    start = source.index("bash")
    (_, command) = read_script(Mapped(source[start:], (0,), (start,))).commands
    assert source[slice(*command.span)] == '"pip\\" install y'
    assert [source[slice(*word.span)] for word in command.args] == ["install", "y"]


def test_a_script_is_mapped_through_its_continuations() -> None:
    source = "RUN a \\\n  # note\n  && b c"
    script = Mapped("a   && b c", (0, 2), (4, source.index("  && b")))
    found = read_script(script).commands[1]
    assert source[slice(*found.span)] == "b c"


@pytest.mark.parametrize(
    ("shell", "name"),
    [
        (("/bin/sh", "-c"), "sh"),
        (("/bin/bash", "-o", "pipefail", "-c"), "bash"),
        (("/usr/bin/env", "bash", "-c"), "bash"),
        (("conda", "run", "-n", "x", "/bin/bash", "-c"), "bash"),
        (("powershell", "-Command"), "powershell"),
        (("C:\\Windows\\System32\\cmd.exe", "/S", "/C"), "cmd"),
        ((), ""),
    ],
)
def test_dialects(shell: tuple[str, ...], name: str) -> None:
    assert dialect_of(shell) == name


@pytest.mark.parametrize("dialect", ["powershell", "cmd", "", "python3"])
def test_other_languages_are_not_read(dialect: str) -> None:
    assert read_script(Mapped("Write-Host x; rm y"), dialect) == Script((), parsed=False)


def test_a_script_names_its_own_interpreter() -> None:
    assert not read_script(Mapped("#!/usr/bin/env python3\nimport os"), "sh").parsed
    script = read_script(Mapped("#!/usr/bin/env -S bash -e\nmake"), "powershell")
    assert [told(command) for command in script.commands] == ["make"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["pip", "install", "a b"]', ["pip install a b"]),
        ('[ "bash", "-lc", "cd /x && pip install \\"y\\"" ]', ["cd /x", "&& pip install y"]),
        ('["sh", "-c", "echo $(id) | tee /x"]', ["id", "echo *", "| tee /x"]),
        ('["env", "A=$B", "npm", "ci"]', ["npm ci"]),
        ('["echo", "$HOME", "*", "\\u00e9"]', ["echo $HOME * é"]),
        ("[]", None),
    ],
)
def test_exec_form(text: str, expected: list[str] | None) -> None:
    argv = json.loads(text)
    script = read_exec(argv, Mapped(text))
    assert script.parsed is (expected is not None)
    assert [told(command) for command in script.commands] == (expected or [])


def test_words_of_the_exec_form_have_places() -> None:
    source = 'RUN ["sh", "-c", "pip install \\"a b\\" c"]'
    rest = Mapped(source[4:], (0,), (4,))
    (command,) = read_exec(json.loads(rest.text), rest).commands
    assert [source[slice(*word.span)] for word in command.args] == ["install", '"a b\\"', "c"]


DAMAGED = [
    "if apt-get update; then",
    "apt-get update && (b",
    "apt-get update ) y",
    "{ apt-get update",
]


@pytest.mark.parametrize("script", DAMAGED)
def test_damage_is_told(script: str) -> None:
    assert not read(script).parsed


def test_what_stands_before_damage_is_read() -> None:
    [command] = read("apt-get update && (b").commands[:1]
    assert (command.name, command.certain) == ("apt-get", False)


def test_a_function_that_calls_itself_ends() -> None:
    assert read("again() { a; again; }; again").commands


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "{ ",
        "$(",
        "`",
        '"',
        "'",
        "if a; then ",
        "bash -c '",
        "<<A ",
        "{a,",
        "a && ",
        "a > b && ",
        "${x:-",
    ],
)
def test_depth_and_length_do_no_harm(unit: str) -> None:
    read(unit * 2_000)
    read(unit * 2_000 + "a" + "; done fi } )" * 10)


def test_long_chains_are_read_whole() -> None:
    text = " && ".join(["echo $(id) > /dev/null"] * 300)
    script = read(text)
    assert script.parsed
    assert len(script.commands) == 600
    assert all(command.certain for command in script.commands)


PLAIN = [
    "a b && c 'd e' | f > g; h",
    'set -eux; A=1 B="x y" cmd $A ${B} "$C" --flag=x 2>&1',
    "a & b; c || d",
    "a &&\n b \\\n c\n\nd # comment",
    "find . -name '*.pyc' -exec rm {} \\; -o -print",
    "echo a=b >> f 2>/dev/null < in",
    "[ -f x ] && y; test a = b || z",
    "a 2>f b &>c d",
]


@pytest.mark.parametrize("text", PLAIN)
def test_both_readers_of_plain_scripts_agree(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain(text) is not None
    quick = read(text)
    monkeypatch.setattr("dlint.shell.reader.plain", lambda _: None)
    assert read(text) == quick


WORDS = st.sampled_from(
    ["a", "-x", "'b c'", '"d $E"', "$F", "x=1", "/g/*", "2", "--h=${I}", "a{b,c}"]
)
PROGRAMS = st.sampled_from(["a", "x=1 a", "'b c'", "$F", "/g/*"])
COMMANDS = st.tuples(PROGRAMS, st.lists(WORDS, max_size=3)).map(
    lambda found: " ".join([found[0], *found[1]])
)
CHAINS = st.lists(
    st.tuples(COMMANDS, st.sampled_from([" && ", " || ", " | ", "; ", "\n", " & "])),
    min_size=1,
    max_size=5,
)


@given(CHAINS)
def test_both_readers_agree_on_generated_scripts(chain: list[tuple[str, str]]) -> None:
    text = "".join(part for pair in chain for part in pair)[: -len(chain[-1][1])]
    node = plain(text)
    assert node is not None
    words = [extent for command in _simple(node) for extent in command.words]
    other, whole = structured(text)
    assert whole
    assert [extent for command in _simple(other) for extent in command.words] == words


def _simple(node):
    if node.kind == "simple":
        yield node
    for part in node.parts:
        yield from _simple(part)


SHELLISH = st.text(
    st.sampled_from(list("ab $(){}[]|&;<>'\"`\\\n#=*~!-1é")) | st.characters(), max_size=60
)


@given(SHELLISH, st.sampled_from(["sh", "bash"]))
def test_nothing_raises_and_every_span_lies_in_the_script(text: str, dialect: str) -> None:
    for command in read_script(Mapped(text, (0,), (7,)), dialect, KNOWN).commands:
        for span in (command.span, *(word.span for word in (command.word, *command.args))):
            assert isinstance(span, Span)
            assert 7 <= span.start <= span.end <= 7 + len(text)


@given(SHELLISH)
def test_words_never_raise(text: str) -> None:
    assert len(braces(text)) >= 1
    for value in values(text, KNOWN):
        assert value.text is None or value.text == value.form


@pytest.mark.parametrize(
    ("script", "text", "is_glob"),
    [
        ('x="$(ls /w/*.whl)"; pip install "${x}[web]"', "/w/*.whl[web]", True),
        ("pip install $(ls -t dist/a-*.whl | head -n 1)", "dist/a-*.whl", True),
        ("pip install $(echo /w/*.whl)", "/w/*.whl", True),
        ("pip install $(ls /w)", None, False),  # the names of what is in it
        ("pip install $(ls /w/*.whl | sort)", None, False),
        ("pip install $(cat /w/*.txt)", None, False),
    ],
)
def test_a_pattern_that_is_listed_stands_for_its_files(
    script: str, text: str | None, is_glob: object
) -> None:
    word = read(script).commands[-1].args[1]
    assert (word.text, word.glob) == (text, is_glob)
