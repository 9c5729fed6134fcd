"""Lock files of Python's tools."""

import json

import pytest
from manifest import look, read, taken

from dlint.manifests import Origin, Target, selected

UV = """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "click" },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "numpy", version = "1.26.4", source = { registry = "https://x.example/simple" }, marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.1.0", source = { registry = "https://x.example/simple" }, marker = "python_full_version >= '3.12'" },
]

[package.optional-dependencies]
web = [
    { name = "itsdangerous" },
    { name = "uvicorn", extra = ["standard"] },
]

[package.dev-dependencies]
dev = [
    { name = "iniconfig" },
]
docs = [
    { name = "markupsafe" },
]

[[package]]
name = "click"
version = "8.5.1"
source = { registry = "https://x.example/simple" }
sdist = { url = "https://x.example/click-8.5.1.tar.gz", hash = "sha256:00", size = 399151 }
wheels = [
    { url = "https://x.example/click-8.5.1%2Bx-py3-none-any.whl", hash = "sha256:01", size = 126163 },
]

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://x.example/simple" }

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://x.example/simple" }

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://x.example/simple" }

[[package]]
name = "itsdangerous"
version = "2.2.0"
source = { git = "https://x.example/itsdangerous?rev=main#0123" }

[[package]]
name = "uvicorn"
version = "0.30.0"
source = { registry = "https://x.example/simple" }

[package.optional-dependencies]
standard = [
    { name = "httptools" },
]

[[package]]
name = "httptools"
version = "0.6.0"
source = { registry = "https://x.example/simple" }

[[package]]
name = "iniconfig"
version = "2.3.1"
source = { registry = "https://x.example/simple" }

[[package]]
name = "markupsafe"
version = "3.0.4"
source = { registry = "https://x.example/simple" }

[[package]]
name = "core"
version = "0"
source = { editable = "packages/core" }
dependencies = [{ name = "markupsafe" }]
"""


def test_uv_selects_groups_and_extras():
    lock = read("uv.lock", UV)
    assert lock.locked
    assert taken(lock) == ["click", "iniconfig", "numpy"]
    assert taken(lock, without={"dev"}) == ["click", "numpy"]
    assert taken(lock, only={"docs"}) == ["markupsafe"]
    assert taken(lock, defaults=False, extras={"web"}) == [
        "click",
        "httptools",
        "itsdangerous",
        "numpy",
        "uvicorn",
    ]
    assert taken(lock, groups={"*"}) == ["click", "iniconfig", "markupsafe", "numpy"]
    assert taken(lock, members={"core"}) == ["markupsafe"]


@pytest.mark.parametrize("size", ["9" * 40, "-5", "0", "true", "inf", '"7"'])
def test_a_size_that_cannot_be_true_is_none(size):
    lock = read("uv.lock", UV.replace("size = 126163", f"size = {size}"))
    click = next(each for each in lock.packages if each.name == "click")
    assert [each.size for each in click.archives if each.filename.endswith(".whl")] == [None]


def test_uv_takes_the_default_groups_that_the_project_names():
    project = read("pyproject.toml", '[tool.uv]\ndefault-groups = ["docs"]\n')
    assert taken(read("uv.lock", UV), project) == ["click", "markupsafe", "numpy"]


def test_uv_tells_versions_sizes_and_hashes():
    lock = read("uv.lock", UV)
    [numpy] = [
        each
        for each in selected(lock, target=Target(python="3.11")).packages
        if each.name == "numpy"
    ]
    assert numpy.version == "1.26.4"
    click = next(each for each in lock.packages if each.name == "click")
    assert [(each.filename, each.size, each.hashes) for each in click.archives] == [
        ("click-8.5.1+x-py3-none-any.whl", 126163, ("sha256:01",)),
        ("click-8.5.1.tar.gz", 399151, ("sha256:00",)),
    ]
    origins = {each.name: each.origin for each in lock.packages}
    assert origins["shop"] is Origin.PROJECT
    assert origins["itsdangerous"] is Origin.GIT


