"""What an editor shows beside a text: sizes, what is known of an instruction, and where names lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house import commit
from support import tree

pytest.importorskip("pygls", reason="dlint's extra `server` is not installed")
pytest.importorskip("pytest_lsp", reason="pytest-lsp is not installed")

from editing import EVERYTHING, Editor, edit_with
from lsprotocol import types as lsp

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
FROM debian:12.5-slim
RUN apt-get update && \\
    apt-get install -y curl
COPY app.py /srv/app.py
RUN touch /srv/done
"""


async def hints(
    editor: Editor, uri: str, where: lsp.Range = EVERYTHING
) -> dict[tuple[int, int], str]:
    found = await editor.client.text_document_inlay_hint_async(
        lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), where)
    )
    return {(each.position.line, each.position.character): str(each.label) for each in found or ()}


async def hover(editor: Editor, uri: str, line: int, character: int = 1) -> str:
    found = await editor.client.text_document_hover_async(
        lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(line, character))
    )
    if found is None:
        return ""
    assert isinstance(found.contents, lsp.MarkupContent)
    return found.contents.value


async def links(editor: Editor, uri: str) -> dict[int, str | None]:
    found = await editor.client.text_document_document_link_async(
        lsp.DocumentLinkParams(lsp.TextDocumentIdentifier(uri))
    )
    return {each.range.start.line: each.target for each in found or ()}


