"""Python's packages: which wheels, what they weigh, and what is said where that is not known."""

import io
import json
import shutil
import zipfile

import pytest
from index_server import serving

from dlint.findings import Basis
from dlint.packages import Base, Index, Locked, Missing, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import clients, http, pypi, wheels

BASE = Base(python="3.11")
LOCKED = Locked("demo", "1.0", 200, "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
MUSL = BASE._replace(libc="musl", libc_version=(1, 2))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT", 0.0)


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def settings(tmp_path):
    return OnlineSettings(online=True, cache=tmp_path / "cache")


@pytest.fixture
def own(server, monkeypatch):
    """Let the user's index be the server's."""
    found = clients.PythonClients(None, None, Index(f"{server.url}/simple"), (), {})
    monkeypatch.setattr(pypi, "python_clients", lambda _: found)
    return found


def wheel(name, version, needs=(), modules=3, extra=()):
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(
        f"Requires-Dist: {each}\n" for each in needs
    )
    told += "Provides-Extra: x\n"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(modules):
            file.writestr(f"{name}/m{number}.py", f"value = {number}\n" * 1000)
        file.writestr(f"{name}-{version}.dist-info/METADATA", told)
        file.writestr(
            f"{name}-{version}.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        for path, content in extra:
            file.writestr(path, content)
        file.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return data.getvalue()


def publish(server, name, files, *, sizes=True):
    """Serve a page of an index with `files`: content by file name."""
    entries = []
    for filename, content in files.items():
        server.serve(f"/files/{filename}", content)
        entry = {"filename": filename, "url": f"../../files/{filename}", "hashes": {}}
        entries.append(entry | ({"size": len(content)} if sizes else {}))
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": entries}).encode()
    server.serve(f"/simple/{name}/", body, pypi.JSON)


def ask(settings, *specs, locked=(), base=BASE, **rest):
    return pypi.package_sizes(SizeRequest("pypi", specs, tuple(locked), base, **rest), settings)


@pytest.mark.usefixtures("own")
def test_a_locked_package_is_sized_by_the_index_and_its_wheel_s_directory(server, settings):
    content = wheel("demo", "1.0")
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": content})
    answer = ask(settings, locked=[Locked("demo", "1.0")])
    (size,) = answer.sizes
    assert (size.name, size.version, size.archive_bytes) == ("demo", "1.0", len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert size.installed_bytes == sum(each.file_size for each in file.infolist())
    assert answer.basis is Basis.MODELLED
    assert answer.complete


@pytest.mark.usefixtures("own")
def test_byte_code_adds_to_a_layer(server, settings):
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0", modules=50)})
    plain, compiled = (
        ask(settings, locked=[Locked("demo", "1.0")], bytecode=each) for each in (False, True)
    )
    assert plain.layer_bytes < compiled.layer_bytes


@pytest.mark.usefixtures("own")
def test_where_the_index_tells_no_size_the_file_s_server_does(server, settings):
    content = wheel("demo", "1.0")
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": content}, sizes=False)
    assert ask(settings, locked=[Locked("demo", "1.0")]).archive_bytes == len(content)
    assert "HEAD /files/demo-1.0-py3-none-any.whl" in server.asked


@pytest.mark.usefixtures("own")
def test_an_index_for_people_is_read_too(server, settings):
    content = wheel("demo", "1.0")
    server.serve("/files/demo-1.0-py3-none-any.whl", content)
    page = b'<a href="../../files/demo-1.0-py3-none-any.whl#sha256=00" data-requires-python="&gt;=3.8">demo</a>'
    server.serve("/simple/demo/", page, "text/html")
    assert ask(settings, locked=[Locked("demo", "1.0")]).archive_bytes == len(content)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (BASE, "demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"),
        (BASE._replace(libc_version=(2, 17)), "demo-1.0-cp311-cp311-manylinux2014_x86_64.whl"),
        (BASE._replace(architecture="arm64"), "demo-1.0-cp38-abi3-manylinux_2_17_aarch64.whl"),
        (MUSL, "demo-1.0-cp311-cp311-musllinux_1_1_x86_64.whl"),
        (BASE._replace(python="3.12"), "demo-1.0-py3-none-any.whl"),
        (MUSL._replace(architecture="arm64"), "demo-1.0-py3-none-any.whl"),
    ],
)
def test_the_wheel_is_the_base_s(base, expected):
    names = [
        "demo-1.0-py3-none-any.whl",
        "demo-1.0-cp311-cp311-manylinux2014_x86_64.whl",
        "demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl",
        "demo-1.0-cp311-cp311-musllinux_1_1_x86_64.whl",
        "demo-1.0-cp38-abi3-manylinux_2_17_aarch64.whl",
        "demo-1.0-cp311-cp311-win_amd64.whl",
        "demo-1.0.tar.gz",
        "nonsense.whl",
    ]
    assert wheels.best(names, base) == expected


def test_the_tags_of_a_base_are_ranked_once(monkeypatch):
    asked = []
    tags = wheels.tags
    monkeypatch.setattr(wheels, "tags", lambda base: asked.append(base) or tags(base))
    bases = [BASE._replace(libc_version=(2, minor)) for minor in (98, 99)]
    for base in (*bases, *bases):
        assert wheels.best(["demo-1.0-py3-none-any.whl"], base)
    assert asked == bases


def test_the_latest_build_of_a_wheel_is_taken():
    names = [
        "demo-1.0-2-py3-none-any.whl",
        "demo-1.0-10-py3-none-any.whl",
        "demo-1.0-py3-none-any.whl",
    ]
    assert wheels.best(names, BASE) == "demo-1.0-10-py3-none-any.whl"


@pytest.mark.usefixtures("own")
def test_a_package_that_would_be_built_is_unknown(server, settings):
    publish(server, "demo", {"demo-1.0.tar.gz": b"x"})
    answer = ask(settings, locked=[Locked("demo", "1.0")])
    assert answer.layer_bytes is None
    assert "no wheel" in answer.missing[0].why


@pytest.mark.usefixtures("own")
def test_a_package_that_is_not_there_is_unknown(server, settings):
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
    answer = ask(settings, locked=[Locked("demo", "1.0"), Locked("nosuch", "1.0")])
    assert answer.layer_bytes is None
    assert answer.at_least > 0
    assert [each.name for each in answer.missing] == ["nosuch"]


@pytest.mark.usefixtures("own")
def test_without_the_base_s_python_nothing_is_known(settings, server):
    answer = ask(settings, "demo", base=Base())
    assert answer.missing[0].why == "which Python the base has is not known"
    assert not server.seen


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"null",
        b'{"files": 3}',
        b'{"files": [3, null, {"filename": 1, "url": []}]}',
        b'{"files": [{"filename": "demo-1.0-py3-none-any.whl", "url": "http://[", "size": 5}]}',
        b'{"files": [{"filename": "demo-1.0-py3-none-any.whl", "url": "file:///etc/passwd", "size": -5}]}',
        b"\xff\xfe",
    ],
)
@pytest.mark.usefixtures("own")
def test_a_hostile_page_is_no_answer(server, settings, body):
    server.serve("/simple/demo/", body, pypi.JSON)
    answer = ask(settings, locked=[Locked("demo", "1.0")])
    assert answer.layer_bytes is None
    assert [each.name for each in answer.missing] == ["demo"]


