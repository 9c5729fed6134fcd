"""What a build cache sends beside the image, and what a new builder fetches of it. The expectations
were seen with Docker 26.1.5 (BuildKit 0.13).
"""

import os
from pathlib import Path

import pytest

from dlint.context import open_worktree
from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.model import Build, Options
from dlint.model.keys import Keys
from dlint.project.cache_entry import read_entry
from dlint.push import cache_output
from dlint.push.caches import Cached, Caches, Export
from dlint.push.mounts import Place
from dlint.push.plan import Before, make_plan
from dlint.push.sizes import Sizes
from dlint.syntax.parser import parse
from dlint.text.source import Source

Files = dict[str, str | int]
MIN, MAX = "type=registry,ref=r/c:x", "type=registry,ref=r/c:x,mode=max"
STAGES = (
    "FROM x AS b\nCOPY lock /lock\nRUN fetch\nCOPY app /app\nRUN make\n"
    "FROM y\nCOPY conf /etc/conf\nCOPY --from=b /out /out\n"
)
FILES: Files = {"lock": "1\n", "app": "1\n", "conf": "1\n"}


def keys(folder: Path, dockerfile: str, files: Files) -> Keys:
    folder.mkdir()
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else os.urandom(content)
        (folder / path).write_bytes(data)
    build = Build(parse(Source("Dockerfile", dockerfile)), open_worktree(folder), Options())
    return Keys(build, lambda entry: build.context.content_id(entry.path))


def caches(tmp_path: Path, text: str, files: Files, change: Files | None) -> Caches:
    """Tell of the caches of an image where `change` came to `files`; None: nothing stood before."""
    old = None if change is None else keys(tmp_path / "old", text, files)
    new = keys(tmp_path / "new", text, {**files, **(change or {})})
    return Caches(old, new, make_plan(Before(old), new, Sizes()), Sizes())


def export(tmp_path: Path, to: str, text: str, files: Files, quota: int | None = None) -> Export:
    """Tell what a first export sends."""
    told = caches(tmp_path, text, files, None).cached([read_entry(to)], [], "warm", quota)
    return told.exports[0]


def lines(layers) -> list[int | None]:
    return [layer.line for layer in layers]


@pytest.mark.parametrize(
    ("to", "change", "held", "sent"),
    [
        (MIN, None, [], [None, 7, 8]),
        (MAX, None, [], [None, 2, 3, 4, 5, None, 7, 8]),
        (MIN, {}, [None, 7, 8], []),
        (MIN, {"app": "2\n"}, [None, 7], [8]),
        (MAX, {"app": "2\n"}, [None, 2, 3, None, 7], [4, 5, 8]),
        # a file that is copied alone below / is the same blob again
        (MAX, {"conf": "2\n"}, [None, 2, 3, 4, 5, None, 8], [7]),
    ],
)
def test_layers_of_a_cache(tmp_path, to, change, held, sent):
    found = caches(tmp_path, STAGES, FILES, change).export(read_entry(to), "warm", None)
    assert lines(each for each in found.layers if not each.is_sent) == held
    assert lines(each for each in found.layers if each.is_sent) == sent


@pytest.mark.parametrize(
    ("ref", "sent"), [("r/c:x", [2, 3, 4, 5]), ("r/d:x", [None, 2, 3, 4, 5, 7, 8])]
)
def test_the_images_own_repository_gets_its_layers_once(tmp_path, ref, sent):
    told = caches(tmp_path, STAGES.replace("FROM x", "FROM y"), FILES, None)
    told.home = Place("docker.io", "r/c")
    found = told.export(read_entry(f"type=registry,ref={ref},mode=max"), "warm", None)
    assert lines(each for each in found.layers if each.is_sent) == sent


def test_an_inline_cache_has_no_layer_of_its_own(tmp_path):
    found = export(tmp_path, "type=inline,mode=max", STAGES, FILES)
    assert (found.layers, found.to.mode) == ((), "min")
    assert "no layer beside the image's" in cache_output.export_text(found)


@pytest.mark.parametrize(
    ("state", "sent"), [("warm", []), ("imported", []), ("no-cache", [3]), ("cold", [2, 3, 4])]
)
def test_steps_that_run_again_are_sent_again(tmp_path, state, sent):
    text = "FROM x\nWORKDIR /shop\nRUN make\nCOPY app /app\n"
    found = caches(tmp_path, text, FILES, {}).export(read_entry(MIN), state, None)
    assert lines(each for each in found.layers if each.is_sent) == sent


