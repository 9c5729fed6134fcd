"""Which files Python's installers read."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from dlint.reads.python_inputs import Inputs, inputs

Tree = dict[str, str]
SOURCES = {
    "app/__init__.py": "",
    "app/core.py": "",
    "app/data.json": "",
    "README.md": "",
    "LICENSE": "",
    "docs/a.md": "",
}
OTHERS = {"tests/__init__.py": "", "main.js": "", "Dockerfile": "", "notes.txt": ""}


def look(tree: Tree, **asked) -> Inputs:
    def read(path: str) -> bytes | None:
        return tree[path].encode("utf-8", "surrogateescape")

    return inputs(read, tree.keys(), **asked)


def project(files: Tree, folder: str = "") -> Inputs:
    return look({**SOURCES, **OTHERS, **files}, projects=[folder])


@pytest.mark.parametrize(
    ("requirements", "files"),
    [
        ("a==1\n# b\n\nc>=2  # d.txt\n", set()),
        ("-r more.txt\n", {"more.txt", "deep/c.txt"}),
        ("--requirement=more.txt", {"more.txt", "deep/c.txt"}),
        ("-rmore.txt\n-c limits.txt", {"more.txt", "deep/c.txt", "limits.txt"}),
        ("a \\\n  --hash=sha256:00\n-r \\\n more.txt", {"more.txt", "deep/c.txt"}),
        ("-r requirements.txt", set()),
        ("-r nowhere.txt\n-r https://x.example/a.txt", set()),
        ("./wheels/a.whl\nb @ file:wheels/b.whl", {"wheels/a.whl", "wheels/b.whl"}),
        ("-f wheels\n--no-index", {"wheels/a.whl", "wheels/b.whl"}),
        ("-e ./lib[x]\n", {"lib/setup.py", "lib/lib.py"}),
        ("./lib ; python_version > '3'", {"lib/setup.py", "lib/lib.py"}),
        ("a @ git+https://x.example/lib", set()),
        ("\ufeffmore\n-r more.txt", {"more.txt", "deep/c.txt"}),
        ("caf\udce9\n-r more.txt", {"more.txt", "deep/c.txt"}),
    ],
)
def test_requirements_are_followed(requirements: str, files: set[str]) -> None:
    tree = {
        "requirements.txt": requirements,
        "more.txt": "-r deep/c.txt\n-r more.txt",
        "deep/c.txt": "a",
        "limits.txt": "",
        "wheels/a.whl": "",
        "wheels/b.whl": "",
        "lib/setup.py": "from setuptools import setup\nsetup(py_modules=['lib'])",
        "lib/lib.py": "",
    }
    found = look(tree, manifests=["requirements.txt"])
    assert found.files == {"requirements.txt", *files}
    assert found.complete
    assert {path for path in found.files if path.endswith(".txt")} <= found.dependencies_files


def test_requirements_in_utf_16() -> None:
    tree = {"r.txt": b"\xff\xfe" + "-r s.txt".encode("utf-16-le"), "s.txt": b""}
    assert inputs(tree.get, tree.keys(), manifests=["r.txt"]).files == {"r.txt", "s.txt"}


def test_a_variable_in_requirements_is_not_known() -> None:
    assert not look({"r.txt": "-r ${WHERE}.txt"}, manifests=["r.txt"]).complete


def test_lock_files_are_read() -> None:
    tree = {"uv.lock": "", "pyproject.toml": "", "a.py": ""}
    found = look(tree, manifests=["uv.lock", "pyproject.toml", "gone.toml"])
    assert found.files == found.dependencies_files == {"uv.lock", "pyproject.toml"}
    assert (found.needs_git, found.complete) == (False, True)


APP = "app/__init__.py app/core.py app/data.json LICENSE"
JOINED = (
    "def read(*p):\n  return open(os.path.join(here, *p)).read()\nsetup(x=read('docs', 'a.md'))"
)
DIVIDED = "HERE = Path(__file__).parent\ntext = (HERE / 'docs' / 'a.md').read_text()\nsetup()"


@pytest.mark.parametrize(
    ("name", "text", "others", "files"),
    [
        ("pyproject.toml", "[project]\nname='app'\n", "", APP),
        ("pyproject.toml", "[project]\nname='app'\nreadme='README.md'", "", f"{APP} README.md"),
        ("pyproject.toml", "[project]\nreadme={file='docs/a.md'}", "", f"{APP} docs/a.md"),
        ("pyproject.toml", "[project]\nlicense-files=['docs/*.md']", "", f"{APP} docs/a.md"),
        ("pyproject.toml", "[tool.setuptools]\npackages=['app']", "", APP),
        (
            "pyproject.toml",
            "[tool.setuptools]\npy-modules=['one']",
            "one.py two.py",
            "LICENSE one.py",
        ),
        (
            "pyproject.toml",
            "[tool.setuptools.packages.find]\nwhere=['lib']",
            "lib/p/a.py",
            "LICENSE lib/p/a.py",
        ),
        ("pyproject.toml", "[tool.setuptools.dynamic]\nversion={file='V'}", "V", f"{APP} V"),
        ("pyproject.toml", "[tool.setuptools.dynamic]\nversion={attr='app.core.V'}", "", APP),
        (
            "pyproject.toml",
            "[tool.setuptools.dynamic]\ndependencies={file=['r/require.txt']}",
            "r/require.txt",
            f"{APP} r/require.txt",
        ),
        ("pyproject.toml", "[tool.hatch.version]\npath='docs/a.md'", "", f"{APP} docs/a.md"),
        (
            "pyproject.toml",
            "[tool.hatch.build.targets.wheel]\npackages=['src/x']",
            "src/x/a src/y/b",
            "LICENSE src/x/a",
        ),
        (
            "pyproject.toml",
            "[tool.poetry]\nreadme='README.md'\npackages=[{include='app'}]",
            "",
            f"{APP} README.md",
        ),
        ("pyproject.toml", "[tool.flit.module]\nname='app'", "", APP),
        ("pyproject.toml", "", "src/p/__init__.py", "LICENSE src/p/__init__.py"),
        (
            "setup.cfg",
            "[metadata]\nlong_description = file: README.md, docs/a.md",
            "",
            f"{APP} README.md docs/a.md",
        ),
        ("setup.cfg", "[metadata]\nversion = attr: app.core.V", "", APP),
        ("setup.cfg", "[options]\ninstall_requires = file: notes.txt", "", f"{APP} notes.txt"),
        ("setup.cfg", "[options.packages.find]\nwhere = lib", "lib/p/a.py", "LICENSE lib/p/a.py"),
        ("setup.py", "from setuptools import setup\nsetup()", "", APP),
        ("setup.py", "setup(long_description=open('README.md').read())", "", f"{APP} README.md"),
        ("setup.py", DIVIDED, "", f"{APP} docs/a.md"),
        ("setup.py", JOINED, "", f"{APP} docs/a.md"),
        (
            "setup.py",
            "exec(open('lib/version.py').read())\nsetup()",
            "lib/version.py",
            f"{APP} lib/version.py",
        ),
        (
            "setup.py",
            "setup(install_requires=open('require.txt').readlines())",
            "require.txt",
            f"{APP} require.txt",
        ),
        ("setup.py", "setup(data_files=[('etc', glob('docs/*.md'))])", "", f"{APP} docs/a.md"),
        (
            "setup.py",
            "setup(packages=find_packages('lib'))",
            "lib/p/__init__.py",
            "LICENSE lib/p/__init__.py",
        ),
        ("setup.py", "import helper\nsetup()", "helper.py", f"{APP} helper.py"),
        ("setup.py", "setup()", "MANIFEST.in", f"{APP} MANIFEST.in"),
    ],
)
def test_projects(name: str, text: str, others: str, files: str) -> None:
    found = project({**dict.fromkeys(others.split(), ""), name: text})
    assert found.files == {name, *files.split()}
    assert found.complete
    assert name in found.dependencies_files


def test_a_project_may_lie_deeper() -> None:
    tree = {
        "lib/pyproject.toml": "[project]\nreadme='R.md'",
        "lib/R.md": "",
        "lib/lib/__init__.py": "",
        "R.md": "",
    }
    assert look(tree, projects=["./lib/"]).files == {
        "lib/pyproject.toml",
        "lib/R.md",
        "lib/lib/__init__.py",
    }


@pytest.mark.parametrize(
    "pyproject",
    [
        "[tool.uv.sources]\nlib={path='lib', editable=true}",
        "[tool.uv.workspace]\nmembers=['l*']",
        "[tool.poetry.dependencies]\nlib={path='lib'}",
    ],
)
def test_dependencies_in_the_context_are_followed(pyproject: str) -> None:
    tree = {
        "pyproject.toml": pyproject,
        "lib/pyproject.toml": "",
        "lib/lib/__init__.py": "",
        "other/x.py": "",
    }
    found = look(tree, manifests=["pyproject.toml"])
    assert found.files == {"pyproject.toml", "lib/pyproject.toml", "lib/lib/__init__.py"}


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[build-system]\nrequires=['setuptools', 'setuptools-scm>=8']"},
        {
            "pyproject.toml": "[build-system]\nrequires=['hatchling', 'hatch-vcs']\nbuild-backend='hatchling.build'"
        },
        {"pyproject.toml": "[tool.hatch.version]\nsource='vcs'"},
        {"pyproject.toml": "[tool.pdm.version]\nsource='scm'"},
        {"pyproject.toml": "[tool.setuptools_scm]"},
        {"setup.cfg": "[options]\nsetup_requires = pbr\n"},
        {"setup.py": "setup(use_scm_version=True, setup_requires=['setuptools_scm'])"},
        {"setup.py": "import versioneer\nsetup(version=versioneer.get_version())"},
        {"setup.py": "v = subprocess.check_output(['git', 'describe'])\nsetup(version=v)"},
    ],
)
def test_versions_out_of_git(files: Tree) -> None:
    assert project(files).needs_git


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "not toml ["},
        {"pyproject.toml": "[build-system]\nbuild-backend='maturin'"},
        {"pyproject.toml": "[build-system]\nbuild-backend='own'\nbackend-path=['.']"},
        {"pyproject.toml": "[tool.hatch.build.hooks.custom]"},
        {"pyproject.toml": "[tool.poetry]\nbuild='build.py'"},
        {"setup.cfg": "no section"},
        {"setup.cfg": "[options]\ncmdclass = \n  build = x.Y"},
        {"setup.py": "setup(cmdclass={'build': Build})"},
        {"setup.py": "setup(ext_modules=[Extension('a', ['a.c'])])"},
        {"setup.py": "setup(**settings)"},
        {"setup.py": "import os\nos.system('make')\nsetup()"},
        {"setup.py": "open(f'{name}/version.py')\nsetup()"},
        {"setup.py": "for f in os.listdir(here): pass\nsetup()"},
        {"setup.py": "this is not python ("},
    ],
)
def test_code_that_decides_is_told(files: Tree) -> None:
    assert not project(files).complete


@pytest.mark.parametrize(
    ("code", "files", "complete"),
    [
        ("import numpy; print(1)", set(), True),
        ("print(open('README.md').read())", {"README.md"}, True),
        (
            "from app import core; core.run()",
            {"app/__init__.py", "app/core.py", "app/data.json"},
            False,
        ),
        ("import json; json.load(open('app/data.json'))", {"app/data.json"}, True),
        ("print(", set(), False),
    ],
)
def test_code_on_the_command_line(code: str, files: set[str], *, complete: bool) -> None:
    found = look({**SOURCES, **OTHERS}, code=[code])
    assert (found.files, found.complete) == (files, complete)


def test_unreadable_files_do_no_harm() -> None:
    found = inputs(lambda _: None, {"setup.py", "r.txt"}, manifests=["r.txt"], projects=[""])
    assert not found.complete


@given(st.text(max_size=80), st.sampled_from(["r.txt", "pyproject.toml", "setup.cfg", "setup.py"]))
@example("\U00016d40", "setup.py")
def test_nothing_raises(text: str, name: str) -> None:
    tree = {name: text.encode("utf-8", "replace"), "a.py": b""}
    assert inputs(tree.get, tree.keys(), manifests=[name], projects=[""]).files <= set(tree)


def test_folders_among_the_paths_are_projects() -> None:
    tree = {
        "requirements.txt": "./lib\n",
        "lib": "",
        "lib/setup.py": "from setuptools import setup\nsetup(py_modules=['shop'])",
        "lib/shop.py": "",
    }
    found = look(tree, manifests=["requirements.txt"])
    assert found.files == {"requirements.txt", "lib/setup.py", "lib/shop.py"}


def test_a_list_that_another_names_is_read_whatever_it_is_called() -> None:
    tree = {"requirements.txt": "-r base\n", "base": "-r more.pip\n", "more.pip": "a\n"}
    assert look(tree, manifests=["requirements.txt"]).files == set(tree)


def test_projects_that_name_each_other_end() -> None:
    tree = {
        f"p{number}/pyproject.toml": f'[project]\nname = "p"\n[tool.uv.sources]\nx = {{ path = "../p{(number + 1) % 2000}" }}\n'
        for number in range(2000)
    }
    assert look(tree, projects=["p0"]).files == set(tree)
