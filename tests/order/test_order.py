"""`dlint order` as it is called: in repositories of a few commits, and where there is none."""

import hashlib
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from support import tree

from dlint.cli import main
from dlint.order.arrange import extend, moved
from dlint.order.proposal import arrange
from dlint.text.source import Source

PAGES = """\
FROM debian:12.5-slim
WORKDIR /srv/www
COPY pages ./pages
COPY images ./images
EXPOSE 80
"""
BETTER = """\
FROM debian:12.5-slim
WORKDIR /srv/www
COPY images ./images
COPY pages ./pages
EXPOSE 80
"""
NODE = """\
FROM node:22-slim
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
CMD ["node", "server.js"]
"""


def git(root: Path, *arguments: str) -> str:
    identity = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env = {
        **os.environ,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=env
    )
    return done.stdout.strip()


def commit(root: Path, files: dict[str, str]) -> None:
    tree(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a change")


@pytest.fixture
def root(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLINT_CACHE_DIR", str(tmp_path.parent / f"{tmp_path.name}-cache"))
    return tmp_path


def noise(size: int) -> str:
    return "".join(chr(48 + byte % 75) for byte in os.urandom(size))


@pytest.fixture
def site(root):
    """Make a site whose pages change with every commit, and whose images do not."""
    (root / "images").mkdir()
    (root / "images" / "photo").write_bytes(os.urandom(400_000))
    commit(
        root,
        {
            "Dockerfile": PAGES,
            ".dockerignore": ".git\nDockerfile\n",
            "pages/index.html": noise(3_000),
        },
    )
    for _ in range(4):
        commit(root, {"pages/index.html": noise(3_000)})
    return root


@pytest.fixture
def shop(root):
    """Make a project of Node whose source changes, and its manifest once."""
    files = {
        "package.json": '{"name": "shop"}\n',
        "package-lock.json": '{"lockfileVersion": 3}\n',
        "server.js": "0\n",
    }
    commit(root, {"Dockerfile": NODE, ".dockerignore": ".git\nDockerfile\n", **files})
    for number in range(1, 5):
        commit(root, {"server.js": f"{number}\n"})
    commit(root, {"package-lock.json": '{"lockfileVersion": 3, "packages": {}}\n'})
    return root


def run(capsys, *words: str) -> tuple[int, str, str]:
    status = main(["order", "--isolated", *words])
    out, err = capsys.readouterr()
    return status, out, err


def told(capsys, *words: str) -> dict:
    status, out, err = run(capsys, "--output-format", "json", *words)
    assert status == 0, err
    return json.loads(out)


def layout(folder: Path, steps: dict[str, int]) -> str:
    """Lay out an image without its layers: each step with the size of its layer, none for a step
    without one.
    """
    documents = {}

    def put(document: object) -> dict[str, object]:
        data = json.dumps(document).encode()
        name = hashlib.sha256(data).hexdigest()
        documents[f"blobs/sha256/{name}"] = data.decode()
        return {"digest": f"sha256:{name}", "size": len(data)}

    names = {step: "sha256:" + hashlib.sha256(step.encode()).hexdigest() for step in steps}
    config = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": list(names.values())},
        "history": [{"created_by": step} for step in steps],
    }
    oci = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{oci}manifest.v1+json",
        "config": {"mediaType": f"{oci}config.v1+json", **put(config)},
        "layers": [
            {"mediaType": f"{oci}layer.v1.tar+gzip", "digest": names[step], "size": size}
            for step, size in steps.items()
        ],
    }
    index = {
        "schemaVersion": 2,
        "manifests": [{"mediaType": manifest["mediaType"], **put(manifest)}],
    }
    tree(
        folder,
        {
            **documents,
            "oci-layout": '{"imageLayoutVersion": "1.0.0"}',
            "index.json": json.dumps(index),
        },
    )
    return f"oci:{folder}"