@pytest.mark.parametrize("size", [-1, 0, 1 << 60, "big", 1.5, True])
@pytest.mark.usefixtures("own")
def test_a_size_that_cannot_be_true_is_asked_of_the_file_s_server(server, settings, size):
    content = wheel("demo", "1.0")
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": content})
    page = {
        "files": [
            {
                "filename": "demo-1.0-py3-none-any.whl",
                "url": "/files/demo-1.0-py3-none-any.whl",
                "size": size,
            }
        ]
    }
    server.serve("/simple/demo/", json.dumps(page).encode(), pypi.JSON)
    assert ask(settings, locked=[Locked("demo", "1.0")]).archive_bytes == len(content)


@pytest.mark.usefixtures("own")
def test_where_the_index_lies_the_file_s_server_counts(server, settings):
    content = wheel("demo", "1.0")
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": content})
    page = {
        "files": [
            {
                "filename": "demo-1.0-py3-none-any.whl",
                "url": "/files/demo-1.0-py3-none-any.whl",
                "size": 5,
            }
        ]
    }
    server.serve("/simple/demo/", json.dumps(page).encode(), pypi.JSON)
    assert ask(settings, locked=[Locked("demo", "1.0")]).archive_bytes == len(content)


def ranged(content):
    return lambda which, _: (content[-int(which[1:]) :], len(content))


