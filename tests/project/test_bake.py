"""What Bake files build."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import tree

from dlint.errors import DlintError
from dlint.project.bake import describe, read_bake
from dlint.project.files import Worktree
from dlint.project.image import Image
from dlint.project.images import every_project

DESCRIBED = Path(__file__).parent / "described"


def one(text: str, path: str = "docker-bake.hcl") -> Image:
    return describe([(path, text)]).images["x"]


def attribute(expression: str, before: str = "") -> tuple[str, ...]:
    """Return what a list of tags is worth."""
    return one(f'{before}\ntarget "x" {{\n  tags = {expression}\n}}\n').tags


def test_a_whole_project() -> None:
    found = read_bake(Worktree(DESCRIBED), "bake/docker-bake.hcl")
    tools = ("tools-3-12-slim", "tools-3-12-full", "tools-3-13-slim", "tools-3-13-full")
    assert found.groups["tools"] == tools
    assert found.default == ("api", "web", *tools)
    assert found.images["api"] == Image(
        "api", "bake/docker-bake.hcl", 41, "bake/api", "bake/api/Dockerfile", None, "final",
        args=(("PYTHON", "3.11"), ("DEBUG", "false"), ("RETRIES", "3"), ("OVER", "true")),
        contexts=(("base", "target:base"), ("shared", "shared"), ("alpine", "docker-image://alpine:3.20")),
        platforms=("linux/amd64", "linux/arm64"),
        tags=("registry.example/shop/api:1.4",),
    )  # fmt: skip
    assert found.images["web"].dockerfile == "bake/api/web.front.end.Dockerfile"
    assert found.images["web"].tags == ("A", "B")
    slim = found.images["tools-3-13-slim"]
    assert dict(slim.args) == {"VERSION": "3.13", "KIND": "slim"}
    assert slim.tags == ("registry.example/shop/tools:3",)
    assert found.images["inline"].inline == 'FROM debian:12\nRUN echo "1.4 ${not_filled}"\n'
    assert not found.notes


def test_json() -> None:
    found = read_bake(Worktree(DESCRIBED), "bake/docker-bake.release.json")
    assert found.default == ("app",)
    app = found.images["app"]
    assert (app.context, dict(app.args)) == ("bake/app", {"A": "1", "B": "x-2.0"})
    assert (app.target, app.tags) == ("final", ("registry.example/app:2.0",))


def test_patterns_for_others_are_not_built_where_no_group_says_what_is() -> None:
    text = 'target "_base" {}\ntarget "common" {}\ntarget "x" { inherits = ["common"] }\n'
    assert describe([("docker-bake.hcl", text)]).default == ("x",)


def test_a_pattern_that_says_nothing_of_what_is_built_is_no_image() -> None:
    base = 'target "meta" {{\n  {}\n}}\ntarget "x" {{\n  inherits = ["meta"]\n}}\n'
    group = 'group "default" {\n  targets = ["meta"]\n}\n'
    bare, told = (base.format(each) for each in ('tags = ["a"]', 'context = "web"'))
    for text, names in ((bare, {"x"}), (told, {"x", "meta"}), (bare + group, {"x", "meta"})):
        assert describe([("docker-bake.hcl", text)]).images.keys() == names


@pytest.mark.parametrize(
    ("default", "targets"),
    [("$LIBC", ("gnu", "musl")), ("${LIBC}", None), ("", ("gnu",)), ("-musl", ("musl",))],
)
def test_a_target_may_be_either_where_the_environment_decides(
    default: str, targets: tuple[str, ...] | None
) -> None:
    choice = 'target "x" {\n  target = equal("", "${LIBC}") ? "gnu" : "musl"\n}\n'
    found = one(f'variable "LIBC" {{\n  default = "{default}"\n}}\n{choice}')
    if targets is None:  # a variable that is made of itself
        assert found.unset == ("target",)
    else:
        assert (found.target, *found.other_targets) == targets


@pytest.mark.parametrize(
    ("expression", "tags"),
    [
        ('["a${1 + 2}", "b"]', ("a3", "b")),
        ('[upper("a"), lower("B"), title("ab")]', ("A", "b", "Ab")),
        ('concat(["a"], ["b"])', ("a", "b")),
        ('compact(["", "a"])', ("a",)),
        ('flatten([["a"], [["b"]]])', ("a", "b")),
        ('split(",", "a,b")', ("a", "b")),
        ('[join("-", ["a", "b"], ["c"])]', ("a-b-c",)),
        ('[replace("a.b.c", ".", "-"), substr("abc", 1, 1)]', ("a-b-c", "b")),
        ('equal(1, 1) && !false ? ["yes"] : ["no"]', ("yes",)),
        ('[try(nothing, "a"), can(nothing) ? "b" : "c"]', ("a", "c")),
        ('[for k, v in {a = 1, b = 2} : "${k}${v}" if v > 1]', ("b2",)),
        ('[coalesce(null, "a"), element(["x", "y"], 3), "${max(1, 3)}"]', ("a", "y", "3")),
        ('[index({"1" = "a"}, 1), ["p", "q"][1], {c = "d"}.c]', ("a", "q", "d")),
        ('[sha256("a")]', ("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",)),
        ('["$${A}", "%%{B}", "\\"q\\\\"]', ("${A}", "%{B}", '"q\\')),
    ],
)
def test_expressions(expression: str, tags: tuple[str, ...]) -> None:
    assert attribute(expression) == tags


@pytest.mark.parametrize(
    "expression",
    [
        "[timestamp()]",
        "[uuidv4()]",
        "[nothing]",
        '["a" * 1000000000]',
        '[format("%99999999d", 1)]',
        '["%{ if true }a%{ endif }"]',
        "[f(1)]",
    ],
)
def test_what_cannot_be_told_is_noted(expression: str) -> None:
    function = 'function "f" {\n  params = [x]\n  result = f(x)\n}\n'
    found = describe(
        [
            (
                "docker-bake.hcl",
                f'{function}target "x" {{\n  tags = {expression}\n  context = "a"\n}}',
            )
        ]
    )
    assert (found.images["x"].tags, found.images["x"].context) == ((), "a")
    assert found.notes[0].startswith("docker-bake.hcl: x: `tags` is not known: ")


def test_one_argument_may_be_unknown_where_the_others_are_not() -> None:
    found = one('target "x" {\n  args = { DAY = timestamp(), A = "a", B = null }\n}\n')
    assert found.args == (("DAY", None), ("A", "a"))


@pytest.mark.parametrize(
    "grown",
    ['"${v%d}${v%d}"', "[v%d, v%d]", "v%d * v%d", "concat(v%d, v%d)"],
    ids=["texts", "lists", "numbers", "joined"],
)
def test_values_that_grow_are_unknown(grown: str) -> None:
    start = {"v": "9", "c": '["a"]'}.get(grown[0], '"ab"')
    variables = "\n".join(
        f'variable "v{at + 1}" {{ default = {grown % (at, at)} }}' for at in range(25)
    )
    before = f'variable "v0" {{ default = {start} }}\n{variables}'
    assert attribute("[jsonencode(v25)]", before) == ()


def test_what_decides_the_place_and_is_unknown_is_told_of_the_image() -> None:
    found = one('target "x" {\n  context = timestamp()\n  target = nothing\n}\n')
    assert set(found.unset) == {"context", "target"}


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("docker-bake.hcl", 'target "x" {\n  a =\n}\n', "docker-bake.hcl: line 2, column"),
        ("docker-bake.hcl", "(" * 300, "it is too large, or nests too deep"),
        ("docker-bake.json", "{", "docker-bake.json: it is no JSON"),
    ],
)
def test_damaged_files(tmp_path: Path, path: str, text: str, message: str) -> None:
    tree(tmp_path, {path: text})
    with pytest.raises(DlintError) as raised:
        read_bake(Worktree(tmp_path), path)
    assert message in raised.value.message


def test_the_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "elsewhere")
    assert attribute('["a:${TAG}"]', 'variable "TAG" { default = "here" }') == ("a:here",)


def test_caches_are_texts_or_tables() -> None:
    found = one(
        'variable "REF" { default = "r.local/app" }\n'
        'target "base" { cache-from = ["r.local/base:cache"] }\n'
        'target "x" {\n  inherits = ["base"]\n'
        '  cache-to = ["type=registry,ref=${REF}:cache,mode=max", {type = "gha", scope = "x"},'
        ' "type=gone"]\n}\n'
    )
    assert list(map(str, found.cache_to)) == [
        "type=registry,ref=r.local/app:cache,mode=max",
        "type=gha,scope=x",
    ]
    assert list(map(str, found.cache_from)) == ["type=registry,ref=r.local/base:cache"]


def test_a_file_of_any_name_is_told_by_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "images/web.hcl").write_text('target web { tags = ["web"] }\n')
    (tmp_path / "images/cluster.hcl").write_text('job "web" { group "web" { count = 2 } }\n')
    projects = [each for each in every_project(tmp_path) if not isinstance(each, DlintError)]
    (project,) = projects
    assert (list(project.described.images), project.described.images["web"].context) == (
        ["web"],
        ".",
    )