@pytest.mark.usefixtures("site")
def test_what_is_large_and_stays_goes_above_what_changes(capsys):
    answer = told(capsys)
    assert answer["expected_bytes_before"] > 400_000
    assert 0 < answer["expected_bytes_after"] < 10_000
    assert answer["optimal"] is True
    assert answer["method"].startswith("dynamic programming")
    assert (answer["basis"], answer["commits"]) == ("modelled", 4)
    assert answer["unknown_layers_before"] == answer["unknown_layers_after"] == 0
    assert [each["line"] for each in answer["order"]] == [2, 4, 3, 5]
    assert answer["order"][1]["instruction"] == "COPY images ./images"
    assert answer["fix"]["safety"] == "safe"


@pytest.mark.usefixtures("site")
def test_edits_of_the_fix_make_the_better_file(capsys):
    source = Source("Dockerfile", PAGES)
    text = PAGES
    for edit in reversed(told(capsys)["fix"]["edits"]):
        start, end = (source.line_starts[edit[key] - 1] for key in ("line", "end_line"))
        assert (edit["column"], edit["end_column"]) == (1, 1)
        text = text[:start] + edit["text"] + text[end:]
    assert text == BETTER


def test_diff_exits_with_1_and_writes_nothing(site, capsys):
    status, out, _ = run(capsys, "--diff")
    assert status == 1
    assert "\n+COPY images ./images\n COPY pages ./pages\n-COPY images ./images\n" in out
    assert (site / "Dockerfile").read_text() == PAGES


def test_fix_writes_the_better_order_once(site, capsys):
    status, out, _ = run(capsys, "--fix")
    assert status == 0
    assert "Dockerfile is written" in out
    assert (site / "Dockerfile").read_text() == BETTER
    answer = told(capsys)
    assert answer["expected_bytes_before"] == answer["expected_bytes_after"]
    assert answer["optimal"] is True
    assert answer["fix"] is None
    status, out, _ = run(capsys, "--diff")
    assert (status, out) == (0, "")
    status, out, _ = run(capsys, "--fix")
    assert status == 0
    assert "no order of its instructions saves 2% and 1 kB or more (optimal" in out
    assert (site / "Dockerfile").read_text() == BETTER


def test_fix_keeps_line_ends_marks_comments_and_here_documents(site, capsys):
    before = (
        "\ufeff# syntax=docker/dockerfile:1\n# the base\nFROM debian:12.5-slim\nWORKDIR /srv/www\n\n"
        "# the pages\n#   of the site\nCOPY pages ./pages\n\n# a note\nCOPY <<EOF /srv/note\nhello\n\nCOPY x y\nEOF\n\n"
        "# pictures\nCOPY \\\n# large\n  images ./images"
    )
    after = (
        "\ufeff# syntax=docker/dockerfile:1\n# the base\nFROM debian:12.5-slim\nWORKDIR /srv/www\n\n"
        "# pictures\nCOPY \\\n# large\n  images ./images\n\n"
        "# the pages\n#   of the site\nCOPY pages ./pages\n\n"
        "# a note\nCOPY <<EOF /srv/note\nhello\n\nCOPY x y\nEOF\n"
    )
    (site / "Dockerfile").write_bytes(before.replace("\n", "\r\n").encode())
    assert run(capsys, "--fix")[0] == 0
    assert (site / "Dockerfile").read_bytes().decode() == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "FROM debian:12\n\nCOPY pages /srv/www/pages\n\nCMD x\n\nENV A=b\n\nRUN apt-get install -y a\n",
            "FROM debian:12\n\nENV A=b\n\nRUN apt-get install -y a\n\nCOPY pages /srv/www/pages\n\nCMD x\n",
            id="paragraphs at the end",
        ),
        pytest.param(
            "FROM debian:12\nCOPY pages /srv/www/pages\n\nRUN apt-get install -y a\nCMD x\n",
            "FROM debian:12\nRUN apt-get install -y a\nCOPY pages /srv/www/pages\n\nCMD x\n",
            id="lines of two groups",
        ),
        pytest.param(
            "FROM debian:12\nCOPY pages /srv/www/pages\nWORKDIR /srv\n\nRUN apt-get install -y a\n\nENV A=b\nCMD x\n",
            "FROM debian:12\nWORKDIR /srv\n\nRUN apt-get install -y a\nCOPY pages /srv/www/pages\n\nENV A=b\nCMD x\n",
            id="to the paragraph above",
        ),
        pytest.param(
            "FROM debian:12\nCOPY pages /srv/www/pages\nWORKDIR /srv\n\nRUN apt-get install -y a\n\nCOPY Dockerfile /\n"
            "CMD x\n",
            "FROM debian:12\nWORKDIR /srv\n\nRUN apt-get install -y a\n\nCOPY pages /srv/www/pages\nCOPY Dockerfile /\n"
            "CMD x\n",
            id="to the paragraph of its like",
        ),
        pytest.param(
            "FROM debian:12\n# pages\nCOPY pages /srv/www/pages\nWORKDIR /srv\n\nRUN apt-get install a\n\nENV A=b\n",
            "FROM debian:12\nWORKDIR /srv\n\nRUN apt-get install a\n\n# pages\nCOPY pages /srv/www/pages\n\nENV A=b\n",
            id="with its comment a paragraph of its own",
        ),
        pytest.param(
            "FROM debian:12\nCOPY pages /srv/www/pages\nWORKDIR /srv\n\nRUN apt-get install -y a\n\n"
            "# text\nCOPY Dockerfile /\n",
            "FROM debian:12\nWORKDIR /srv\n\nRUN apt-get install -y a\n\nCOPY pages /srv/www/pages\n\n"
            "# text\nCOPY Dockerfile /\n",
            id="above the comment of its like",
        ),
    ],
)
def test_blank_lines_stay_between_what_they_part(site, capsys, before, after):
    (site / "Dockerfile").write_text(before)
    assert run(capsys, "--fix")[0] == 0
    assert (site / "Dockerfile").read_text() == after


