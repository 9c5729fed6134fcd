"""`dlint diff`: what merging a change pushes, and what it does to images and findings."""

from __future__ import annotations

import json
import random
import re
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest
from past import commit, git

from dlint.cli import main
from dlint.lint.plugins import Plugins
from dlint.testing import examples, write_context

if TYPE_CHECKING:
    from pathlib import Path

COMPOSE = """services:
  api: {image: registry.example/shop/api:1, build: {context: api, args: {LEVEL: "1"}}}
  base: {image: registry.example/shop/base, build: base}
  web:
    image: registry.example/shop/web:1
    build: {context: web, additional_contexts: {base: "service:base"}}
"""
API = """FROM debian:12.5-slim
COPY requirements.txt /
ARG LEVEL
RUN echo $LEVEL > /level
COPY . /app
"""


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  bytes that do not compress


FILES: dict[str, str | bytes | None] = {
    "compose.yaml": COMPOSE,
    "base/Dockerfile": "FROM debian:12.5-slim\nCOPY common /\n",
    "base/common": noise(1, 200_000),
    "api/Dockerfile": API,
    "api/requirements.txt": noise(2, 50_000),
    "api/main.py": noise(3, 30_000),
    "web/Dockerfile": "FROM base\nCOPY . /srv\n",
    "web/index.html": noise(4, 70_000),
    "tool/Dockerfile": "FROM scratch\nCOPY data /\n",
    "tool/data": noise(5, 10_000),
}


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project of four images, and a branch of it without a change yet."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, "one", FILES)
    git(root, "checkout", "-q", "-b", "change")
    monkeypatch.chdir(root)
    return root


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["diff", "--isolated", *words])
    out, err = capsys.readouterr()
    return status, out, err