def test_uv_of_a_workspace_without_a_root_takes_all_members():
    text = UV.replace('editable = "."', 'editable = "packages/shop"')
    assert "markupsafe" in taken(read("uv.lock", text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", "version = 2\n"),
        ("poetry.lock", '[metadata]\nlock-version = "3.0"\n'),
        ("pdm.lock", '[metadata]\nlock_version = "9.1"\n'),
        ("pylock.toml", 'lock-version = "2.0"\n'),
        ("pylock.dev.toml", ""),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 7}}'),
    ],
)
def test_versions_that_are_not_known_say_so(name, text):
    found = look(name, text)
    assert "is not known" in found.problem
    assert selected(found).packages == ()
    assert selected(found).unknown


POETRY = """\
[[package]]
name = "Click"
version = "8.5.1"
optional = false
python-versions = ">=3.10"
groups = ["main"]
files = [
    {file = "click-8.5.1-py3-none-any.whl", hash = "sha256:01"},
]

[package.dependencies]
colorama = {version = "*", markers = "platform_system == \\"Windows\\""}

[[package]]
name = "colorama"
version = "0.4.6"
optional = false
groups = ["main", "dev"]
markers = {main = "platform_system == \\"Windows\\"", dev = "sys_platform == \\"win32\\""}

[[package]]
name = "itsdangerous"
version = "2.2.0"
optional = true
groups = ["main"]
markers = "extra == \\"web\\""

[[package]]
name = "iniconfig"
version = "2.3.1"
optional = false
groups = ["dev"]

[package.source]
type = "git"
url = "https://x.example/iniconfig"
reference = "main"

[extras]
web = ["itsdangerous"]

[metadata]
lock-version = "2.1"
"""


def test_poetry_of_version_2_1_tells_groups():
    lock = read("poetry.lock", POETRY)
    assert taken(lock) == ["click", "iniconfig"]
    assert taken(lock, without={"dev"}) == ["click"]
    assert taken(lock, without={"dev"}, extras={"web"}) == ["click", "itsdangerous"]
    optional = read("pyproject.toml", "[tool.poetry.group.dev]\noptional = true\n")
    assert taken(lock, optional) == ["click"]
    assert taken(lock, optional, groups={"dev"}) == ["click", "iniconfig"]
    assert taken(lock, only={"dev"}) == ["iniconfig"]
    assert lock.packages[0].archives[0].filename == "click-8.5.1-py3-none-any.whl"
    assert lock.packages[3].origin is Origin.GIT


OLD_POETRY = """\
[[package]]
name = "a"
version = "1"
optional = false
[package.dependencies]
b = ">=1"
c = {version = "*", optional = true}
[package.extras]
x = ["c"]
[[package]]
name = "b"
version = "1"
optional = false
[[package]]
name = "c"
version = "1"
optional = true
[[package]]
name = "d"
version = "1"
optional = false
[extras]
x = ["c"]
[metadata]
lock-version = "2.0"
"""
OLD_PROJECT = '[tool.poetry.dependencies]\na = "*"\nc = {version = "*", optional = true}\n[tool.poetry.extras]\nx = ["c"]\n[tool.poetry.group.dev.dependencies]\nd = "*"\n'


def test_older_poetry_leaves_groups_to_the_project():
    lock, project = read("poetry.lock", OLD_POETRY), read("pyproject.toml", OLD_PROJECT)
    assert taken(lock) == ["a", "b", "d"]
    assert not selected(lock).unknown
    assert taken(lock, project, without={"dev"}) == ["a", "b"]
    assert taken(lock, project, without={"dev"}, extras={"x"}) == ["a", "b", "c"]
    other = read("pyproject.toml", '[tool.poetry.dependencies]\na = "*"\n')
    assert taken(lock, other, without={"dev"}) == ["a", "b", "d"]


def test_poetry_of_categories():
    text = '[[package]]\nname = "a"\nversion = "1"\ncategory = "main"\n[[package]]\nname = "b"\nversion = "1"\ncategory = "dev"\n[metadata]\nlock-version = "1.1"\n[metadata.files]\na = [{file = "a-1.whl", hash = "sha256:00"}]\n'
    lock = read("poetry.lock", text)
    assert taken(lock, groups={"dev"}) == ["a", "b"]
    assert taken(lock, without={"dev"}) == ["a"]
    assert lock.packages[0].archives[0].hashes == ("sha256:00",)


