"""pyproject.toml and setup.cfg."""

import pytest
from manifest import look, needs, read, reads

from dlint.manifests.python_needs import pep440

PEP_621 = """\
[project]
name = "shop"
readme = "README.md"
license = { file = "LICENSE" }
dependencies = ["Flask>=3", "b[x]==1; sys_platform == 'linux'"]
[project.optional-dependencies]
Web_UI = ["c"]
[dependency-groups]
dev = ["d", { include-group = "Test" }]
test = ["e", { include-group = "dev" }]
"""


def test_dependencies_extras_and_groups():
    manifest = read("pyproject.toml", PEP_621)
    assert needs(manifest) == ["flask>=3", "b==1"]
    assert manifest.groups["main"][1].extras == ("x",)
    assert manifest.groups["main"][1].marker == 'sys_platform == "linux"'
    assert [each.name for each in manifest.extras["web-ui"]] == ["c"]
    assert needs(manifest, "dev") == ["d", "e"]
    assert needs(manifest, "test") == ["e", "d"]
    assert manifest.defaults == {"main", "dev"}
    assert reads(manifest) == [("README.md", "file"), ("LICENSE", "file")]


def test_uv_names_default_groups_sources_and_members():
    text = PEP_621 + (
        '[tool.uv]\ndefault-groups = ["test"]\n'
        '[tool.uv.sources]\nb = { path = "../b", editable = true }\nc = [{ git = "https://x.example/c" }, { path = "c.whl" }]\n'
        '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    )
    manifest = read("pyproject.toml", text)
    assert manifest.defaults == {"main", "test"}
    assert reads(manifest)[:3] == [
        ("../b", "project"),
        ("c.whl", "project"),
        ("packages/*/pyproject.toml", "member"),
    ]
    assert read("pyproject.toml", PEP_621 + '[tool.uv]\ndefault-groups = "all"\n').defaults == {
        "main",
        "dev",
        "test",
    }


def test_poetry():
    text = """\
[tool.poetry.dependencies]
python = "^3.11"
a = "^1"
b = { version = "2.*", extras = ["x"], markers = "os_name == 'nt'" }
c = { version = "^3", optional = true }
d = [{ version = "1", python = "<3.9" }, { version = "2" }]
e = { path = "../e" }
[tool.poetry.extras]
web = ["c"]
[tool.poetry.dev-dependencies]
f = "*"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
g = "*"
"""
    manifest = read("pyproject.toml", text)
    assert needs(manifest) == ["a^1", "b2.*", "d1", "d2", "e"]
    assert [each.name for each in manifest.extras["web"]] == ["c"]
    assert needs(manifest, "dev") == ["f*"]
    assert needs(manifest, "docs") == ["g*"]
    assert manifest.defaults == {"main", "dev"}
    assert ("../e", "project") in reads(manifest)


def test_pdm():
    text = '[project]\ndependencies = ["a"]\n[tool.pdm.dev-dependencies]\ntest = ["b"]\nlint = ["-e file:///${PROJECT_ROOT}/c#egg=c", "d"]\n'
    manifest = read("pyproject.toml", text)
    assert needs(manifest, "test") == ["b"]
    assert manifest.defaults == {"main", "test", "lint"}


def test_values_of_other_types_count_as_missing():
    text = '[project]\ndependencies = 3\noptional-dependencies = "x"\nreadme = [1]\n[tool]\npoetry = 1\nuv = { sources = 2 }\n[dependency-groups]\na = [1, {}]\n'
    manifest = read("pyproject.toml", text)
    assert needs(manifest) == []
    assert manifest.groups["a"] == ()


def test_a_damaged_file_says_so():
    assert look("pyproject.toml", "[project").problem.startswith("it is no TOML")
    assert look("pyproject.toml", "a = " + "[" * 100_000).problem


def test_setup_cfg():
    text = """\
[metadata]
long_description = file: README.md, CHANGES.md
version = attr: shop.__version__
[options]
install_requires =
    a>=1
    b ; os_name == "nt"  # why
[options.extras_require]
Web = c
"""
    manifest = read("setup.cfg", text)
    assert needs(manifest) == ["a>=1", "b"]
    assert [each.name for each in manifest.extras["web"]] == ["c"]
    assert reads(manifest) == [("README.md", "file"), ("CHANGES.md", "file")]
    assert look("setup.cfg", "no section").problem


@pytest.mark.parametrize("wanted", ["^*", "~*", "^" + "9" * 5000, "^1." + "9" * 5000])
def test_a_range_of_no_numbers_stays_as_it_is(wanted: str) -> None:
    assert pep440(wanted) in {"", wanted}