def test_steps_of_next_to_nothing_are_left_where_they_are(site, capsys):
    lines = "".join(f"RUN mkdir /made/{number}\n" for number in range(40))
    (site / "Dockerfile").write_text(f"FROM debian:12\nCOPY pages /srv/www/pages\n{lines}")
    answer = told(capsys)
    assert [each["line"] for each in answer["order"]] == list(range(2, 43))
    assert answer["optimal"] is True


@pytest.mark.parametrize(("size", "lines"), [(5_000, [2, 3, 4]), (50_000, [3, 2, 4])])
def test_an_order_that_saves_next_to_nothing_is_not_offered(root, capsys, size, lines):
    text = "FROM debian:12\nCOPY pages /srv/www/pages\nCOPY images /srv/www/images\nCMD x\n"
    commit(
        root,
        {
            "Dockerfile": text,
            ".dockerignore": ".git\n",
            "images/photo": noise(size),
            "pages/all": "",
        },
    )
    for _ in range(4):
        commit(root, {"pages/all": noise(300_000)})
    assert [each["line"] for each in told(capsys)["order"]] == lines


def test_manifests_are_copied_apart_for_an_install(shop, capsys):
    answer = told(capsys)
    assert [each["line"] for each in answer["order"]] == [2, None, 4, 3, 5]
    assert answer["order"][1]["instruction"] == "COPY package.json package-lock.json ./"
    assert (answer["unknown_layers_before"], answer["unknown_layers_after"]) == (1, 0.2)
    assert run(capsys, "--fix")[0] == 0
    lines = (shop / "Dockerfile").read_text().splitlines()
    assert lines[2:5] == [
        "COPY package.json package-lock.json ./",
        "RUN npm ci --omit=dev",
        "COPY . .",
    ]
    assert run(capsys, "--diff")[:2] == (0, "")


def test_what_would_be_saved_by_an_image_that_may_differ_is_said(shop, capsys):
    """Without a lock that it holds to, an install writes the file that the COPY of all would bring
    back.
    """
    text = NODE.replace("npm ci", "npm install")
    (shop / "Dockerfile").write_text(text)
    status, out, _ = run(capsys, "--output-format", "text")
    assert status == 0
    assert (
        "if files of the image may differ: dlint check --select order/copy-before-install --fix"
        in out
    )
    assert run(capsys, "--fix")[0] == 0
    assert (shop / "Dockerfile").read_text() == text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("keyword", "copy"), [("ADD", "COPY"), ("add", "copy")])
