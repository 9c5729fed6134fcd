"""Lists for pip."""

import pytest
from hypothesis import given, strategies as st
from manifest import look, read, reads, taken

from dlint.manifests import Origin, Target, follow
from dlint.manifests.requirements import canonical, read_requirement, spec_of


@pytest.mark.parametrize(
    ("line", "name", "version", "wanted"),
    [
        ("Flask==3.1.0", "flask", "3.1.0", "==3.1.0"),
        ("flask[async,Dotenv] >= 3, <4  # why", "flask", "", "<4,>=3"),
        ("zope.interface", "zope-interface", "", ""),
        ("a===1.0", "a", "1.0", "===1.0"),
        ("a==1.*", "a", "", "==1.*"),
        ("a==${VERSION}", "a", "", "a==${VERSION}"),
        ("a>dev", "a", "", "a>dev"),
    ],
)
def test_names_and_versions(line, name, version, wanted):
    [package] = read("requirements.txt", line).packages
    assert (package.name, package.version, package.wanted) == (name, version, wanted)
    assert package.origin is Origin.REGISTRY


@pytest.mark.parametrize(
    ("line", "name", "origin", "location"),
    [
        (
            "a @ https://x.example/a-1.0.whl ; os_name == 'posix'",
            "a",
            Origin.URL,
            "https://x.example/a-1.0.whl",
        ),
        (
            "git+https://x.example/y.git@v1#egg=Y_z&subdirectory=p",
            "y-z",
            Origin.GIT,
            "git+https://x.example/y.git@v1#egg=Y_z&subdirectory=p",
        ),
        (
            "-e git+ssh://git@x.example/y.git#egg=y",
            "y",
            Origin.GIT,
            "git+ssh://git@x.example/y.git#egg=y",
        ),
        (
            "a @ git+https://${TOKEN}@x.example/y",
            "a",
            Origin.GIT,
            "git+https://${TOKEN}@x.example/y",
        ),
        ("./wheels/a.whl", "", Origin.PATH, "./wheels/a.whl"),
        ("a @ file:wheels/b.whl", "a", Origin.PATH, "wheels/b.whl"),
        ("lib/core[x]", "", Origin.PATH, "lib/core"),
        ("a-1.0.tar.gz", "", Origin.PATH, "a-1.0.tar.gz"),
    ],
)
def test_what_comes_from_no_index(line, name, origin, location):
    manifest = read("requirements.txt", line)
    [package] = manifest.packages
    assert (package.name, package.origin, package.location) == (name, origin, location)
    assert reads(manifest) == ([(location, "project")] if origin is Origin.PATH else [])


def test_what_an_index_is_asked_for():
    [package] = read("requirements.txt", "Flask[Dotenv, async] >= 3; os_name == 'posix'").packages
    assert spec_of(package) == "flask[async,dotenv]>=3"


def test_hashes_lock():
    text = "a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via b\nb==2 --hash=sha256:02\n"
    manifest = read("requirements.txt", text)
    assert manifest.locked
    assert [each.archives[0].hashes for each in manifest.packages] == [
        ("sha256:00", "sha256:01"),
        ("sha256:02",),
    ]
    assert not read("requirements.txt", text + "c==1\n").locked
    assert not read("requirements.txt", "").locked


def test_options():
    text = """\
--index-url https://x.example/simple
-i https://x.example/simple
--extra-index-url=https://y.example
--no-binary :all:
--pre
-rmore.txt
--requirement other.txt
-c 'with space.txt'
--constraint=limits.txt  # why
-e ./lib[x]
-f wheels
--find-links https://x.example/wheels
-r https://x.example/list.txt
"""
    manifest = read("requirements.txt", text)
    assert reads(manifest) == [
        ("more.txt", "list"),
        ("other.txt", "list"),
        ("with space.txt", "constraint"),
        ("limits.txt", "constraint"),
        ("./lib", "project"),
        ("wheels", "folder"),
    ]
    assert manifest.packages == ()
    assert [each.from_workdir for each in manifest.reads] == [False] * 4 + [True, False]


def test_a_comment_ends_a_line_that_is_continued():
    assert taken(read("requirements.txt", "a \\\n# b \\\nc\n")) == ["a", "c"]
    assert taken(read("requirements.txt", "a#b\nc # d\n")) == ["a", "c"]


def test_a_variable_in_the_name_of_a_file_is_left_open():
    manifest = read("requirements.txt", "-r ${WHERE}.txt\na\n")
    assert manifest.unknown
    assert manifest.reads == ()


def test_markers():
    manifest = read(
        "requirements.txt",
        "a; sys_platform == 'win32'\nb; python_version < '3.8'\nc; python_version >= '3.8'\nd ; broken\n",
    )
    assert taken(manifest) == ["c", "d"]
    assert taken(manifest, target=Target()) == ["b", "c", "d"]


def test_encodings():
    assert taken(look("requirements.txt", "\ufeffa\r\nb\r\n".encode("utf-16-le"))) == ["a", "b"]
    assert taken(look("requirements.txt", b"\xef\xbb\xbfa\nb\xff\n")) == ["a", "b"]
    assert look("requirements.txt", b"a\0b").problem == "it is not text"


def test_lists_are_followed():
    files = {
        "requirements/prod.txt": b"-r base\n-c ../limits.txt\n-r gone.txt\na\n",
        "requirements/base": b"-r prod.txt\nb\n",
        "limits.txt": b"-r more.txt\nc==1\n",
        "more.txt": b"d\n",
    }
    found = follow(["requirements/prod.txt"], files.get)
    assert [(each.manifest.path, each.role.value) for each in found] == [
        ("requirements/prod.txt", "list"),
        ("requirements/base", "list"),
        ("limits.txt", "constraint"),
        ("more.txt", "constraint"),
    ]


def test_a_long_chain_of_lists_ends():
    files = {f"{number}.txt": f"-r {number + 1}.txt".encode() for number in range(5000)}
    found = follow(["0.txt"], files.get)
    assert len(found) == 1001
    assert "more than 1,000 files" in found[-1].manifest.problem


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)


@given(NAMES, st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}", fullmatch=True))
def test_what_is_written_is_read(name, version):
    if name.lower().endswith((".whl", ".zip", ".tgz")):
        return
    package = read_requirement(f"{name}=={version}")
    assert (package.name, package.version) == (canonical(name), version)


@given(
    st.binary(max_size=300)
    | st.text(alphabet="-rce=[]@#;\\ \n'\"./:ab${A}", max_size=60).map(str.encode)
)
def test_any_text_is_read_or_refused(data):
    look("requirements.txt", data)