PDM = """\
[metadata]
groups = ["default", "dev", "web"]
lock_version = "4.5.0"

[[package]]
name = "click"
version = "8.5.1"
groups = ["default"]
dependencies = ["colorama; platform_system == \\"Windows\\""]
files = [
    {file = "click-8.5.1-py3-none-any.whl", hash = "sha256:01"},
]

[[package]]
name = "uvicorn"
version = "0.30.0"
extras = ["standard"]
groups = ["web"]

[[package]]
name = "uvicorn"
version = "0.30.0"
groups = ["web"]

[[package]]
name = "lib"
version = "0"
path = "./lib"
groups = ["dev"]
marker = "python_version >= \\"3.8\\""
"""


def test_pdm():
    lock = read("pdm.lock", PDM)
    project = read("pyproject.toml", '[project.optional-dependencies]\nweb = ["uvicorn"]\n')
    assert taken(lock) == ["click", "lib", "uvicorn"]
    assert taken(lock, project) == ["click", "lib"]
    assert taken(lock, project, defaults=False) == ["click"]
    assert taken(lock, project, groups={"web"}) == ["click", "lib", "uvicorn"]
    assert lock.packages[-1].origin is Origin.PATH


PYLOCK = """\
lock-version = "1.0"
created-by = "uv"
extras = ["web"]
dependency-groups = ["dev"]
default-groups = ["dev"]

[[packages]]
name = "click"
version = "8.5.1"
sdist = { url = "https://x.example/click.tar.gz", size = 2, hashes = { sha256 = "00" } }
wheels = [{ url = "https://x.example/click-8.5.1-py3-none-any.whl", size = 126163, hashes = { sha256 = "01" } }]

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"

[[packages]]
name = "itsdangerous"
version = "2.2.0"
marker = "'web' in extras"

[[packages]]
name = "iniconfig"
marker = "'dev' in dependency_groups"
vcs = { type = "git", url = "https://x.example/iniconfig", commit-id = "0123" }

[[packages]]
name = "lib"
directory = { path = "lib" }
"""


def test_pylock():
    lock = read("pylock.toml", PYLOCK)
    assert taken(lock) == ["click", "iniconfig", "lib"]
    assert taken(lock, defaults=False) == ["click", "lib"]
    assert taken(lock, extras={"web"}) == ["click", "iniconfig", "itsdangerous", "lib"]
    click, *_, iniconfig, lib = lock.packages
    assert [(each.size, each.hashes) for each in click.archives] == [
        (126163, ("sha256:01",)),
        (2, ("sha256:00",)),
    ]
    assert (iniconfig.origin, lib.origin) == (Origin.GIT, Origin.PATH)
    assert lib.location == "lib"


def test_pipfile():
    text = '[[source]]\nurl = "https://x.example"\n[packages]\nclick = ">=8"\nlib = {path = "./lib", editable = true}\n[dev-packages]\niniconfig = "*"\n[docs]\nmarkupsafe = "*"\n[requires]\npython_version = "3.12"\n'
    manifest = read("Pipfile", text)
    assert {group: [each.name for each in found] for group, found in manifest.groups.items()} == {
        "main": ["click", "lib"],
        "dev": ["iniconfig"],
        "docs": ["markupsafe"],
    }
    assert [each.path for each in manifest.reads] == ["./lib"]


def test_pipfile_lock():
    lock = {
        "_meta": {"pipfile-spec": 6},
        "default": {
            "Click": {
                "version": "==8.5.1",
                "hashes": ["sha256:01"],
                "markers": "python_version >= '3.10'",
            }
        },
        "develop": {"iniconfig": {"version": "==2.3.1"}, "lib": {"path": "lib", "editable": True}},
    }
    manifest = read("Pipfile.lock", json.dumps(lock))
    assert taken(manifest) == ["click"]
    assert manifest.packages[0].version == "8.5.1"
    assert taken(manifest, groups={"dev"}) == ["click", "iniconfig", "lib"]
    assert manifest.packages[2].origin is Origin.PATH
