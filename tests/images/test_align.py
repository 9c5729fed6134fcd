"""Histories as real builders wrote them, held against the Dockerfiles that they built."""

import pytest
from hypothesis import given, strategies as st

from dlint.images.align import InstructionLine, align, read_step
from dlint.images.facts import HistoryStep

BASE = [
    "",
    "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'",
    'CMD ["bash"]',
    "RUN /bin/sh -c apt-get update && apt-get install -y python3 # buildkit",
    'CMD ["python3"]',
]

DOCKERFILE = [
    ("ARG", "A=1"),
    ("ARG", 'B="two words"'),
    ("ENV", 'X=app Y="a b"'),
    ("WORKDIR", "/$X"),
    ("WORKDIR", "$X/sub"),
    ("COPY", "f.txt ."),
    ("COPY", "--chown=0:0 --chmod=644 f.txt ${X}/f2"),
    ("COPY", "--from=build --link d/ /dd/"),
    ("COPY", '["f.txt", "/with space/"]'),
    ("ADD", "f.txt /added"),
    ("RUN", "echo $A   &&      echo two     three"),
    ("RUN", "set -e\necho heredoc\n"),
    ("RUN", "cat <<EOS > /out && echo more\nbody $A\nEOS"),
    ("RUN", "/dev/pipes/EOS"),
    ("RUN", "/bin/echo exec form"),
    ("SHELL", '["/bin/sh", "-ec"]'),
    ("RUN", "echo shelled"),
    ("COPY", '<<"X1" <<X2 /many/'),
    ("USER", "1000:1000"),
    ("LABEL", 'a=b "c d"="e f"'),
    ("VOLUME", "/v"),
    ("ENTRYPOINT", '["/bin/sh"]'),
]

BUILDKIT = [
    "ARG A=1",
    "ARG B=two words",
    "ENV X=app Y=a b",
    "WORKDIR /app",
    "WORKDIR /app/sub",
    "COPY f.txt . # buildkit",
    "COPY --chown=0:0 --chmod=644 f.txt app/f2 # buildkit",
    "COPY d/ /dd/ # buildkit",
    "COPY f.txt /with space/ # buildkit",
    "ADD f.txt /added # buildkit",
    "RUN |2 A=9 B=two words /bin/sh -c echo $A   &&      echo two     three # buildkit",
    "RUN |2 A=9 B=two words /bin/sh -c set -e\necho heredoc\n # buildkit",
    "RUN |2 A=9 B=two words /bin/sh -c cat <<EOS > /out && echo more\nbody $A\nEOS # buildkit",
    "RUN |2 A=9 B=two words /bin/sh -c /dev/pipes/EOS # buildkit",
    "RUN |2 A=9 B=two words /bin/echo exec form # buildkit",
    "SHELL [/bin/sh -ec]",
    "RUN |2 A=9 B=two words /bin/sh -ec echo shelled # buildkit",
    "COPY <<X1 <<X2 /many/ # buildkit",
    "USER 1000:1000",
    "LABEL a=b c d=e f",
    "VOLUME [/v]",
    'ENTRYPOINT ["/bin/sh"]',
]

PLAIN = [
    ("ARG", "A=1"),
    ("ENV", 'X=app Y="a b"'),
    ("WORKDIR", "/$X"),
    ("COPY", "f.txt ."),
    ("COPY", "--chown=0:0 f.txt d ${X}/f2/"),
    ("ADD", "d /added"),
    ("RUN", "echo $A   &&      echo two     three"),
    ("RUN", "true"),
    ("SHELL", '["/bin/sh", "-ec"]'),
    ("RUN", "echo shelled > /z"),
    ("USER", "1000:1000"),
    ("CMD", '["echo", "$X"]'),
]

HASH = "63e4fd53e0703f1e446126de2246bde90b0a09aeab29d54844d39e4eb74bc3c3"

CLASSIC = [
    "/bin/sh -c #(nop)  ARG A=1",
    "/bin/sh -c #(nop)  ENV X=app Y=a b",
    "/bin/sh -c #(nop) WORKDIR /app",
    f"/bin/sh -c #(nop) COPY file:{HASH} in . ",
    f"/bin/sh -c #(nop) COPY --chown=0:0 multi:{HASH} in app/f2/ ",
    f"/bin/sh -c #(nop) ADD dir:{HASH} in /added ",
    "|1 A=1 /bin/sh -c echo $A   &&      echo two     three",
    "|1 A=1 /bin/sh -c true",
    "/bin/sh -ec #(nop)  SHELL [/bin/sh -ec]",
    "|1 A=1 /bin/sh -ec echo shelled > /z",
    "/bin/sh -ec #(nop)  USER 1000:1000",
    '/bin/sh -ec #(nop)  CMD ["echo" "$X"]',
]