def test_an_add_that_copies_is_split_as_a_copy_is(shop, capsys, keyword, copy):
    (shop / "Dockerfile").write_text(NODE.replace("COPY", keyword))
    assert run(capsys, "--fix")[0] == 0
    lines = (shop / "Dockerfile").read_text().splitlines()
    assert lines[2:5] == [
        f"{copy} package.json package-lock.json ./",
        "RUN npm ci --omit=dev",
        f"{keyword} . .",
    ]


@pytest.mark.usefixtures("shop")
def test_an_image_tells_the_bytes_of_what_runs(capsys, tmp_path):
    image = layout(
        tmp_path.parent / f"{tmp_path.name}-image",
        {"RUN /bin/sh -c npm ci --omit=dev # buildkit": 5_000_000},
    )
    answer = told(capsys, "--against", image)
    assert answer["unknown_layers_before"] == 0
    assert answer["expected_bytes_before"] > 5_000_000
    assert (
        1_000_000 < answer["expected_bytes_after"] < 1_100_000
    )  # one commit of five changes the lock file
    assert "--against IMAGE" in run(capsys)[1]
    assert "--against" not in run(capsys, "--against", image)[1]


@pytest.mark.parametrize(
    ("words", "basis", "mark"),
    [("pip install flask", "guessed", "≈"), ("./compile", "modelled", "≥")],
)
def test_what_an_order_costs_is_no_better_known_than_any_of_its_layers(
    root, capsys, words, basis, mark
):
    text = f"FROM python:3.12-slim\nCOPY pages /pages\nRUN {words}\n"
    for _ in range(4):
        commit(
            # a lower bound below 1 MiB is not told
            root,
            {"Dockerfile": text, ".dockerignore": ".git\n", "pages/index.html": noise(2_500_000)},
        )
    assert told(capsys)["basis"] == basis
    assert f"the last 3 commits): {mark} " in run(capsys, "--output-format", "text")[1]


def test_a_store_that_keeps_files_twice_gets_no_larger_image(root, capsys):
    lock = json.dumps({"lockfileVersion": 3, "packages": {noise(40): {} for _ in range(200)}})
    files = {"package.json": '{"name": "shop"}\n', "package-lock.json": lock, "server.js": "0\n"}
    commit(root, {"Dockerfile": NODE, ".dockerignore": ".git\nDockerfile\n", **files})
    for number in range(1, 5):
        commit(root, {"server.js": f"{number}\n"})
    assert run(capsys, "--builder", "buildkit", "--diff")[0] == 1
    assert run(capsys, "--builder", "docker", "--diff")[0] == 0
    assert (
        "no better order is offered: the image would grow" in run(capsys, "--builder", "docker")[1]
    )


@pytest.mark.parametrize(("size", "lines"), [(30_000, [2, 4, 5, 3]), (900_000, [2, 3, 4, 5])])
def test_an_install_outweighs_few_known_bytes_only(root, capsys, size, lines):
    install = "RUN dnf install -y curl && dnf clean all\n"  # which nothing tells the size of
    copies = "COPY app ./app\nCOPY conf/app.ini /etc/app.ini\n"
    files = {
        "app/main.py": noise(size),
        "conf/app.ini": "1\n",
        ".dockerignore": ".git\nDockerfile\n",
    }
    commit(root, {"Dockerfile": f"FROM debian:12\nWORKDIR /srv\n{copies}{install}", **files})
    for number in range(3):
        commit(root, {"app/main.py": noise(size)})
        commit(root, {"conf/app.ini": f"{number + 2}\n"})
    answer = told(capsys)
    assert [each["line"] for each in answer["order"]] == lines
    assert answer["optimal"] is True


def test_an_order_is_not_called_the_best_where_a_step_may_read_anything(site, capsys):
    text = PAGES.replace("COPY images", "RUN ./tools/unknown\nCOPY images")
    (site / "Dockerfile").write_text(text)
    answer = told(capsys)
    assert answer["optimal"] is False
    assert answer["blocked_by"] == [4]
    _, out, _ = run(capsys)
    assert "(optimal as far as it is known: " in out
    assert "nothing moves across line 4, which may read and write any file" in out