def test_hints_say_what_a_layer_weighs_and_whether_it_is_cached(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        found = await hints(editor, uri)
        assert list(found) == [(0, 21), (1, 23), (3, 23), (4, 19)]
        assert all(label.endswith(" · cached") for label in found.values())
        assert found[1, 23].startswith("≈ ")
        editor.change(uri, TEXT.replace("app.py /srv", "--chmod=755 app.py /srv"), 2)
        found = await hints(editor, uri)
        states = [label.rpartition(" · ")[2] for label in found.values()]
        assert states == ["cached", "cached", "rebuilt", "rebuilt"]
        part = lsp.Range(lsp.Position(1, 0), lsp.Position(2, 0))
        assert list(await hints(editor, uri, part)) == [(1, 23)]

    edit_with(tmp_path, scenario)


def test_hints_follow_the_files_of_the_context(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        await editor.found(uri)
        editor.shown.clear()
        (tmp_path / "app.py").write_text("print(1)\n")
        editor.tell_changed(tmp_path / "app.py")
        await editor.found(uri)
        labels = (await hints(editor, uri)).values()
        states = [label.rpartition(" · ")[2] for label in labels]
        assert states == ["cached", "cached", "rebuilt", "rebuilt"]
        said = await hover(editor, uri, 3)
        assert "runs it again: line 4 (app.py) changed since the last commit." in said

    edit_with(tmp_path, scenario)


def test_hints_follow_the_commit_that_is_checked_out(tmp_path: Path) -> None:
    text = TEXT.replace("curl", "curl wget")
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", text)
        assert "rebuilt" in "".join((await hints(editor, uri)).values())
        editor.shown.clear()
        (tmp_path / "Dockerfile").write_text(text)
        commit(tmp_path)
        editor.tell_changed(tmp_path / ".git" / "index.lock")  # which tells nothing
        editor.tell_changed(tmp_path / ".git" / "logs" / "HEAD")
        await editor.found(uri)
        assert "rebuilt" not in "".join((await hints(editor, uri)).values())

    edit_with(tmp_path, scenario)


def test_a_question_about_an_older_text_is_answered_for_the_newest(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        import asyncio

        uri = editor.open(tmp_path / "Dockerfile")
        asked = [asyncio.create_task(hints(editor, uri)) for _ in range(3)]
        for version in range(2, 6):
            await asyncio.sleep(0)
            editor.change(uri, "# a\n" * version + TEXT, version)
        asked.append(asyncio.create_task(hints(editor, uri)))
        answers = await asyncio.gather(*asked)
        assert list(answers[-1]) == [(5, 21), (6, 23), (8, 23), (9, 19)]
        assert all(answers)

    edit_with(tmp_path, scenario)


def test_an_argument_that_changes_on_every_build_reruns_what_follows(tmp_path: Path) -> None:
    text = TEXT.replace("COPY", "ARG GIT_COMMIT\nCOPY")
    tree(tmp_path, {"Dockerfile": text, "app.py": "print()\n"})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        labels = (await hints(editor, uri)).values()
        states = [label.rpartition(" · ")[2] for label in labels]
        assert states == ["cached", "cached", "cached", "rebuilt"]
        assert "runs it again: `ARG GIT_COMMIT` changes on every build." in await hover(
            editor, uri, 5
        )

    edit_with(tmp_path, scenario)


def test_without_git_hints_say_sizes_alone(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        found = await hints(editor, uri)
        assert not any("cached" in label or "rebuilt" in label for label in found.values())
        assert found[3, 23].endswith(" B")

    edit_with(tmp_path, scenario)


def test_a_hover_tells_of_the_layer_and_of_the_rules(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT, "app.py": "print()\n"})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        said = await hover(editor, uri, 2, 8)
        assert "The layer of stage `0`: ≈ " in said
        assert "**[bloat/pm-cache](" in said
        assert "*What it does* " in said
        assert "*Why is this bad?* " in said
        assert "The base image: ≈ " in await hover(editor, uri, 0)
        editor.change(uri, "# a comment\n\nFROM scratch\n", 2)
        assert await hover(editor, uri, 1, 0) == ""

    edit_with(tmp_path, scenario)


@pytest.mark.parametrize(
    ("image", "page"),
    [
        ("debian:12.5-slim", "https://hub.docker.com/_/debian"),
        ("arm64v8/debian:12.5-slim", "https://hub.docker.com/r/arm64v8/debian"),
        ("bitnami/redis:7.4", "https://hub.docker.com/r/bitnami/redis"),
        ("ghcr.io/astral-sh/uv:0.5", "https://ghcr.io/astral-sh/uv"),
        ("quay.io/centos/centos:9", "https://quay.io/repository/centos/centos"),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "https://mcr.microsoft.com/artifact/mar/dotnet/sdk",
        ),
        ("registry.example.com/a:1", None),
        ("localhost:5000/a:1", None),
    ],
)
def test_a_name_of_an_image_leads_to_its_page(image: str, page: str | None, tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", f"# a\nFROM {image}\n")
        assert (await links(editor, uri)).get(1) == page

    edit_with(tmp_path, scenario)


def test_a_path_that_is_copied_leads_to_its_file(tmp_path: Path) -> None:
    text = (
        "FROM scratch\nARG NAME=app\nCOPY ${NAME}.py /\nCOPY my\\ file* /\nCOPY src /src/\n"
        "COPY missing /\nCOPY --from=0 app.py /\n"
    )
    tree(tmp_path, {"Dockerfile": text, "app.py": "", "my file": "", "src/a": ""})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert await links(editor, uri) == {2: (tmp_path / "app.py").as_uri()}

    edit_with(tmp_path, scenario)


COMPOSE = """\
services:
  web:
    build:
      context: .
      dockerfile: docker/Dockerfile
      args: {BASE: "debian:12.5-slim"}
  worker:
    build:
      context: .
      dockerfile: docker/Dockerfile
      target: tools
      args: {BASE: debian}
"""
BUILT = """\
ARG BASE
FROM ${BASE} AS tools
COPY app.py /srv/
FROM ${BASE}
COPY app.py /srv/
RUN pip install flask
"""


def test_a_dockerfile_is_checked_as_its_images_are_built(tmp_path: Path) -> None:
    tree(tmp_path, {"docker/Dockerfile": BUILT, "compose.yaml": COMPOSE, "app.py": ""})
    commit(tmp_path)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "docker" / "Dockerfile")
        found = await editor.found(uri)
        tags = [each.message for each in found if each.code == "pin/base-tag"]
        assert tags
        assert all("(only in image `worker`)" in each for each in tags)
        # the worker leaves it out, but the file by itself does not
        assert "bloat/pm-cache" in [each.code for each in found]
        editor.shown.clear()
        (tmp_path / "compose.yaml").write_text(COMPOSE.replace("BASE: debian}", "BASE: scratch}"))
        editor.tell_changed(tmp_path / "compose.yaml")
        assert "pin/base-tag" not in await editor.rules(uri)

    edit_with(tmp_path, scenario)
