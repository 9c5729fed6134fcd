"""What Compose files build."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import tree

from dlint.errors import DlintError
from dlint.project.compose import read_compose
from dlint.project.files import Worktree
from dlint.project.image import Image
from dlint.project.interpolation import dotenv, interpolate, unset, without_marks

DESCRIBED = Path(__file__).parent / "described"


def images(root: Path, path: str = "compose.yaml") -> dict[str, Image]:
    return read_compose(Worktree(root), path).images


def image(root: Path, text: str, **files: str) -> Image:
    """Return the one image of a Compose file."""
    tree(root, {"compose.yaml": text, **files})
    (found,) = images(root).values()
    return found


def test_a_whole_project() -> None:
    found = images(DESCRIBED, "shop/compose.yaml")
    assert list(found) == ["lint", "api", "web", "inline", "short", "worker", "remote", "borrowed"]
    assert found["api"] == Image(
        "api", "shop/compose.yaml", 14, "shop/api", "shop/api/Dockerfile", None, "final",
        args=(("PYTHON", "3.13"), ("RETRIES", "3"), ("RATIO", "1.5")),
        platforms=("linux/arm64",),
        tags=("registry.example/shop/api:1.4", "registry.example/shop/api:stable"),
    )  # fmt: skip
    assert found["web"] == Image(
        "web", "shop/compose.yaml", 21, "shop", "shop/web/Dockerfile",
        args=(("NODE", "23"), ("FROM_OUTSIDE", None), ("FROM_ENV", "file"), ("PRICE", "$5")),
        contexts=(("shared", "shop/common"), ("alpine", "docker-image://alpine:3.20")),
        platforms=("linux/amd64",),
        profiles=("front",),
    )  # fmt: skip
    assert found["inline"].inline == "FROM debian:12\nCOPY common /common\n"
    assert (found["inline"].dockerfile, found["inline"].context) == ("", "shop")
    assert found["worker"].target == "worker"
    assert dict(found["worker"].args)["DEBUG"] == "true"
    assert dict(found["worker"].args)["PYTHON"] == "3.12"  # the override comes after `extends`
    assert dict(found["worker"].args)["NESTED"] == "deep"
    assert found["borrowed"].context == "shop/web"
    assert dict(found["borrowed"].args) == {"LEVEL": "top", "DEPTH": "2"}
    assert dict(found["lint"].args) == {"VERSION": "7"}
    assert not found["remote"].is_local


def test_what_an_address_or_another_folder_is(tmp_path: Path) -> None:
    outside = image(tmp_path, "services: {a: {build: ../other}}\n")
    assert (outside.context, outside.is_local) == ("../other", False)
    assert image(tmp_path, "services: {a: {build: .}}\n").is_local
    assert not image(
        tmp_path, "services: {a: {build: {context: ., dockerfile: /etc/x}}}\n"
    ).is_local


def test_the_working_folder_is_the_projects(tmp_path: Path) -> None:
    text = "services: {a: {build: {context: $PWD, dockerfile: $PWD/docker/Dockerfile}}}\n"
    tree(tmp_path, {"deploy/compose.yaml": text})
    (found,) = images(tmp_path, "deploy/compose.yaml").values()
    assert (found.context, found.dockerfile) == ("deploy", "deploy/docker/Dockerfile")


def test_the_environment_of_the_process_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", "elsewhere")
    tree(
        tmp_path,
        {"compose.yaml": "services: {a: {build: {context: '${WHERE}', args: {A: '$WHERE'}}}}\n"},
    )
    described = read_compose(Worktree(tmp_path), "compose.yaml")
    found = described.images["a"]
    assert (found.context, found.unset, found.args) == (".", ("WHERE",), (("A", None),))
    assert described.notes == (
        "compose.yaml:1: nothing in the repository sets `WHERE`, so it is not known where `a` is built",
    )


def test_an_empty_name_is_the_dockerfile(tmp_path: Path) -> None:
    found = image(tmp_path, "services: {a: {build: {context: b, dockerfile: '${EMPTY:-}'}}}\n")
    assert (found.dockerfile, found.unset) == ("b/Dockerfile", ())


def test_only_the_folders_own_project_takes_its_override(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "docker-compose.yml": "services: {a: {build: a}}\n",
            "docker-compose.prod.yml": "services: {a: {build: {context: b}}}\n",
            "docker-compose.override.yml": "services: {a: {build: {target: dev}}}\n",
        },
    )
    assert images(tmp_path, "docker-compose.yml")["a"].target == "dev"
    assert images(tmp_path, "docker-compose.prod.yml")["a"].target == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: [", "compose.yaml: it is no YAML"),
        ("- a\n", "compose.yaml: it is not a table"),
        ("services:\n  a:\n    build: ${A\n", "compose.yaml:2: `${A` is not closed by `}`"),
        ("services:\n  a:\n    build: ${1}\n", "compose.yaml:2: `${1}` is not a variable"),
        ("services:\n  a: {extends: b}\n", "compose.yaml:2: `extends` matches no service"),
        ("services:\n  a: {extends: a}\n", "compose.yaml:2: `extends` leads on more than"),
        ("services: {a: {extends: {service: b, file: gone.yaml}}}", "compose.yaml:1: gone.yaml: No such"),
        ("include: [compose.yaml]\n", "compose.yaml:1: `include` leads on more than"),
        ("include: [../up.yaml]\n", "compose.yaml:1: `../up.yaml` is outside of the repository"),
    ],
)  # fmt: skip
def test_what_compose_refuses_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    tree(tmp_path, {"compose.yaml": text})
    with pytest.raises(DlintError) as raised:
        read_compose(Worktree(tmp_path), "compose.yaml")
    assert message in raised.value.message


def test_an_include_from_elsewhere_is_noted(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"compose.yaml": "include: [https://git.example/a.git]\nservices: {a: {build: .}}\n"},
    )
    described = read_compose(Worktree(tmp_path), "compose.yaml")
    assert list(described.images) == ["a"]
    assert described.notes == ("compose.yaml:1: `include` from elsewhere is not read",)


def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    tree(tmp_path, {"secret.yaml": "services: {x: {build: .}}\n", "repository/a": ""})
    (tmp_path / "repository/compose.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(DlintError, match="link out of"):
        read_compose(Worktree(tmp_path / "repository"), "compose.yaml")


def test_merge_keys_that_grow_are_refused(tmp_path: Path) -> None:
    rows = ["x-0: &a0 {" + ", ".join(f"k{at}: v" for at in range(1000)) + "}"]
    rows += [f"x-{at}: &a{at} {{<<: *a{at - 1}}}" for at in range(1, 200)]
    tree(tmp_path, {"compose.yaml": "\n".join(rows)})
    with pytest.raises(DlintError, match="`<<` brings more than"):
        read_compose(Worktree(tmp_path), "compose.yaml")


VALUES = {"SET": "value", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$SET-${SET}", "value-value"),
        ("$$SET $${SET}", "$SET ${SET}"),
        ("${EMPTY-x}|${EMPTY:-x}|${GONE-x}|${GONE:-x}", "|x|x|x"),
        ("${EMPTY+x}|${EMPTY:+x}|${SET:+x}|${GONE+x}", "x||x|"),
        ("${SET:?must}${EMPTY?must}", "value"),
        ("${GONE:-${SET:-no}}/${GONE:-a-$SET}", "value/a-value"),
        ("50% of $ 5", "50% of $ 5"),
    ],
)
def test_variables(text: str, value: str) -> None:
    assert interpolate(text, VALUES) == value


def test_variables_that_nothing_sets_leave_a_mark() -> None:
    filled = interpolate("a/$GONE/${OTHER:?must}/${EMPTY:?must}", VALUES)
    assert unset(filled) == ("GONE", "OTHER", "EMPTY")
    assert without_marks(filled) == "a///"


def test_env_files() -> None:
    text = (
        "# comment\nA=1 # one\nexport B='$A'\nC=\"$A-${D:-x}\\n\"\nD: 4\nE=$A$B\nA.B=2\nF=a#b\nG=\n"
    )
    assert dotenv(text, {"D": "outer"}) == {
        "A": "1", "B": "$A", "C": "1-outer\n", "D": "outer", "E": "1$A", "A.B": "2", "F": "a#b", "G": "",
    }  # fmt: skip


def test_caches(tmp_path: Path) -> None:
    text = (
        "services:\n  x:\n    build:\n      context: .\n"
        "      cache_to: ['type=gha,mode=max', 'type=registry,ref=${GONE}']\n"
        "      cache_from: ['r.local/x:${TAG:-1}']\n"
    )
    found = image(tmp_path, text)
    assert list(map(str, found.cache_to)) == ["type=gha,mode=max"]
    assert list(map(str, found.cache_from)) == ["type=registry,ref=r.local/x:1"]