def test_what_blocks_is_named_by_its_line_of_the_present_file(shop, capsys):
    text = NODE.replace("CMD", "RUN ./tools/unknown\nCMD")
    (shop / "Dockerfile").write_text(text)
    answer = told(capsys)
    assert [answer["order"][1]["line"], answer["blocked_by"][0]] == [None, 5]


def test_a_step_that_is_in_no_ones_way_does_not_block(site, capsys):
    (site / "Dockerfile").write_text(
        BETTER.replace("COPY images", "RUN ./tools/unknown\nCOPY images")
    )
    answer = told(capsys)
    assert (answer["optimal"], answer["blocked_by"]) == (True, [])


def test_stages_that_the_image_stands_on_are_put_in_order_too(site, capsys):
    text = PAGES.replace("slim", "slim AS base") + "FROM base\nLABEL a=b\nCOPY pages /srv/again\n"
    (site / "Dockerfile").write_text(text)
    answer = told(capsys)
    assert [each["line"] for each in answer["order"]] == [2, 4, 3, 5, 7, 8]
    assert [each["line"] for each in told(capsys, "--target", "base")["order"]] == [2, 4, 3, 5]


@pytest.mark.parametrize(("with_it", "lines"), [({}, [9, 10]), ({"a": "9"}, [10, 9])])
def test_of_two_layers_of_unknown_size_none_gives_way_to_the_other(root, capsys, with_it, lines):
    stages = "".join(
        f"FROM debian:12 AS s{name}\nCOPY {name} /\nRUN make-{name}\n" for name in "ab"
    )
    copies = "".join(f"COPY --from=s{name} /made/{name} /opt/{name}\n" for name in "ab")
    commit(root, {"Dockerfile": f"\n{stages}FROM debian:12\n{copies}", "a": "0", "b": "0"})
    for number in range(1, 5):
        commit(root, {"a": str(number)})
    commit(
        root, {"b": "1", **with_it}
    )  # b changes more seldom: it may go up where a is made anew then all the same
    assert [each["line"] for each in told(capsys)["order"]] == lines


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        # a page that weighs next to nothing, and the same where nobody knows
        ("COPY page /made/page\nENV made=1", [5, 6]),
        ("COPY page /\nRUN make-page", [5, 6]),
        # an install surely weighs more than the photo that is pushed again for it
        ("COPY page /made/package.json\nRUN npm install --prefix /made", [6, 5]),
    ],
)
def test_no_order_is_better_for_a_missing_size(root, capsys, made, lines):
    image = "COPY images /srv/www/images\nCOPY --from=stage /made /srv/www/made\n"
    text = f"FROM node:22 AS stage\n{made}\nFROM node:22\n{image}"
    commit(root, {"Dockerfile": text, "page": "0", "images/photo": noise(50_000)})
    for _ in range(3):
        commit(root, {"images/photo": noise(50_000)})
    for number in range(1, 3):
        commit(root, {"page": str(number)})
    assert [each["line"] for each in told(capsys)["order"]] == lines


def test_lines_of_other_stages_are_not_mistaken_for_the_image_s_own(site, capsys):
    copied = PAGES.replace("FROM", "FROM debian:12 AS first\nCOPY images ./images\nFROM", 1)
    (site / "Dockerfile").write_text(copied)
    assert [each["line"] for each in told(capsys)["order"]] == [4, 6, 5, 7]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_people_read_the_numbers_and_the_order(capsys, form):
    status, out, _ = run(capsys, "--output-format", form)
    assert status == 0
    said = " ".join(out.split())
    assert "expected push (mean of the last 4 commits): 404 kB" in said
    assert "(optimal: dynamic programming over" in said
    assert "--fix writes it" in said
    assert said.index("COPY images") < said.index("COPY pages")


@pytest.mark.parametrize("commits", [0, 1, 2])
def test_without_history_the_chances_are_guessed(tmp_path, monkeypatch, capsys, commits):
    monkeypatch.chdir(tmp_path)
    tree(
        tmp_path,
        {"Dockerfile": PAGES, "pages/main.js": noise(3_000), "images/photo": noise(200_000)},
    )
    if commits:
        git(tmp_path, "init", "-q")
        for number in range(commits):
            commit(tmp_path, {"pages/main.js": f"{number}\n"})
    answer = told(capsys)
    assert (answer["basis"], answer["commits"]) == ("guessed", 0)
    assert [each["line"] for each in answer["order"]] == [2, 4, 3, 5]
    assert "guessed" in run(capsys)[2]