def test_a_long_directory_is_read_in_two_parts(monkeypatch):
    content = wheel("demo", "1.0", modules=400)
    expected = wheels.read_contents(ranged(content))
    monkeypatch.setattr(wheels, "END", 100)
    asked = []

    def part(which, limit):
        asked.append(which)
        return ranged(content)(which, limit)

    assert wheels.read_contents(part) == expected
    assert len(asked) == 2


@pytest.mark.parametrize(
    "content", [b"", b"no wheel at all", b"PK\5\6" + b"\xff" * 18, wheel("a", "1")[:-5]]
)
def test_what_is_no_wheel_has_no_contents(content):
    assert wheels.read_contents(ranged(content)) is None


def test_a_directory_that_lies_is_not_believed():
    content = bytearray(wheel("demo", "1.0", modules=1))
    at = content.index(b"PK\1\2")
    content[at + 20 : at + 24] = (1 << 30).to_bytes(4, "little")  # the compressed size
    assert wheels.read_contents(ranged(bytes(content))) is None


@pytest.mark.usefixtures("own")
def test_a_server_without_ranges_leaves_the_rougher_figure(server, settings):
    content = wheel("demo", "1.0")
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": content})
    server.serve("/files/demo-1.0-py3-none-any.whl", content, **{"Accept-Ranges": "none"})
    answer = ask(settings, locked=[Locked("demo", "1.0")])
    assert answer.layer_bytes == round(len(content) * wheels.PURE[0])
    assert answer.basis is Basis.GUESSED


@pytest.mark.usefixtures("own")
def test_an_index_that_the_repository_names_makes_the_answer_unknown_unless_allowed(
    server, settings
):
    with serving() as other:
        publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
        publish(
            other,
            "demo",
            {"demo-1.0-cp311-cp311-linux_x86_64.whl": wheel("demo", "1.0", modules=900)},
        )
        index = Index(f"{other.url}/simple", Origin.REPOSITORY)
        refused = ask(settings, locked=[Locked("demo", "1.0")], indexes=(index,))
        assert refused.layer_bytes is None
        assert "named by the repository" in refused.missing[0].why
        assert not other.seen
        allowed = ask(
            settings._replace(hosts=(other.host,)), locked=[Locked("demo", "1.0")], indexes=(index,)
        )
        assert allowed.archive_bytes == len(wheel("demo", "1.0", modules=900))


def test_sizes_of_a_lock_file_are_used_offline_and_say_that_they_are_rough():
    answer = pypi.offline_sizes(SizeRequest("pypi", locked=(LOCKED,), base=BASE))
    assert answer.archive_bytes == 200
    assert answer.layer_bytes == round(200 * wheels.BINARY[0])
    assert answer.basis is Basis.GUESSED


def test_what_an_average_makes_of_a_lock_file_is_no_lower_bound():
    data = Locked("data", "1.0", 1_000_000, "data-1.0-py3-none-any.whl")
    more = Locked("more", "1.0", why="no wheel")
    request = SizeRequest("pypi", locked=(data,), base=BASE, bytecode=True)
    whole = pypi.offline_sizes(request).size
    part = pypi.offline_sizes(request._replace(locked=(data, more))).size
    assert [str(whole), str(part)] == ["≈ 2.07 MB", "≥ 530 kB"]


@pytest.mark.usefixtures("own")
def test_where_the_index_fails_the_lock_file_s_size_is_kept(settings):
    answer = ask(settings, locked=[LOCKED])
    assert answer.archive_bytes == 200
    assert answer.basis is Basis.GUESSED


@pytest.mark.parametrize(
    "line",
    [
        "-r other.txt",
        "-e .",
        "--index-url=https://index.example",
        "demo @ https://files.example/demo.whl",
        "./demo.whl",
        "git+https://code.example/x",
        "--find-links x",
    ],
)
@pytest.mark.usefixtures("own")
def test_what_no_index_has_is_never_handed_to_a_resolver(server, settings, line):
    answer = ask(settings, line)
    assert len(answer.missing) == 1
    assert not answer.sizes
    assert not server.seen


@pytest.mark.usefixtures("own")
def test_a_wheel_in_no_index_of_the_user_s_is_asked_for_where_the_lock_file_says(server, settings):
    """As torch's wheels for processors alone: the lock file names their host."""
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
    with serving() as other:
        filename, content = "demo-1.0+cpu-py3-none-any.whl", wheel("demo", "1.0+cpu", modules=50)
        other.serve(f"/{filename}", content)
        locked = Locked("demo", "1.0+cpu", None, filename, url=f"{other.url}/{filename}")
        refused = ask(settings, locked=[locked])
        assert "named by the repository" in refused.missing[0].why
        assert not other.seen
        answer = ask(settings._replace(hosts=(other.host,)), locked=[locked])
        assert answer.archive_bytes == len(content)