BUILDAH = [
    "/bin/sh -c #(nop) ARG A",
    '/bin/sh -c #(nop) ENV X=app Y="a b"',
    "/bin/sh -c #(nop) WORKDIR /$X",
    f"/bin/sh -c #(nop) COPY file:{HASH} in . ",
    f"/bin/sh -c #(nop) COPY multi:{HASH} in ${{X}}/f2/ ",
    f"/bin/sh -c #(nop) ADD dir:{HASH} in /added ",
    "|1 A=9 /bin/sh -c echo $A   &&      echo two     three",
    "|1 A=9 /bin/sh -c true",
    '/bin/sh -c #(nop) SHELL ["/bin/sh", "-ec"]',
    "|1 A=9 /bin/sh -c echo shelled > /z",
    "/bin/sh -c #(nop) USER 1000:1000",
    '/bin/sh -c #(nop) CMD ["echo", "$X"]',
]


def pairs(history, instructions):
    """Return the place of each instruction's step in `history`, and whether its words are the
    same.
    """
    steps = [HistoryStep(text, empty=False, comment=str(at)) for at, text in enumerate(history)]
    lines = [InstructionLine(kind, (text, text.partition("=")[0])) for kind, text in instructions]
    return [match and (int(match.step.comment), match.exact) for match in align(steps, lines)]


@pytest.mark.parametrize(
    ("dockerfile", "history"),
    [(DOCKERFILE, BUILDKIT), (PLAIN, CLASSIC), (PLAIN, BUILDAH)],
    ids=["buildkit", "classic", "buildah"],
)
def test_every_builders_words_are_read(dockerfile, history):
    assert pairs(BASE + history, dockerfile) == [
        (len(BASE) + at, True) for at in range(len(dockerfile))
    ]


def test_what_is_inserted_has_no_step_and_moves_nothing():
    dockerfile = [*PLAIN[:5], ("RUN", "entirely new"), *PLAIN[5:]]
    assert pairs(BASE + CLASSIC, dockerfile) == [
        *((5 + at, True) for at in range(5)),
        None,
        *((5 + at, True) for at in range(5, len(PLAIN))),
    ]


def test_what_was_deleted_leaves_the_others_where_they_are():
    dockerfile = PLAIN[:3] + PLAIN[6:]
    assert pairs(BASE + CLASSIC, dockerfile) == [
        *((5 + at, True) for at in range(3)),
        *((5 + at, True) for at in range(6, len(PLAIN))),
    ]


@pytest.mark.parametrize("at", [6, 7, len(PLAIN) - 1])
def test_changed_words_between_the_same_ones_are_the_same_place(at):
    dockerfile = [*PLAIN]
    dockerfile[at] = (dockerfile[at][0], "utterly different words")
    expected = [(5 + each, each != at) for each in range(len(PLAIN))]
    assert pairs(BASE + CLASSIC, dockerfile) == expected


def test_the_bases_steps_are_not_taken_for_new_instructions():
    dockerfile = [("RUN", "apk add curl"), ("WORKDIR", "/app"), ("COPY", ". .")]
    assert pairs([*BASE, "WORKDIR /app", "COPY . . # buildkit"], dockerfile) == [
        None,
        (5, True),
        (6, True),
    ]


def test_the_last_of_several_same_steps_is_the_one():
    assert pairs(
        ["WORKDIR /app", "RUN /bin/sh -c x # buildkit", "WORKDIR /app"], [("WORKDIR", "/app")]
    ) == [(2, True)]


@pytest.mark.parametrize(("script", "expected"), [("true", [None]), ("x || true", [(1, True)])])
def test_a_script_is_no_tail_of_another(script, expected):
    history = [
        f"RUN |1 A=1 /bin/sh -c {ran} # buildkit" for ran in ("apt-get x || true", "x || true")
    ]
    assert pairs(history, [("RUN", script)]) == expected


def test_a_variable_that_nobody_knows_stands_for_anything():
    instructions = [("COPY", "$A/x/${B:-y} /opt/$C/"), ("COPY", "$A/z /opt/")]
    history = ["COPY src/x/y /opt/app/ # buildkit", "COPY src/y /opt/ # buildkit"]
    assert pairs(history, instructions) == [(0, True), (1, False)]


def test_nothing_alike_matches_nothing():
    assert pairs(BASE, PLAIN[2:6]) == [None] * 4
    assert pairs([], PLAIN[:1]) == [None]
    assert pairs(BASE, []) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("RUN /bin/sh -c echo '/bin/sh -c #(nop) COPY a b' # buildkit", "RUN"),
        ("/bin/bash -o pipefail -c make", "RUN"),
        ("cmd /S /C dir", "RUN"),
        ("powershell -Command ls", "RUN"),
        ("bazel build ...", ""),
        ("", ""),
    ],
)
def test_steps_say_what_they_are(text, kind):
    assert read_step(text).kind == kind


words = st.text("ab$ {}|#-c/\n\"'", max_size=12)
kinds = st.sampled_from(["RUN", "COPY", "ENV", "WORKDIR"])


@given(st.lists(st.tuples(kinds, words), max_size=6), st.lists(st.tuples(kinds, words), max_size=6))
def test_order_is_kept_and_no_step_given_twice(history, instructions):
    places = [
        each[0]
        for each in pairs([f"{kind} {text}" for kind, text in history], instructions)
        if each
    ]
    assert places == sorted(set(places))