def test_a_repository_without_commits(root, capsys):
    tree(root, {"Dockerfile": "FROM x\nCOPY a /a\n", "a": "1"})
    assert told(capsys)["basis"] == "guessed"


def test_standard_input_is_shown_but_not_written(site, monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BytesIO(PAGES.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    status, out, err = run(capsys, "-", "--context", ".", "--diff")
    assert (status, "+COPY images ./images" in out) == (1, True)
    assert "guessed" in err
    status, _, err = run(capsys, "-", "--fix")
    assert (status, "no file to write" in err) == (2, True)
    assert not (site / "-").exists()


def test_a_file_that_changed_meanwhile_is_left_alone(site, monkeypatch, capsys):
    def arrange_slowly(*arguments):
        (site / "Dockerfile").write_text("FROM other\n")
        return arrange(*arguments)

    monkeypatch.setattr("dlint.order.proposal.arrange", arrange_slowly)
    status, _, err = run(capsys, "--fix")
    assert (status, "changed while" in err) == (2, True)
    assert (site / "Dockerfile").read_text() == "FROM other\n"


def test_a_shallow_clone_says_so(site, tmp_path, monkeypatch, capsys):
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    git(site, "clone", "-q", "--depth", "4", f"file://{site}", str(clone))
    monkeypatch.chdir(clone)
    assert "shallow" in run(capsys)[2]
    assert told(capsys)["commits"] == 3


@pytest.mark.usefixtures("site")
def test_only_so_many_commits_up_to_a_revision(capsys):
    assert told(capsys, "--commits", "3")["commits"] == 3
    assert told(capsys, "--rev", "HEAD~1")["commits"] == 3


def test_a_dockerfile_that_git_does_not_know_yet(site, capsys):
    (site / "Containerfile").write_text(PAGES)
    answer = told(capsys, "Containerfile")
    assert (answer["basis"], answer["commits"]) == ("modelled", 4)
    assert [each["line"] for each in answer["order"]] == [2, 4, 3, 5]


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        (None, [], "Dockerfile: no such file"),
        ("FROM x\nRUM y\n", [], "Dockerfile:2: unknown instruction"),
        ("# nothing\n", [], "Dockerfile"),
        ("FROM x\n", ["--target", "no"], "no stage is called 'no'"),
        ("FROM x\n", ["--commits", "0"], "at least 1"),
        ("FROM x\n", ["--rev", "no"], "'no' is not a commit"),
        ("FROM x\n", ["--output-format", "no"], "no output format"),
        ("FROM x\n", ["--against", "oci:nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_told(root, capsys, text, words, says):
    commit(root, {"a": "1"})
    if text is not None:
        (root / "Dockerfile").write_text(text)
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert says in err


@st.composite
def stages(draw):
    """Draw precedence among a few instructions, and an order of those that are layers."""
    count = draw(st.integers(1, 8))
    above = []
    for number in range(count):
        mask = 0
        for other in range(number):
            if draw(st.integers(0, 3)) == 0:
                mask |= 1 << other | above[other]
        above.append(mask)
    left = [number for number in range(count) if draw(st.booleans())]
    layers = []
    while left:
        free = [number for number in left if not any(above[number] >> other & 1 for other in left)]
        layers.append(draw(st.sampled_from(free)))
        left.remove(layers[-1])
    return above, layers


@settings(max_examples=500)
@given(stages())
def test_what_is_no_layer_finds_its_place(stage):
    above, layers = stage
    order = extend(above, layers)
    assert sorted(order) == list(range(len(above)))
    assert [number for number in order if number in layers] == layers
    for at, number in enumerate(order):
        assert not above[number] & ~sum(1 << each for each in order[:at])
    if layers == sorted(layers):
        assert order == sorted(order)


@given(st.permutations(range(6)))
def test_what_is_left_rises(order):
    taken = moved(order)
    left = [number for number in order if number not in taken]
    assert left == sorted(left)