@pytest.mark.parametrize(
    ("to", "dockerfile", "change", "fetched"),
    [
        (MAX, STAGES, {}, ([], [None, 7, 8])),
        (MAX, STAGES, {"app": "2\n"}, ([None, 2, 3, None, 7], [])),
        (MIN, STAGES, {"app": "2\n"}, ([None, None, 7], [])),
        # what is below the step that takes a stage changed: its result is fetched, or made again
        (MAX, STAGES, {"conf": "2\n"}, ([None, None, 2, 3, 4, 5], [])),
        (MIN, STAGES, {"conf": "2\n"}, ([None, None], [])),
        # a linked layer needs nothing below it until something above it runs
        (MIN, "FROM x\nRUN make\nCOPY --link app /app\n", {"app": "2\n"}, ([], [None, 2])),
        (MIN, "FROM x\nRUN make\nCOPY --link app /app\nRUN y\n", {"app": "2\n"}, ([None, 2], [])),
        (MIN, "FROM x\nCOPY --link app /app\nCOPY --link conf /c\n", {"app": "2\n"}, ([], [None, 3])),
        # a stage that ran again is on the disk, whose content tells that the rest stays
        (MAX, "FROM x AS b\nCOPY app /a\nCOPY conf /c\nFROM y\nCOPY --from=b /a /a\n", {"conf": "2\n"}, ([None, 2], [None, 5])),
        (MAX, "FROM x AS b\nRUN make\nFROM y\nRUN --mount=from=b,target=/b cat /b/out\n", None, ([None, None], [])),
        (MIN, "FROM scratch\nCOPY conf /conf\nCOPY app /app\n", {"app": "2\n"}, ([2], [])),
    ],
)  # fmt: skip
def test_a_new_builder_fetches_what_steps_that_run_stand_on(
    tmp_path, to, dockerfile, change, fetched
):
    told = caches(tmp_path, dockerfile, FILES, change).fetch([read_entry(to)], [])
    needed, kept = fetched
    assert sorted(map(str, lines(told.needed))) == sorted(map(str, needed))
    assert lines(told.kept) == kept
    assert (told.source is None) == (change is None)


@pytest.mark.parametrize(("name", "is_known"), [("r/c:x", True), ("r/d:x", False)])
def test_the_mode_of_an_imported_cache_is_that_of_its_export(tmp_path, name, is_known):
    source, exports = read_entry(name), [read_entry(MAX)]
    told = caches(tmp_path, STAGES, FILES, {"app": "2\n"}).fetch([source], exports)
    assert (3 in lines(told.needed)) is is_known  # which a cache of the image alone has not


def test_sums_and_share_of_a_quota(tmp_path):
    text = "FROM scratch\nCOPY app /app\n"
    found = export(tmp_path, "type=gha", text, {"app": 1_000_000})
    assert found.size.bytes == pytest.approx(1_000_000, rel=0.01)
    assert found.quota == 10_000_000_000
    assert cache_output.export_text(found).endswith("cache 1 MB, 0.01 % of GitHub's 10 GB")


def test_a_registry_has_no_quota(tmp_path):
    found = export(tmp_path, MIN, STAGES, FILES)
    assert (found.quota, found.share) == (None, None)


def test_an_unknown_layer_makes_a_bound(tmp_path):
    text = "FROM scratch\nCOPY app /app\nRUN make\n"
    found = export(tmp_path, MIN, text, {"app": 2_000_000}, 4_000_000)
    said = "2 of 2 layers sent, ≥ 2 MB (1 layer of unknown size; +"
    assert said in cache_output.export_text(found)
    told = cache_output.as_dict(Cached((found,)))["caches"][0]
    assert (told["sent_at_least"], told["cache_at_least"], told["layers_sent"]) == (True, True, 2)
    assert told["share"] == pytest.approx(0.5, rel=0.01)


def test_another_compression_weighs_otherwise(tmp_path):
    text = "FROM scratch\nCOPY app /app\n"
    files: Files = {"app": "a" * 1_000_000}
    found = export(tmp_path, f"{MIN},compression=uncompressed", text, files)
    assert found.size.bytes > 1_000_000


def test_without_a_library_another_format_is_guessed(tmp_path, monkeypatch):
    def lacking(*_):
        raise DlintError("zstd needs a library")

    monkeypatch.setattr("dlint.push.sizes.FormatSizes", lacking)
    text = "FROM scratch\nCOPY app /app\n"
    found = export(tmp_path, f"{MIN},compression=zstd", text, {"app": 1_000_000})
    assert (found.size.basis, found.layers[0].is_sent) == (Basis.GUESSED, True)
    assert found.size.bytes == pytest.approx(1_000_000, rel=0.1)


def test_stages_of_other_targets_are_in_no_cache(tmp_path):
    text = "FROM x AS test\nCOPY conf /c\nFROM x AS app\nCOPY app /app\n"
    build_keys = keys(tmp_path / "new", text, FILES)
    build_keys.build.options = build_keys.build.options._replace(targets=frozenset({"test"}))
    told = Caches(None, build_keys, make_plan(Before(None), build_keys, Sizes()), Sizes())
    assert lines(told.export(read_entry(MAX), "warm", None).layers) == [None, 4]


def test_nothing_is_told_where_no_cache_is(tmp_path):
    new = keys(tmp_path / "new", STAGES, FILES)
    told = Caches(None, new, make_plan(Before(None), new, Sizes()), Sizes())
    assert told.cached([], [], "warm", None) == Cached()
    assert cache_output.as_dict(Cached()) == {}
    assert list(cache_output.lines(Cached(), None)) == []
