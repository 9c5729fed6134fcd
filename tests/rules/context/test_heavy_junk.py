"""What tools left or will leave in what a COPY takes, with and without git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, git, severities

from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"
NODE = "FROM node:22.4-slim\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"


@pytest.mark.parametrize(
    ("text", "listing", "wanted"),
    [
        (NODE, "package.json\nnode_modules/a/index.js 2MB\n", [(5, "warning")]),
        (NODE, "package.json\nweb/node_modules/a/index.js 2MB\n", [(5, "warning")]),
        (NODE, "package.json\nnode_modules/a/index.js 2kB\n", [(5, "info")]),
        (NODE, "package.json\nnode_modules/a/index.js 2MB\n.dockerignore: node_modules\n", []),
        # installed outside on purpose
        (COPY_ALL, "package.json\nnode_modules/a/index.js 2MB\n", []),
        (NODE + "COPY node_modules node_modules\n", "package.json\n", []),
        # a name that doesn't tell by itself, and no git to ask
        (
            NODE + "RUN npm run build\n",
            "package.json\ndist/app.js 2MB\n.dockerignore: node_modules\n",
            [],
        ),
        (COPY_ALL, "app.log 2MB\n", []),
        (COPY_ALL, "__pycache__/a.pyc 2MB\n", [(2, "warning")]),
        ("FROM debian:12 AS dead\nCOPY . /app\nFROM scratch\n", "__pycache__/a.pyc 2MB\n", []),
    ],
)
def test_junk(tmp_path: Path, text: str, listing: str, wanted: list[tuple[int, str]]) -> None:
    assert severities(check(tmp_path, "context/heavy-junk", text, listing)) == wanted


def test_who_may_build_without_an_install_brings_what_it_makes(tmp_path: Path) -> None:
    run = 'RUN if [ "$INSTALL" = 1 ]; then npm ci; fi'
    text = NODE.replace("RUN npm ci", f"ARG INSTALL=1\n{run}")
    assert check(tmp_path, "context/heavy-junk", text, "package.json\n") == []
    text = NODE.replace("RUN npm ci", "RUN if [ -f yarn.lock ]; then yarn; else npm ci; fi")
    assert len(check(tmp_path, "context/heavy-junk", text, "package.json\n")) == 1


def test_who_may_build_elsewhere_brings_what_the_image_is_made_of(tmp_path: Path) -> None:
    listing = "package.json: {}\npages/a.js\n.next/server.js 2MB\n"
    text = "FROM node:22\nARG PREBUILT\nCOPY . .\nRUN {}\n"
    optional = 'if [ "$PREBUILT" != "yes" ]; then npm run build; fi'
    for run, found in ((optional, 0), (f"{optional} && npm run build", 1)):
        assert len(check(tmp_path, "context/heavy-junk", text.format(run), listing)) == found


def test_what_another_instruction_names_stays_in_the_context(tmp_path: Path) -> None:
    copy = "FROM debian:12\nCOPY {} /app\n"
    for at, (other, wanted) in enumerate(
        (
            ("node_modules/shop", []),
            ("./node_modules", []),
            ("src", [(5, "info")]),
            ("https://example.com/node_modules/a", [(5, "info")]),
        )
    ):
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "Dockerfile.release").write_text(copy.format(other), encoding="utf-8")
        assert (
            severities(check(folder, "context/heavy-junk", NODE, ".git/HEAD: x\npackage.json\n"))
            == wanted
        )


def test_git_tells_output_from_what_is_kept(tmp_path: Path) -> None:
    listing = "package.json\n.gitignore: dist\ndist/app.js 2MB\napp.log 2MB\nbuild/kept.js 2MB\n"
    write_context(tmp_path, listing)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "package.json", ".gitignore", "build")
    git(tmp_path, "commit", "-qm", "x")
    text = NODE + "RUN npm run build\n"
    [found] = check(tmp_path, "context/heavy-junk", text)
    assert found.repair is not None
    assert sorted(found.repair.edits[0].text.split()) == ["app.log", "dist"]
    assert found.repair.safety == "unsafe"  # git doesn't leave app.log out
    (tmp_path / "app.log").unlink()
    [found] = check(tmp_path, "context/heavy-junk", text)
    assert found.repair is not None
    assert found.repair.safety == "safe"
    # Nothing here builds: what was built outside is copied on purpose.
    assert check(tmp_path, "context/heavy-junk", NODE, ".dockerignore: node_modules\n") == []


@pytest.mark.parametrize(
    ("text", "listing", "hit"),
    [
        (NODE, "package.json\na.js\n", "`node_modules`"),
        (NODE, "package.json\na.js\n.dockerignore: .git\n", "`node_modules`"),
        (NODE, "package.json\na.js\n.dockerignore: **/node_modules\n", ""),
        # one that nothing is installed from, and a template
        (
            "FROM node:22\nWORKDIR /app\nRUN npm i -g a\nCOPY . .\n",
            "etc/package.json\na.js\n",
            "",
        ),
        (
            "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN cp etc/package.json . && npm i\n",
            "etc/package.json\na.js\n",
            "",
        ),
        (
            "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN cd b/web && npm ci\n",
            "a/package.json\nb/web/package.json\n",
            "`b/web/node_modules`",
        ),
        (NODE, "package.json\na.js\n.dockerignore: node_modules/*\n", ""),
        (NODE, "package.json\na.js\n.dockerignore: *\\n!a.js\\n!package.json\n", ""),
        (
            COPY_ALL,
            "package.json\na.js\n",
            "",
        ),  # nothing is installed: what the folder holds is meant
        ("FROM python:3.12\nCOPY . .\nRUN pip install flask\n", "package.json\na.js\n", ""),
        ("FROM rust:1.80\nCOPY . .\nRUN cargo build\n", "Cargo.toml\nsrc/main.rs\n", "`target`"),
        (
            "FROM a/sdk:8\nCOPY . .\nRUN dotnet publish\n",
            "w/W.csproj\nw/a.cs\n",
            "`w/bin` and `w/obj`",
        ),
        (
            "FROM node:22\nCOPY web web\nRUN cd web && npm ci\n",
            "web/package.json\nweb/a.js\n",
            "`web/node_modules`",
        ),
        # what stands in no folder that is copied, or only the files of which are
        (
            "FROM node:22\nCOPY package.json .\nRUN npm ci\nCOPY web web\n",
            "package.json\nweb/a.js\n",
            "",
        ),
        (
            "FROM node:22\nCOPY web/package.json web/*.js web/\nRUN cd web && npm ci\n",
            "web/package.json\nweb/a.js\n",
            "",
        ),
        (
            "FROM node:22\nCOPY web web\nRUN cd web && npm ci\nCOPY web /srv\n",  # told once
            "web/package.json\nweb/a.js\n",
            "`web/node_modules`",
        ),
        ("FROM nginx:1.27\nCOPY web /srv\n", "web/package.json\nweb/a.js\n", ""),
    ],
)
def test_what_a_local_build_will_make(tmp_path: Path, text: str, listing: str, hit: str) -> None:
    guarded = listing if ".dockerignore" in listing else f"{listing}.dockerignore: .git\n"
    found = check(tmp_path, "context/heavy-junk", text, guarded)
    assert [str(each.severity) for each in found] == ["info"] * bool(hit)
    assert all(hit in each.message for each in found)


MEMBER = "FROM node:22\nWORKDIR /app\nCOPY shop/package.json .\nRUN npm install\nCOPY . .\n"


@pytest.mark.parametrize(
    ("packages", "ignored", "hit"),
    [
        ('"shop": {}, "node_modules/a": {}', "node_modules", ""),
        ('"shop": {}, "node_modules/a": {}', ".git", "`node_modules`"),
        ('"shop": {}, "shop/node_modules/a": {}', "node_modules", "`shop/node_modules`"),
        ('"node_modules/a": {}', "node_modules", "`shop/node_modules`"),  # no member
    ],
)
def test_what_a_member_of_a_workspace_needs_is_at_its_root(
    tmp_path: Path, packages: str, ignored: str, hit: str
) -> None:
    listing = (
        f'package.json\npackage-lock.json: {{"packages": {{{packages}}}}}\n'
        f"shop/package.json\nshop/a.js\n.dockerignore: {ignored}\n"
    )
    found = check(tmp_path, "context/heavy-junk", MEMBER, listing)
    assert [hit in each.message for each in found] == [True] * bool(hit)


YARN = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install --immutable\n"
BERRY = "yarn.lock: __metadata:\\n  version: 8\\n\n"


@pytest.mark.parametrize(
    ("listing", "hit"),
    [
        (f"{BERRY}", ""),
        (f"{BERRY}.yarnrc.yml: enableGlobalCache: false\n", ""),
        ("yarn.lock\n.pnp.cjs\n", ""),
        (f"{BERRY}.yarnrc.yml: nodeLinker: node-modules\n", "`node_modules`"),
        (f"{BERRY}.yarnrc.yml: nodeLinker: 'pnpm'\n", "`node_modules`"),
        ("yarn.lock: # yarn lockfile v1\n", "`node_modules`"),
        ("package-lock.json\n", "`node_modules`"),
        ("", "`node_modules`"),
    ],
)
def test_yarn_makes_no_folder_for_plug_n_play(tmp_path: Path, listing: str, hit: str) -> None:
    listing = f"package.json\na.js\n{listing}.dockerignore: .git\n"
    found = check(tmp_path, "context/heavy-junk", YARN, listing)
    assert [hit in each.message for each in found] == [True] * bool(hit)


MAVEN = "FROM maven:3.9\nCOPY . .\nRUN mvn package\n"
MODULES = "pom.xml\napi/pom.xml\nweb/pom.xml\n"


def _modules(*names: str) -> str:
    told = "".join(f"<module>{each}</module>" for each in names)
    return f"<project><modules>{told}</modules></project>"


@pytest.mark.parametrize(
    ("ignored", "hit"),
    [
        ("*/target/\\ndocs", ""),  # the root itself builds nothing
        ("api/target\\nweb/*/target", ""),
        ("api/target", "`web/shop/target`"),
        ("docs", "`api/target`"),
    ],
)
def test_each_module_of_maven_has_a_folder(tmp_path: Path, ignored: str, hit: str) -> None:
    listing = f"pom.xml: {_modules('api', 'web')}\napi/pom.xml: <project/>\n"
    if not ignored.startswith("*/"):
        listing += f"web/pom.xml: {_modules('shop')}\nweb/shop/pom.xml: <project/>\n"
    found = check(tmp_path, "context/heavy-junk", MAVEN, f"{listing}.dockerignore: {ignored}\n")
    assert [hit in each.message for each in found] == [True] * bool(hit)


@pytest.mark.parametrize(
    ("packaging", "hit"),
    [("pom", "`web/target`"), ("jar", "`api/target`"), ("war", "`api/target`")],
)
def test_a_module_that_is_there_for_what_it_says_makes_no_folder(
    tmp_path: Path, packaging: str, hit: str
) -> None:
    listing = (
        f"pom.xml: {_modules('api', 'web')}\nweb/pom.xml: <project/>\n"
        f"api/pom.xml: <project><packaging>{packaging}</packaging></project>\n.dockerignore: docs\n"
    )
    [found] = check(tmp_path, "context/heavy-junk", MAVEN, listing)
    assert hit in found.message


@pytest.mark.parametrize(
    ("text", "listing", "pattern"),
    [
        (MAVEN, "pom.xml\nsrc/A.java\n", "target"),
        (MAVEN, MODULES, "**/target"),
        (MAVEN, f"{MODULES}api/src/main/java/org/shop/target/A.java\n", "target"),  # a package
        (
            NODE,
            'package.json: {}\npnpm-workspace.yaml: packages: ["a"]\na/package.json: {}\n',
            "node_modules",
        ),
        (
            NODE,
            (
                'package.json: {}\npnpm-workspace.yaml: packages: ["a"]\n'
                'a/package.json: {"dependencies": {"b": "1"}}\n'
            ),
            "**/node_modules",
        ),
        (  # one folder for a whole workspace
            "FROM rust:1.80\nCOPY . .\nRUN cargo build\n",
            "Cargo.toml\na/Cargo.toml\nb/Cargo.toml\n",
            "target",
        ),
    ],
)
def test_what_modules_will_hold_is_left_out_everywhere(
    tmp_path: Path, text: str, listing: str, pattern: str
) -> None:
    [found] = check(tmp_path, "context/heavy-junk", text, f"{listing}.dockerignore: docs\n")
    assert found.repair is not None
    assert [edit.text.split() for edit in found.repair.edits] == [[pattern]]


def test_the_ignore_file_is_added_to(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"docs\r\n*.md")
    listing = "package.json\nweb/node_modules/a.js 2MB\nnode_modules/a.js 2MB\nlib/bin/obj/a.pyc\n"
    [found] = check(tmp_path, "context/heavy-junk", NODE, listing)
    assert found.repair is not None
    [edit] = found.repair.edits
    assert edit.text == "\r\nnode_modules\r\n**/node_modules"
    assert edit.place.path.endswith("/.dockerignore")


@pytest.mark.parametrize(("place", "is_read"), [("web/", False), ("", True)])
def test_only_the_ignore_file_of_the_context_counts(
    tmp_path: Path, place: str, *, is_read: bool
) -> None:
    text = "FROM node:22.4-slim\nWORKDIR /app\nCOPY web .\nRUN npm ci\n"
    listing = f"web/package.json: {{}}\n{place}.dockerignore: **/node_modules\n"
    found = [each.message for each in check(tmp_path, "context/heavy-junk", text, listing)]
    told = "no ignore file that this build reads excludes `web/node_modules`"
    assert [each.startswith(told) for each in found] == [True] * (not is_read)


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [("", "create a `.dockerignore` with"), ("shop", "create `shop/.dockerignore` with")],
)
def test_a_new_ignore_file_is_named_with_its_folder(
    tmp_path: Path, folder: str, wanted: str
) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / folder).mkdir(exist_ok=True)
    [found] = check(tmp_path / folder, "context/heavy-junk", NODE, "package.json\na.js\n")
    assert found.repair is not None
    assert found.repair.title.startswith(wanted)


def test_a_new_ignore_file_in_the_root_is_said_to_be_there(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  shop:\n    build:\n      context: .\n      dockerfile: docker/Dockerfile\n"
    )
    write_context(tmp_path, "package.json\na.js\n")
    (tmp_path / "docker").mkdir()
    [found] = check(tmp_path / "docker", "context/heavy-junk", NODE)
    assert found.repair is not None
    assert found.repair.title.startswith("create a `.dockerignore` in the root of the repository")