def diff(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    status, out, err = run(capsys, "--output-format", "json", "--fail-on", "never", *words)
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def states(found: dict[str, Any]) -> dict[str, str]:
    return {each["image"]: each["status"] for each in found["images"]}


def image(found: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = [each for each in found["images"] if each["image"] == name]
    return dict(one)


def rules(found: dict[str, Any], which: str) -> list[tuple[str, str, int]]:
    return [(each["rule"], each["path"], each["line"]) for each in found["findings"][which]]


SAME = {
    "compose.yaml#api": "unchanged",
    "compose.yaml#base": "unchanged",
    "compose.yaml#web": "unchanged",
    "tool/Dockerfile": "unchanged",
}


def test_a_branch_without_changes_pushes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = diff(capsys)
    assert states(found) == SAME
    assert (found["pushed_bytes"], found["findings"]) == (0, {"new": [], "gone": []})
    assert found["base"]["merge_base"]
    assert found["base"]["revision"] == "main"


def test_the_working_tree_counts_and_each_layer_says_why(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "web/index.html").write_bytes(noise(9, 90_000))
    found = diff(capsys)
    assert states(found) == {**SAME, "compose.yaml#web": "changed"}
    web = image(found, "compose.yaml#web")
    assert [(each["line"], each["why"]) for each in web["layers_pushed"]] == [
        (2, "`COPY . /srv` (line 2) reads `index.html`")
    ]
    assert 19_000 < web["growth"]["bytes"] < 21_000
    assert web["layers_kept"] == 2
    assert 90_000 < found["pushed_bytes"] == web["pushed_bytes"] < 95_000


def test_a_later_layer_names_what_changed_before_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api/requirements.txt").write_bytes(noise(9, 50_000))
    layers = image(diff(capsys), "compose.yaml#api")["layers_pushed"]
    assert {each["why"] for each in layers} == {
        "`COPY requirements.txt /` (line 2) reads `requirements.txt`",
        "`COPY . /app` (line 5) reads `requirements.txt`",
    }
    out = run(capsys, "--output-format", "text")[1]
    assert "  (it reads `requirements.txt`)" in out
    assert "  (`COPY requirements.txt /` (line 2) reads `requirements.txt`)" in out


def test_an_argument_of_the_compose_file_is_the_one_of_its_time(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "compose.yaml").write_text(COMPOSE.replace('"1"', '"2"'))
    layers = image(diff(capsys), "compose.yaml#api")["layers_pushed"]
    assert layers[0]["why"] == "`ARG LEVEL` (line 3) has another value"


def test_a_base_of_the_project_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "base/common").write_bytes(noise(9, 300_000))
    web = image(diff(capsys), "compose.yaml#web")
    assert 99_000 < web["growth"]["bytes"] < 101_000
    assert web["layers_kept"] == 3  # the layers of the base are pushed with it


@pytest.mark.parametrize("words", [(), ("compose.yaml",), ("main", "compose.yaml#api")])
def test_what_is_pushed_is_what_dlint_push_says(
    shop: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    commit(
        shop,
        "two",
        {
            "base/common": noise(9, 300_000),
            "api/Dockerfile": API.replace("echo", "printf"),
            "compose.yaml": COMPOSE.replace('"1"', '"2"'),
            "tool/data": noise(8, 9_000),
        },
    )
    found = diff(capsys, *words)
    images = [word for word in words if word != "main"] or ["--all"]
    main(["push", "--isolated", "--output-format", "json", "--since", "main", *images])
    pushed = json.loads(capsys.readouterr().out)
    assert found["pushed_bytes"] == pushed["pushed_bytes"] > 0
    assert found["overhead_bytes"] == pushed["overhead_bytes"]
    for one in pushed.get("images", []):
        assert image(found, one["image"])["pushed_bytes"] == one["pushed_bytes"]
        assert image(found, one["image"])["after"]["bytes"] == one["image_bytes"]


def test_images_that_come_and_go(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = COMPOSE.replace("  api:", "  worker:").replace("context: api", "context: job")
    commit(
        shop,
        "two",
        {
            "compose.yaml": text,
            "api/Dockerfile": None,
            "tool/Dockerfile": None,
            "job/Dockerfile": "FROM scratch\nCOPY data /data\n",
            "job/data": noise(7, 20_000),
        },
    )
    found = diff(capsys)
    assert states(found) == {
        "compose.yaml#worker": "added",
        "compose.yaml#base": "unchanged",
        "compose.yaml#web": "unchanged",
        "compose.yaml#api": "removed",
        "tool/Dockerfile": "removed",
    }
    worker, tool = image(found, "compose.yaml#worker"), image(found, "tool/Dockerfile")
    assert (worker["before"], worker["growth"]) == (None, None)
    assert worker["layers_pushed"][0]["why"] == "the image is new"
    assert 20_000 < worker["pushed_bytes"] < 21_000
    assert (tool["after"], tool["pushed_bytes"]) == (None, None)
    assert 10_000 < tool["before"]["bytes"] < 11_000


def test_a_dockerfile_that_moved_is_the_same_image(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "mv", "tool/Dockerfile", "tool/Dockerfile.data")
    git(shop, "mv", "compose.yaml", "docker-compose.yml")
    found = diff(capsys)
    assert set(states(found).values()) == {"unchanged"}
    assert found["findings"] == {"new": [], "gone": []}
    main(
        ["push", "--isolated", "--output-format", "json", "--since", "main", "tool/Dockerfile.data"]
    )
    assert json.loads(capsys.readouterr().out)["pushed_bytes"] == 0


def test_an_image_that_another_file_describes_now_is_the_same(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'services:\n  api:\n    build:\n      context: api\n      args: {LEVEL: "2"}\n'
    commit(shop, "two", {"compose.yaml": None, "docker-compose.dev.yml": text})
    found = diff(capsys)
    assert states(found)["docker-compose.dev.yml#api"] == "changed"
    assert states(found)["compose.yaml#web"] == "removed"
    assert "compose.yaml#api" not in states(found)
    layers = image(found, "docker-compose.dev.yml#api")["layers_pushed"]
    assert layers[0]["why"] == "`ARG LEVEL` (line 3) has another value"


def test_findings_that_come_and_go(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rest = "\nRUN apt-get update && apt-get install -y graphviz && rm -rf /var/lib/apt/lists/*\n"
    commit(shop, "two", {"tool/Dockerfile": f"FROM debian:12.5-slim{rest}"})
    git(shop, "branch", "-f", "main")
    # the finding moves to another line and its instruction is edited, and another one comes
    edited = f"FROM debian\n# why\nENV A=1{rest}".replace("graphviz", "graphviz git")
    (shop / "tool/Dockerfile").write_text(edited)
    found = diff(capsys)
    new = rules(found, "new")
    assert ("pin/base-tag", "tool/Dockerfile", 1) in new
    assert "bloat/recommends" not in {rule for rule, _, _ in new}
    assert not [rule for rule, _, _ in rules(found, "gone") if rule == "bloat/recommends"]
    (shop / "tool/Dockerfile").write_text("FROM debian:12.5-slim\n")
    assert "bloat/recommends" in {rule for rule, _, _ in rules(diff(capsys), "gone")}


def test_a_new_finding_fails_and_an_old_one_does_not(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api/Dockerfile").write_text(API.replace(":12.5-slim", ""))
    assert run(capsys)[0] == 1
    assert run(capsys, "--fail-on", "error")[0] == 0
    git(shop, "commit", "-qam", "two")
    assert run(capsys, "HEAD")[0] == 0


def test_a_dockerfile_that_no_builder_takes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "tool/Dockerfile").write_text("FROM scratch\nRUNN x\n")
    status, out, _ = run(capsys, "--output-format", "json")
    found = json.loads(out)
    assert status == 1
    assert image(found, "tool/Dockerfile")["status"] == "broken"
    assert ("syntax/error", "tool/Dockerfile", 2) in rules(found, "new")
    for form in ("text", "pretty", "markdown"):
        out = run(capsys, "--output-format", form)[1]
        assert ("cannot be built" if form == "text" else "broken") in out
        assert "RUNN" in out


def test_a_dockerfile_that_no_builder_took(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(shop, "two", {"tool/Dockerfile": "FROM scratch\nRUNN x\nCOPY data /\n"})
    (shop / "tool/Dockerfile").write_text("FROM scratch\nCOPY data /\n")
    found = diff(capsys, "HEAD")
    tool = image(found, "tool/Dockerfile")
    assert (tool["status"], tool["before"]) == ("changed", None)
    assert tool["layers_pushed"][0]["why"] == "the Dockerfile could not be built before"
    assert ("syntax/error", "tool/Dockerfile", 2) in rules(found, "gone")
    assert not found["findings"]["new"]


def test_a_missing_commit_is_named_with_what_to_do(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = run(capsys, "origin/none")
    assert (status, out) == (2, "")
    assert "origin/none: the commit to compare with is not in this clone" in err
    (shop / "web/index.html").write_bytes(noise(9, 90_000))
    git(shop, "commit", "-qam", "two")
    git(shop, "checkout", "-q", "main")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", shop.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    for words in ((), ("main",), ("HEAD~1",)):
        status, out, err = run(capsys, *words)
        assert (status, out) == (2, "")
        assert "`fetch-depth: 0`" in err
    git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    status, out, err = run(capsys)
    assert (status, out) == (2, "")
    assert "no common commit of HEAD and origin/main" in err
    assert run(capsys, "origin/main")[0] == 0


@pytest.mark.parametrize(
    ("words", "revision", "is_merge_base"),
    [(("main",), "main", False), (("main...",), "main", True), ((), "main", True)],
)
def test_which_commit_is_compared(
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    revision: str,
    is_merge_base: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    commit(shop, "mine", {"tool/data": noise(7, 20_000)})
    git(shop, "checkout", "-q", "main")
    commit(shop, "theirs", {"api/main.py": noise(6, 40_000)})
    git(shop, "checkout", "-q", "change")
    found = diff(capsys, *words)
    assert found["base"]["revision"] == revision
    assert found["base"]["merge_base"] is is_merge_base
    changed = [name for name, state in states(found).items() if state == "changed"]
    theirs = [] if is_merge_base else ["compose.yaml#api"]
    assert changed == [*theirs, "tool/Dockerfile"]


def test_on_the_only_branch_head_is_compared(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "checkout", "-q", "main")
    git(shop, "branch", "-qD", "change")
    (shop / "tool/data").write_bytes(noise(7, 20_000))
    found = diff(capsys)
    assert found["base"]["revision"] == "HEAD"
    assert states(found)["tool/Dockerfile"] == "changed"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tool", "x"), "x"),
        (("--project", "nowhere"), "nowhere: no such folder"),
        (("--max-growth", "10"), "'10' has no unit; write 20MB or 20MiB, or a share such as 10%"),
        (("--max-image-size", "10%"), "'10%' is a share; write 20MB or 20MiB"),
        (("--budget", "much"), "'much' is no size"),
    ],
)
def test_what_makes_no_sense_is_said_before_any_output(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert message in err


def test_a_word_that_is_both_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(shop, "branch", "tool")
    status, _, err = run(capsys, "tool")
    assert (status, "a file or folder and a revision" in err) == (2, True)
    assert set(states(diff(capsys, "./tool"))) == {"tool/Dockerfile"}
    assert diff(capsys, "refs/heads/tool")["base"]["revision"] == "refs/heads/tool"


def test_limits_of_the_change(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "tool/data").write_bytes(noise(7, 20_000))
    (shop / "web/index.html").write_bytes(noise(9, 90_000))

    def status(*words: str) -> int:
        return run(capsys, "--fail-on", "never", *words)[0]

    assert status("--max-growth", "50kB") == 0
    assert status("--max-growth", "15kB") == 1
    assert status("--max-growth", "50%", "tool") == 1
    assert status("--max-growth", "150%", "tool") == 0
    assert status("--budget", "100kB") == 1
    assert status("--budget", "150kB") == 0
    assert status("--max-image-size", "1MB", "tool") == 0
    found = json.loads(run(capsys, "--output-format", "json", "--max-growth", "15kB")[1])
    outcomes = {each["image"]: each["outcome"] for each in found["limits"]}
    assert outcomes["compose.yaml#web"] == "over"
    assert outcomes["tool/Dockerfile"] == "within"
    markdown = run(capsys, "--output-format", "markdown", "--max-growth", "15kB")[1]
    assert markdown.count("\n- ") == 2
    assert "- ❌ `compose.yaml#web`: " in markdown
    assert "limits met\n" in markdown


def test_no_growth_is_within_a_share_of_an_unknown_whole(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "switch", "-q", "main")
    commit(
        shop, "odd", {"odd/Dockerfile": "FROM odd.example/base:1\nCOPY data /\n", "odd/data": "1"}
    )
    git(shop, "switch", "-q", "-c", "grown")
    (shop / "tool/data").write_bytes(noise(7, 20_000))
    found = json.loads(run(capsys, "--output-format", "json", "--max-growth", "1%", "main")[1])
    outcomes = {each["image"]: each["outcome"] for each in found["limits"]}
    assert (outcomes["odd/Dockerfile"], outcomes["tool/Dockerfile"]) == ("within", "over")


def test_limits_of_single_images_in_the_configuration(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "tool/data").write_bytes(noise(7, 20_000))
    (shop / "web/index.html").write_bytes(noise(9, 90_000))
    (shop / "dlint.toml").write_text(
        'fail-on = "never"\n[images."*"]\nmax-growth = "1kB"\n[images.web]\nmax-growth = "1MB"\n'
        '[images."tool/*"]\nmax-growth = "5MB"\nbudget = "15kB"\n'
    )
    status, out, _ = _configured(capsys, "diff")
    assert status == 1
    assert "over: tool/Dockerfile: the push uploads 20" in out
    assert "\n4 limits met\n" in out
    assert "compose.yaml#web" not in out.partition("over: ")[2]
    status, _, err = _configured(capsys, "push", "tool/Dockerfile")
    assert (status, "over the budget of 15kB" in err) == (1, True)
    (shop / "dlint.toml").write_text('[images.web]\nmax-grow = "1MB"\n')
    status, _, err = _configured(capsys, "diff")
    assert (status, "dlint.toml:2: unknown key 'images.web.max-grow'" in err) == (2, True)
    (shop / "dlint.toml").write_text('[images.web]\nmax-growth = "1"\n')
    told = "images.web.max-growth must be a size such as 20MB or 20MiB, or a share such as 10%"
    assert f"dlint.toml:2: {told}, not a string ('1')" in _configured(capsys, "diff")[2]


def _configured(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main([*words])
    out, err = capsys.readouterr()
    return status, out, err


def test_unknown_sizes_are_told_only_where_they_decide(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = "FROM registry.example/unknown:1\nCOPY data /\nRUN make install\n"
    commit(shop, "two", {"tool/Dockerfile": unknown})
    git(shop, "branch", "-f", "main")
    (shop / "tool/data").write_bytes(noise(7, 20_000))

    def told(*words: str) -> tuple[int, str]:
        status, _, err = run(capsys, "--fail-on", "never", "tool", *words)
        return status, err

    # the known part is over already
    assert told("--budget", "10kB")[0] == 1
    assert told("--max-image-size", "15kB")[0] == 1
    # the unknown part decides, and the message names its layers
    status, err = told("--max-image-size", "1GB")
    assert status == 2
    assert "cannot tell whether the max-image-size of 1GB holds" in err
    assert "line 3 `RUN make install`" in err
    # the base is the same, and the same step is taken to be as large as before: an estimate
    assert told("--max-growth", "15kB")[0] == 0
    assert told("--max-growth", "15kB", "--exact-only")[0] == 2
    assert told("--max-growth", "5kB")[0] == 1


HOSTILE = "a`|b <img src=x onerror=1> @maintainer ![x](y) \x1b[31m ##[error]x"


def test_markdown_shows_what_strangers_write_as_it_is(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / f"tool/{HOSTILE.replace('/', '')}").write_text("x")
    (shop / "tool/Dockerfile").write_text(
        f"FROM scratch\nLABEL x=\"</details> @maintainer | ` #1\"\nCOPY . /\nRUN echo '{HOSTILE}'\n"
    )
    _, out, _ = run(capsys, "--output-format", "markdown")
    assert "\x1b" not in out
    assert "##[" not in out
    outside = _outside_code(out)
    for word in ("@maintainer", "<img", "![x]", "</details> @"):
        assert word not in outside
    for line in out.splitlines():
        if line.startswith("| `"):
            assert _cells(line) in {6, 7}, line
    for form in ("text", "pretty", "json"):
        assert "\x1b[31m" not in run(capsys, "--output-format", form)[1]


def _outside_code(text: str) -> str:
    """Return Markdown without its code spans, as CommonMark finds them."""
    kept, rest = [], text
    while "`" in rest:
        before, _, _ = rest.partition("`")
        kept.append(before)
        rest = rest[len(before) :]
        fence = rest[: len(rest) - len(rest.lstrip("`"))]
        inside = rest[len(fence) :]
        at = 0
        while (at := inside.find(fence, at)) >= 0:
            run_of = inside[at:]
            length = len(run_of) - len(run_of.lstrip("`"))
            if length == len(fence):
                break
            at += length
        rest = inside[at + len(fence) :] if at >= 0 else inside
    return "".join([*kept, rest])


def _cells(row: str) -> int:
    """Count the bars of a table's row that end a cell."""
    return row.replace("\\\\", "").replace("\\|", "").count("|")


def test_the_forms_say_the_same(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web/index.html").write_bytes(noise(9, 90_000))
    (shop / "tool/Dockerfile").write_text("FROM debian\nCOPY data /\n")
    for form in ("text", "pretty", "markdown"):
        _, out, _ = run(capsys, "--output-format", form)
        assert "compose.yaml#web" in out
        assert "+20.2 kB" in out.replace("\\+", "+")
        assert "pin/base-tag" in out
        assert "2 images unchanged" in out


def test_outside_of_git_there_is_nothing_to_compare_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    status, _, err = run(capsys)
    assert (status, "nothing to compare with: not in a git repository" in err) == (2, True)


# What git holds nothing of: permissions but the bit to run, and commits of their own.
LEFT_OUT = re.compile(r" changed \d| mode \d")


def test_a_comment_brings_no_finding_and_takes_none_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "examples"
    for rule in Plugins(third_party=False).rules.values():
        example = next(iter(examples(rule)), None)
        if example is not None:
            folder = root / rule.name.replace("/", "-")
            folder.mkdir(parents=True)
            lines = example.context.splitlines()
            write_context(folder, "\n".join(each for each in lines if not LEFT_OUT.search(each)))
            rmtree(folder / ".git", ignore_errors=True)
            (folder / "Dockerfile").write_text(example.text)
    git(root, "init", "-q", "-b", "main")
    commit(root, "one", {})
    for path in root.glob("*/Dockerfile"):
        with path.open("a") as file:
            file.write("\n# the end\n")
    monkeypatch.chdir(root)
    found = diff(capsys, "HEAD")
    assert len(found["images"]) > 50
    assert found["findings"] == {"new": [], "gone": []}


def test_a_dockerfile_that_went_was_built_where_its_files_were(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files: dict[str, str | bytes | None] = {
        "docker/Dockerfile": "FROM scratch\nCOPY src/app.js package.json /\n",
        "src/app.js": noise(7, 20_000),
        "package.json": "{}\n",
    }
    commit(shop, "two", files)
    git(shop, "rm", "-q", "docker/Dockerfile")
    gone = image(diff(capsys, "HEAD"), "docker/Dockerfile")
    assert gone["status"] == "removed"
    assert 20_000 < gone["before"]["bytes"] < 21_000


def test_a_dockerfile_of_several_contexts_has_the_findings_of_all(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "FROM debian:12.5-slim\nCOPY . /app\n"
    files: dict[str, str | bytes | None] = {
        "all.Dockerfile": text,
        "one/main.py": "1\n",
        "two/main.py": "2\n",
        "Makefile": "a:\n\tdocker build -f all.Dockerfile one\nb:\n\tdocker build -f all.Dockerfile two\n",
    }
    commit(shop, "two", files)
    (shop / "all.Dockerfile").write_text(f"{text}# the end\n")
    assert diff(capsys, "HEAD")["findings"] == {"new": [], "gone": []}
    (shop / "all.Dockerfile").write_text(text.replace(":12.5-slim", ""))
    assert ("pin/base-tag", "all.Dockerfile", 1) in rules(diff(capsys, "HEAD"), "new")


def test_caches_stand_beside_the_images_that_change(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api" / "main.py").write_bytes(noise(7, 31_000))
    words = ("--cache-to", "type=gha,mode=max")
    told = {each["image"]: each for each in diff(capsys, *words)["images"]}
    (cache,) = told["compose.yaml#api"]["caches"]
    assert cache["layers_sent"] == 1
    assert told["compose.yaml#api"]["pushed_bytes"] > 0
    main(["diff", "--isolated", *words, "--output-format", "markdown"])
    lines = [line for line in capsys.readouterr().out.split("\n") if "type=gha" in line]
    assert len(lines) == 1
    assert lines[0].startswith("- compose.yaml#&#8203;api: cache type=gha,mode=max: 1 of ")
