"""Which files are Dockerfiles, and what a search finds."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from house import ENVIRONMENT, PROJECT, commit
from support import tree

from dlint import DlintError
from dlint.config.settings import Configs, Overrides
from dlint.project import bake, compose, recipes
from dlint.project.discovery import discover, search
from dlint.project.inputs import MANIFEST, is_input
from dlint.project.purpose import LEFT_OUT, TAKEN, is_dockerfile

GOOD = """
Dockerfile dockerfile Dockerfile.prod Dockerfile-dev Dockerfile_dev app.Dockerfile app.dockerfile Containerfile
Containerfile.dev api.containerfile DOCKERFILE Dockerfile.in Dockerfile.go a/b/Dockerfile my.app.Dockerfile
DockerfileAlpine Dockerfile2
"""
BAD = """
Dockerfile.dockerignore .dockerignore Dockerfile.md Dockerfile.json Dockerfile.alpine.j2 dockerfile.go
Dockerfile-debian.template Dockerfile.erb
Dockerfile.png dockerfile.ex dockerfile_test.exs Dockerfile.swp Dockerfile~ app.dockerfile.bak Dockerfile.rej
dockerfile_parser.py MyDockerfile Dockerfiles DockerfileParser.java dockerfileparser dockerfile/README Dockerfile.d/run.sh
"""


@pytest.mark.parametrize("path", GOOD.split())
def test_names_that_are_taken(path: str) -> None:
    assert is_dockerfile(path)


@pytest.mark.parametrize("path", BAD.split())
def test_names_that_are_not(path: str) -> None:
    assert not is_dockerfile(path)


def test_the_hooks_take_the_same_names() -> None:
    hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    checking, fixing = (hook for hook in hooks if hook["id"] in {"dlint", "dlint-fix"})
    for hook in (checking, fixing):
        patterns = [re.compile(hook[key]) for key in ("files", "exclude")]
        for path in (*GOOD.split(), *BAD.split()):
            taken, left_out = (bool(pattern.search(path)) for pattern in patterns)
            wanted = is_dockerfile(path) or (hook is checking and is_input(path))
            assert (taken and not left_out) == wanted, path
    assert (fixing["files"], fixing["exclude"]) == (TAKEN.pattern, LEFT_OUT.pattern)
    parts = (TAKEN, compose.NAMED, bake.NAMED, MANIFEST)
    for part in parts:
        assert part.pattern.removeprefix("(?i)") in "".join(checking["files"].split())
    named = LEFT_OUT.pattern.replace("\\.(dockerignore|", r"(docker|container)file[^/]*\.(", 1)
    assert "".join(checking["exclude"].split()) == f"(?x){named}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in __import__("os").environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return tmp_path


def found(*paths: str, force_exclude: bool = False, **overrides: tuple[str, ...]) -> list[str]:
    return discover(
        paths, Configs(dict, Overrides(**overrides)).is_excluded, force_exclude=force_exclude
    )


def test_a_search_without_git(here: Path) -> None:
    wanted = {
        "Dockerfile": "",
        "b/app.dockerfile": "",
        "a/Containerfile": "",
        ".hidden/Dockerfile": "",
    }
    unwanted = (
        "node_modules/x/Dockerfile",
        ".venv/Dockerfile",
        "env/Dockerfile",
        ".git/Dockerfile",
        "Dockerfile.md",
    )
    tree(here, wanted | dict.fromkeys(unwanted, "") | {"env/pyvenv.cfg": ""})
    assert found(".") == [".hidden/Dockerfile", "Dockerfile", "a/Containerfile", "b/app.dockerfile"]
    assert found("b") == ["b/app.dockerfile"]
    assert found(str(here / "b")) == [f"{here}/b/app.dockerfile"]


def test_content_decides_where_a_name_is_loose(here: Path) -> None:
    wanted = {
        "Dockerfile": "",
        "Dockerfile.dev": "# syntax=docker/dockerfile:1\n\n  arg A=1\nFROM a:$A\n",
        "app.dockerfile": "",
        "app.Dockerfile.j2": "{% if a %}\nFROM a\n{% endif %}\n",
        "Dockerfile.tmpl": "FROM {{ .Base }}\n",
    }
    unwanted = {
        "dockerfile_lexer": "import re\n",
        "Dockerfile.notes": "How it is built\n",
        "Dockerfile.template": "# prose\n\nand more\n",
        "Dockerfile.0": "b0VIM\0\0FROM a\n",
        "Dockerfile.empty": "# nothing\n",
        "Dockerfile-part": "RUN true\n",
        "colored/Dockerfile": "\x1b[38;5;1mFROM\x1b[0m alpine\n",
    }
    tree(here, wanted | unwanted)
    assert found(".") == sorted(wanted)
    assert found("Dockerfile.notes") == ["Dockerfile.notes"]  # what is named is one


def test_a_loose_name_of_a_long_file_is_judged_by_its_beginning(here: Path) -> None:
    long = "x" * 1_100_000
    tree(
        here,
        {
            "dockerfile-0.1.plugin": f"\0asm{long}",
            "Dockerfile.notes": long,
            "Dockerfile.long": f"FROM a\n# {long}\n",
            "b/Dockerfile": long,
        },
    )
    assert found(".") == ["Dockerfile.long", "b/Dockerfile"]  # the check says that they are long
    assert found("Dockerfile.notes") == ["Dockerfile.notes"]


def test_git_decides_what_belongs_to_the_repository(here: Path) -> None:
    tree(
        here,
        {"Dockerfile": "", "gone/Dockerfile": "", ".gitignore": "ignored/\n*.local.Dockerfile\n"},
    )
    commit(here)
    (here / "gone" / "Dockerfile").unlink()
    tree(
        here,
        {
            "new/Dockerfile": "",
            "ignored/Dockerfile": "",
            "my.local.Dockerfile": "",
            "node_modules/a/Dockerfile": "",
            "ü/Dockerfile": "",
        },
    )
    assert found(".") == [
        "Dockerfile",
        "new/Dockerfile",
        "node_modules/a/Dockerfile",
        "ü/Dockerfile",
    ]
    assert found("new") == ["new/Dockerfile"]


def test_a_tracked_file_stays_though_a_pattern_ignores_it(here: Path) -> None:
    tree(here, {"build/Dockerfile": ""})
    commit(here)
    tree(here, {".gitignore": "build\n"})
    assert found(".") == ["build/Dockerfile"]


def test_a_link_to_a_dockerfile_that_is_found_is_not_told_twice(here: Path) -> None:
    tree(here, {"docker/Dockerfile.debian": "FROM debian\n", "other/base": "FROM debian\n"})
    (here / "Dockerfile").symlink_to("docker/Dockerfile.debian")
    (here / "other" / "Dockerfile").symlink_to("base")
    assert found(".") == ["docker/Dockerfile.debian", "other/Dockerfile"]


def test_a_link_to_a_dockerfile_is_one_and_a_dangling_one_is_none(here: Path) -> None:
    tree(here, {"docker/base": ""})
    (here / "Dockerfile").symlink_to("docker/base")
    (here / "Dockerfile.gone").symlink_to("nowhere")
    commit(here)
    assert found(".") == ["Dockerfile"]


def test_git_runs_nothing_that_the_repository_names(here: Path) -> None:
    tree(here, {"Dockerfile": "", "evil.sh": "#!/bin/sh\ntouch '$PWD/pwned'\n"})
    commit(here)
    (here / "evil.sh").write_text(f"#!/bin/sh\ntouch {here}/pwned\n")
    (here / "evil.sh").chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor"):
        subprocess.run(
            ["git", "config", name, f"{here}/evil.sh"], cwd=here, check=True, env=ENVIRONMENT
        )
    assert [path.as_posix() for path in search(Path())] == ["Dockerfile"]
    assert not (here / "pwned").exists()


def test_a_git_hooks_variables_do_not_lead_elsewhere(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(here, {"one/Dockerfile": "", "two/x.Dockerfile": ""})
    commit(here / "one")
    commit(here / "two")
    monkeypatch.setenv("GIT_DIR", f"{here}/one/.git")
    monkeypatch.setenv("GIT_INDEX_FILE", f"{here}/one/.git/index")
    assert found("two") == ["two/x.Dockerfile"]


def test_named_files_are_always_taken(here: Path) -> None:
    tree(here, {"notes.txt": "", "vendor/Dockerfile": "", "Dockerfile": ""})
    assert found("notes.txt", "vendor/Dockerfile", exclude=("vendor",)) == [
        "notes.txt",
        "vendor/Dockerfile",
    ]
    assert found("notes.txt", "vendor/Dockerfile", exclude=("vendor",), force_exclude=True) == [
        "notes.txt"
    ]
    assert found(".", exclude=("vendor",)) == ["Dockerfile"]


def test_nothing_is_taken_twice(here: Path) -> None:
    tree(here, {"a/Dockerfile": ""})
    assert found("a", "./a/Dockerfile", ".", "-") == ["a/Dockerfile", "-"]


def test_a_named_path_must_exist(here: Path) -> None:
    with pytest.raises(DlintError, match="nope/Dockerfile: no such file or folder"):
        found("nope/Dockerfile")
    assert not list(here.iterdir())


def test_a_named_link_that_leads_nowhere_keeps_the_others(here: Path) -> None:
    tree(here, {"Dockerfile": ""})
    (here / "loop").symlink_to("loop")
    assert found("loop", "Dockerfile") == ["loop", "Dockerfile"]


def test_folders_deeper_than_a_path_may_be_long_are_searched_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"Dockerfile": "FROM a\n"})
    monkeypatch.chdir(tmp_path)
    name = "d" * 250
    try:
        for _ in range(20):
            Path(name).mkdir()
            os.chdir(name)
    finally:
        os.chdir(tmp_path)
    try:
        assert [path.name for path in search(Path())] == ["Dockerfile"]
    finally:
        subprocess.run(["rm", "-rf", name], check=True)


def test_exclude_of_the_nearest_configuration(here: Path) -> None:
    tree(
        here,
        {
            "app/dlint.toml": "exclude = ['old']\n",
            "app/old/Dockerfile": "",
            "old/Dockerfile": "",
            "app/Dockerfile": "",
        },
    )
    assert found(".") == ["app/Dockerfile", "old/Dockerfile"]


def test_a_folder_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:  # as any user but the superuser would meet
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("dlint.project.discovery.os.scandir", refuse)
    with pytest.raises(DlintError, match="Permission denied"):
        discover([str(tmp_path)], lambda _: False)


def test_a_folder_further_down_that_cannot_be_read_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_file = Path.is_file

    def refuse(path: Path) -> bool:  # as any user but the superuser would meet
        if path.parent.name == "data":
            raise PermissionError(13, "Permission denied", path)
        return is_file(path)

    (tmp_path / "data").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setattr(Path, "is_file", refuse)
    assert discover([str(tmp_path)], lambda _: False) == [(tmp_path / "Dockerfile").as_posix()]


@pytest.mark.parametrize(("marker", "found"), [("autoload.php", 0), ("modules.txt", 0), ("x", 1)])
def test_dependencies_in_the_repository_are_not_its_own(
    here: Path, marker: str, found: int
) -> None:
    package = here / "lib" / "vendor" / "acme" / "tool"
    package.mkdir(parents=True)
    (package / "Dockerfile").write_text("FROM scratch\n")
    (here / "lib" / "vendor" / marker).write_text("")
    assert len(search(here / "lib")) == found


def test_a_recipe_tells_that_a_file_of_another_name_is_one(here: Path) -> None:
    text = "FROM debian:12\n"
    tree(
        here,
        {
            **{f"demo/{name}Dockerfile": text for name in ("Demo", "Slim", "Spare")},
            "demo/DataDockerfile": "[]\n",
            "Makefile": "a:\n\tdocker build -f demo/DemoDockerfile .\n"
            "\tdocker build -f demo/DataDockerfile .\n",
            "compose.yaml": "services:\n  slim:\n    build:\n      context: demo\n"
            "      dockerfile: SlimDockerfile\n",
            "app/Dockerfile": text,
        },
    )
    commit(here)
    named = ["demo/DemoDockerfile", "demo/SlimDockerfile"]
    assert found(".") == ["app/Dockerfile", *named]
    assert found("demo") == named


IMAGE = "FROM debian:12\n"
WORKFLOW = (
    "on: push\njobs:\n  base:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: docker/build-push-action@v6\n        with:\n          file: {}\n"
)


@pytest.mark.parametrize(
    ("path", "recipe"),
    [
        (".github/workflows/base.yml", WORKFLOW.format("./docker/Base")),
        (".github/workflows/base.yml", WORKFLOW.format("./docker/$BASE")),
        ("Makefile", "base:\n\tdocker build -f docker/Base .\n"),
        ("compose.yaml", "services:\n  a:\n    build: {context: ., dockerfile: docker/Base}\n"),
        ("docker-bake.hcl", 'target "a" {\n  dockerfile = "docker/Base"\n}\n'),
    ],
)
def test_a_recipe_may_build_a_file_whatever_it_is_called(
    here: Path, path: str, recipe: str
) -> None:
    tree(here, {"docker/Base": IMAGE, "docker/Other": IMAGE, path: recipe})
    wanted = [] if "$" in recipe else ["docker/Base"]
    if "/" not in path:
        assert found(".") == wanted  # without git
    commit(here)
    recipes.forget()
    assert found(".") == found("docker") == wanted
    (here / "elsewhere").mkdir()
    assert found("elsewhere") == []


@pytest.mark.parametrize(
    ("files", "ignored"),
    [
        ({"docker/Base": IMAGE}, "docker/Base"),
        ({"docker/Base": "#!/bin/sh\nexit 1\n"}, ""),  # is none
        ({"docker/Base.md": IMAGE}, ""),
        ({"docker/other/Base": IMAGE}, ""),
        ({"docker/Base/Dockerfile.txt": IMAGE}, ""),
    ],
)
def test_what_a_recipe_builds_has_to_be_a_dockerfile_of_the_repository(
    here: Path, files: dict[str, str], ignored: str
) -> None:
    name = "docker/Base.md" if "docker/Base.md" in files else "docker/Base"
    recipe = f"base:\n\tdocker build -f {name} .\n"
    tree(here, {**files, "Makefile": recipe, ".gitignore": f"{ignored}\n"})
    commit(here)
    assert found(".") == []


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd"])
@pytest.mark.parametrize("is_folder", [False, True])
def test_no_recipe_leads_out_of_the_repository(here: Path, target: str, *, is_folder: bool) -> None:
    (here.parent / "outside").mkdir(exist_ok=True)
    (here.parent / "outside/Base").write_text(IMAGE)
    lines = ("-f docker/Base .", "-f ../outside/Base .", "-f /etc/passwd .")
    recipe = "".join(f"\tdocker build {each}\n" for each in lines)
    tree(here, {"Makefile": f"base:\n{recipe}", "docker/README": ""})
    if is_folder:
        (here / "docker/README").unlink()
        (here / "docker").rmdir()
        (here / "docker").symlink_to(here.parent / "outside")
    else:
        (here / "docker/Base").symlink_to(target if target[0] == "/" else "../../outside/Base")
    assert found(".") == []
    commit(here)
    recipes.forget()
    assert found(".") == []


def test_what_is_excluded_is_none_though_a_recipe_builds_it(here: Path) -> None:
    recipe = "base:\n\tdocker build -f docker/Base .\n\tdocker build -f demo/Base .\n"
    settings = "exclude = ['docker/**']\n"
    tree(here, {"docker/Base": IMAGE, "demo/Base": IMAGE, "Makefile": recipe})
    assert found(".") == ["demo/Base", "docker/Base"]
    (here / "dlint.toml").write_text(settings)
    assert found(".") == ["demo/Base"]
