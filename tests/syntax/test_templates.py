"""Which files are templates of Dockerfiles, and what is left of them."""

from __future__ import annotations

import pytest

from dlint.syntax.templates import is_dockerfile_text, template_in
from dlint.text.source import Source


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FROM {{ base }}\n", "Go, Jinja or Mustache"),
        ("FROM debian\n{{ if .Debug }}\nRUN true\n{{ end }}\n", "Go, Jinja or Mustache"),
        (
            "{{\n  _ a remark over\n  several lines\n}}FROM debian\nCOPY {{a}} /\n",
            "Go, Jinja or Mustache",
        ),
        ("FROM debian\n{% for each in packages %}\nRUN true\n{% endfor %}\n", "Jinja"),
        ("{{" + "  set a to 1 ^\n" * 500 + "}}RUN true\n", "Go, Jinja or Mustache"),
        ("{# a remark #}\nFROM debian\n", "Jinja"),
        ("FROM <%= base %>\n", "ERB or similar"),
        ("FROM debian\n<% if debug %>\nRUN true\n<% end %>\n", "ERB or similar"),
        ("FROM debian\n<#if debug>\nRUN true\n</#if>\n", "FreeMarker"),
        ("FROM debian\nCOPY target/${project.build.finalName}.jar /\n", "Maven"),
        ("FROM balena/%%MACHINE%%-debian\n", "placeholder"),
        ("FROM @BASE@\n", "placeholder"),
    ],
)
def test_templates(text: str, kind: str) -> None:
    found = template_in(Source("Dockerfile", text))
    assert found is not None
    assert found.kind == kind
    assert len(found.rest.text) == len(text)
    assert found.rest.text.count("\n") == text.count("\n")
    assert all(mark not in found.rest.text for mark in ("{{", "{%", "<%", "%%", "${"))


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nRUN docker inspect --format '{{.Id}}' x\n",
        "FROM debian\nRUN docker inspect --format \\\n  '{{.Id}}' x\n",
        'FROM debian\nLABEL org.example="{{ not ours }}"\n',
        "FROM debian\nRUN cat <<EOF >/x\n{{ range . }}\nEOF\n",
        "FROM debian\nCOPY <<-'EOF' /x\n  {% if a %}\n  EOF\nRUN true\n",
        "FROM debian\n# {{ a remark }}\nRUN date +%%Y\n",
        "FROM debian\n{{ nobody closes it\nRUN true\n" + "{{" * 100_000,
        "FROM ${BASE}\nCOPY ${A} /\n",
        "FROM debian\nRUN echo ${a.b}\n",
    ],
)
def test_what_is_none(text: str) -> None:
    assert template_in(Source("Dockerfile", text)) is None


@pytest.mark.parametrize(
    ("first", "is_other"),
    [
        ("# syntax=example/include:1", True),
        ("# syntax = a.example/include:1", True),
        ("# syntax=docker/dockerfile:1", False),
        ("# syntax=docker.io/docker/dockerfile:1.7-labs", False),
        ("# syntax=docker/dockerfile-upstream:master", False),
        ("# syntax=mirror.example:5000/docker/dockerfile:1", False),
        ("# a comment\n\n# syntax=example/include:1", False),  # none ends the directives
        ("", False),
    ],
)
def test_instructions_of_another_frontend(first: str, *, is_other: bool) -> None:
    text = f"{first}\nFROM debian:12\n  Include a \\\n  b\nRUN true\n"
    found = template_in(Source("Dockerfile", text))
    assert (found is not None) is is_other
    if found is not None:
        assert (found.kind, len(found.marks), len(found.rest.text)) == ("INCLUDE", 1, len(text))
        assert found.rest.text.split() == f"{first} FROM debian:12 RUN true".split()
        assert found.frontend == first.rpartition("=")[2].strip()


def test_another_frontend_may_know_no_more_than_dockers() -> None:
    text = "# syntax=example/include:1\nFROM debian:12\nRUN true\n"
    assert template_in(Source("Dockerfile", text)) is None


def test_a_name_may_tell() -> None:
    found = template_in(Source("a/Dockerfile.TMPL", "FROM $BASE\n"))
    assert found is not None
    assert (found.kind, found.marks) == (".tmpl", ())


def test_what_the_marks_leave() -> None:
    text = "FROM {{ base }}:1\n{% if a %}\nRUN one {{ b }} \\\n {% endif %}\n && two\n"
    found = template_in(Source("Dockerfile", text))
    assert found is not None
    lines = [line.rstrip() for line in found.rest.text.split("\n")]
    assert lines == ["FROM xxxxxxxxxx:1", "", "RUN one xxxxxxx \\", "", " && two", ""]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", False),
        ("# only remarks\n", False),
        ("\n# a\nfrOM debian\n", True),
        ("ARG A\n\nfrom $A\n", True),
        ("COPY a b\n", False),
        ("copy that\n", False),
        ("defmodule Dockerfile do\n  FROM debian\n", False),
        ("{{ define }}\n", True),
        ("FROM a\n\0", False),
    ],
)
def test_how_a_dockerfile_begins(text: str, *, wanted: bool) -> None:
    assert is_dockerfile_text(text) is wanted
