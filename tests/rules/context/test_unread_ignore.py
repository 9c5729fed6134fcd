"""Which ignore files are not read by any build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import RULES

from dlint.cli import main
from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

RULE = "context/unread-ignore"
GIT = ".git/HEAD: ref: refs/heads/main\n.git/objects/\n.git/refs/\n"
SERVICE = r"services:\n a:\n  build:\n   context: {}\n   dockerfile: {}\n"
BUILT = f"{GIT}compose.yaml: {SERVICE.format('.', 'web/Dockerfile')}\n"
PUSH = "docker build -f web/Dockerfile -t ghcr.io/me/web . && docker push ghcr.io/me/web"
REPORT = "web/report/run.html 2MB\nweb/.dockerignore: report\n"
COPY = "FROM nginx:1.27.0\nCOPY web /site\n"


def found(folder: Path, listing: str, text: str = COPY, path: str = "web") -> list[Diagnostic]:
    (folder / path).mkdir(parents=True, exist_ok=True)
    (folder / path / "Dockerfile").write_text(text)
    write_context(folder, listing)
    checker = Checker(Spec(Overrides(isolated=True, select=(RULE,))), RULES)
    return list(checker.check(Task((folder / path / "Dockerfile").as_posix())).diagnostics)


def test_files_that_it_names_are_copied(tmp_path: Path) -> None:
    listing = f"{BUILT}ci.sh: {PUSH}\nweb/report/run.html 2MB\n"
    [told] = found(tmp_path, listing + r"web/.dockerignore: # mine\n*.md\nreport")
    assert told.message == (
        "no build reads this ignore file, because the build context is `.`, so `report` excludes"
        " nothing; 2 MB of such files are copied"
    )
    assert told.help == "add the patterns to `.dockerignore` as paths from there: `web/report`"
    assert told.place.path.endswith("web/.dockerignore")
    assert (told.place.start.line, told.severity.name) == (3, "WARNING")


@pytest.mark.parametrize(
    ("listing", "is_told"),
    [
        ("web/.dockerignore: bin\n.gitignore: bin\n", True),
        ("web/.dockerignore: **/obj\n.gitignore: obj\n", True),
        ("web/.dockerignore: bin\n", False),
        ("web/.dockerignore: notes\n.gitignore: notes\n", False),
        ("web/.dockerignore: bin\n.gitignore: bin\n.dockerignore: **/bin\n", False),
        ("web/.dockerignore: bin\n.gitignore: bin\nweb/Dockerfile.dockerignore: a\n", False),
        ("web/.dockerignore: bin\\n!bin\n.gitignore: bin\n", False),
    ],
    ids=["ignored", "anywhere", "not", "no-tool-s", "excluded-there", "own", "taken-in"],
)
def test_a_local_build_will_create_it(tmp_path: Path, listing: str, *, is_told: bool) -> None:
    told = found(tmp_path, BUILT + listing)
    assert [each.severity.name for each in told] == ["INFO"] * is_told


@pytest.mark.parametrize(
    "listing",
    [
        GIT + REPORT,
        f"{GIT}compose.yaml: {SERVICE.format('web', 'Dockerfile')}\n{REPORT}",
        f"{BUILT}{REPORT}ci.sh: docker build web\n",
        f"{BUILT}{REPORT}README.md: `docker build web`\n",
        f"{BUILT}{REPORT}ci.sh: docker build -f web/Dockerfile $WHERE\n",
        f"{BUILT}{REPORT}ci.sh: cp web/.dockerignore .\n",
        f"{BUILT}{REPORT}web/dev.Dockerfile: FROM nginx:1.27.0\n",
        f"{BUILT}{REPORT}web/fly.toml: app = 'web'\n",
        f"{BUILT}{REPORT}.dockerignore: web/report\n",
        f"{BUILT}web/run.html 2kB\nweb/.dockerignore: run.html\n",
        f"{BUILT}web/Dockerfile.old 2MB\nweb/.dockerignore: Dockerfile*\n",
    ],
    ids=[
        *("no-build", "own-context", "also-own", "documented", "hidden", "copied", "unbuilt"),
        *("service", "done", "few-bytes", "dockerfiles"),
    ],
)
def test_it_is_read_or_may_be_or_excludes_nothing(tmp_path: Path, listing: str) -> None:
    assert found(tmp_path, listing) == []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("FROM nginx:1.27.0\nCOPY . /site\n", True),
        ('FROM nginx:1.27.0\nCOPY ["/web/", "/site"]\n', True),
        ("FROM nginx:1.27.0\nCOPY web/* /site/\n", True),
        ("FROM nginx:1.27.0\nCOPY web/report /site\n", False),
        ("FROM nginx:1.27.0\nCOPY web /site\nCOPY web/report /report\n", False),
        ("FROM nginx:1.27.0\nCOPY --exclude=report web /site\n", False),
        ("FROM nginx:1.27.0\nCOPY web/index.html /site\n", False),
        ("FROM nginx:1.27.0\nCOPY --from=other web /site\n", False),
    ],
)
def test_only_a_copy_of_a_folder_takes_it_unasked(
    tmp_path: Path, text: str, *, is_told: bool
) -> None:
    assert bool(found(tmp_path, f"{BUILT}{REPORT}web/index.html\n", text)) is is_told


def test_it_may_be_written_for_the_whole_context(tmp_path: Path) -> None:
    listing = (
        f"{GIT}compose.yaml: {SERVICE.format('.', 'docker/Dockerfile')}\n"
        ".gitignore: bin\ndocker/.dockerignore: **/bin\nsrc/a.cs\n"
    )
    [told] = found(tmp_path, listing, "FROM debian:12.6\nCOPY src /src\n", "docker")
    assert told.help == "add the patterns to `.dockerignore` as paths from there: `**/bin`"


def test_all_of_one_context_are_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = SERVICE.format(".", "web/Dockerfile")
    services += r" b:\n  build:\n   context: .\n   dockerfile: api/Dockerfile\n"
    listing = f"{GIT}compose.yaml: {services}\n{REPORT}api/.dockerignore: bin\n"
    write_context(tmp_path, f"{listing}.gitignore: bin\nci.sh: {PUSH}\napi/a.cs\n")
    for name in ("api", "web"):
        (tmp_path / name / "Dockerfile").write_text(f"FROM debian:12.6\nCOPY {name} /x\n")
    monkeypatch.chdir(tmp_path)
    main(["check", "--isolated", "--select", RULE, "--no-push"])
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("web/.dockerignore:1:1: warning")
    assert "no build reads this ignore file and 1 more" in line