RESOLVERS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"needs {name}"))
    for name in ("uv", "pip")
]


@pytest.fixture(params=RESOLVERS)
def resolver(request, server, monkeypatch):
    """Let a real resolver use the server's index, as the user's environment says."""
    clients._python_clients.cache_clear()
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    real = clients.which
    other = {"uv": ("pip", "pip3"), "pip": ("uv",)}[request.param]
    monkeypatch.setattr(
        clients, "which", lambda name, root: None if name in other else real(name, root)
    )
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{server.url}/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(request.getfixturevalue("tmp_path") / "uv"))
    yield request.param
    clients._python_clients.cache_clear()


@pytest.mark.usefixtures("resolver")
def test_names_are_resolved_with_all_that_they_need(server, settings):
    for name, needs in (
        ("demo", ["below>=1", "winonly; sys_platform == 'win32'", "more; extra == 'x'"]),
        ("below", []),
        ("more", []),
    ):
        publish(server, name, {f"{name}-1.0-py3-none-any.whl": wheel(name, "1.0", needs)})
    answer = ask(settings, "demo", bytecode=True)
    assert [each.why for each in answer.missing] == []
    assert {each.name for each in answer.sizes} == {"demo", "below"}
    assert answer.layer_bytes > 0
    assert {each.name for each in ask(settings, "demo[x]").sizes} == {"demo", "below", "more"}


@pytest.mark.usefixtures("resolver")
def test_limits_reach_the_resolver_and_what_comes_alone_brings_nothing(server, settings):
    for name, needs in (("demo", ["below"]), ("below", [])):
        wheels = {
            f"{name}-{version}-py3-none-any.whl": wheel(name, version, needs)
            for version in ("1.0", "2.0")
        }
        publish(server, name, wheels)
    limited = ask(settings, "demo", constraints=("below<2", "other==1", "-r /etc/passwd"))
    assert {(each.name, each.version) for each in limited.sizes} == {
        ("demo", "2.0"),
        ("below", "1.0"),
    }
    assert {each.name for each in ask(settings, "demo", alone=True).sizes} == {"demo"}


@pytest.mark.usefixtures("resolver")
def test_a_name_that_cannot_be_had_hides_no_other(server, settings):
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
    answer = ask(settings, "demo", "nosuch==1.0")
    assert {each.name for each in answer.sizes} == {"demo"}
    assert answer.missing == (Missing("nosuch", pypi.NO_PACKAGE),)
    assert answer.layer_bytes is None


@pytest.mark.usefixtures("resolver")
def test_a_version_that_is_not_there_is_told_from_a_name_that_is_not(server, settings):
    publish(server, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
    assert ask(settings, "demo==9").missing == (Missing("demo", "the index has no version ==9"),)


@pytest.mark.usefixtures("resolver")
def test_indexes_may_stand_instead_of_the_user_s(server, settings, monkeypatch, tmp_path):
    publish(server, "demo", {"demo-2.0-py3-none-any.whl": wheel("demo", "2.0")})
    with serving() as other:
        publish(other, "demo", {"demo-1.0-py3-none-any.whl": wheel("demo", "1.0")})
        # what the user has for the host is not for the repository that names it
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        index, allowed = (
            Index(f"{other.url}/simple", Origin.REPOSITORY),
            settings._replace(hosts=(other.host,)),
        )
        beside = ask(allowed, "demo", indexes=(index,))
        assert [each.version for each in beside.sizes] == ["2.0"]
        instead = ask(allowed, "demo", indexes=(index,), instead=True)
        assert [each.version for each in instead.sizes] == ["1.0"]
        assert set(other.told("Authorization")) == {None}


@pytest.mark.usefixtures("resolver")
def test_nothing_of_a_package_is_run(server, settings, tmp_path):
    import tarfile

    mark = tmp_path / "ran"
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in (
            ("setup.py", f"open({str(mark)!r}, 'w')\n"),
            ("PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
        ):
            info = tarfile.TarInfo(f"demo-1.0/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    publish(server, "demo", {"demo-1.0.tar.gz": data.getvalue()})
    answer = ask(settings, "demo")
    assert answer.layer_bytes is None
    assert [each.name for each in answer.missing] == ["demo"]
    assert not mark.exists()
