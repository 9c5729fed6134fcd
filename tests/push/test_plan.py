"""What a push uploads, told from two builds. Every expectation was seen with Docker 26.1.5
(BuildKit 0.13).
"""

import os
from pathlib import Path

import pytest

from dlint.bytes.formats import Compression
from dlint.context import open_worktree
from dlint.findings import Basis, Size
from dlint.images.facts import HistoryStep, ImageFacts, LayerFact
from dlint.model import Build, Options
from dlint.model.keys import Keys
from dlint.push.aligned import EMPTY_DIFF_ID
from dlint.push.plan import EXISTS, PUSHED, Before, PushPlan, make_plan, passed_arguments
from dlint.push.recording import record
from dlint.push.rows import cause_text
from dlint.push.sizes import Sizes, in_format
from dlint.push.wire import Delivery
from dlint.sizes.bases import base
from dlint.syntax.parser import parse
from dlint.text.source import Source

Files = dict[str, str | int]
"""A context: text, or a number of random bytes."""

OVER = "FROM x AS b\nRUN make\nFROM x\nCOPY app /srv/app\nCOPY --from=b /usr/bin /usr/bin\n"
SIGNS = {"Pushed": "+", "Layer already exists": "="}


def keys(folder: Path, dockerfile: str, files: Files, **options: object) -> Keys:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else os.urandom(content))
    folder.mkdir(exist_ok=True)
    build = Build(
        parse(Source("Dockerfile", dockerfile)), open_worktree(folder), Options(**options)
    )
    return Keys(build, lambda entry: build.context.content_id(entry.path))


def plan(
    tmp_path: Path, before, after, cache: str = "warm", facts: ImageFacts | None = None, **options
) -> PushPlan:
    """Plan from `before` to `after`, each a Dockerfile with its files."""
    old = keys(tmp_path / "old", *before, **options) if before else None
    new = keys(tmp_path / "new", *after, **options)
    return make_plan(Before(old, facts), knowing(new, old, facts), Sizes(), cache)


def knowing(after: Keys, old: Keys | None, facts: ImageFacts | None) -> Keys:
    """Let a build know what an image before tells of its layers."""
    if facts is not None:
        told = record(after, facts, same_build=False) if old is None else record(old, facts)
        after.build.options = after.build.options._replace(recorded=told)
    return after


def signs(found: PushPlan) -> str:
    return "".join(SIGNS[layer.status] for layer in found.layers)


APP: Files = {"app/main.py": "print(1)\n", "app/util.py": "x = 1\n", "requirements.txt": "six\n"}
NEW: Files = {**APP, "app/main.py": "print(2)\n"}


@pytest.mark.parametrize(
    ("shows", "before", "after", "expected"),
    [
        (
            "nothing changed",
            ("FROM x\nCOPY . /a/\nRUN y\n", APP),
            ("FROM x\nCOPY . /a/\nRUN y\n", APP),
            "===",
        ),
        (
            "source above the install",
            ("FROM x\nCOPY . /a/\nRUN y\n", APP),
            ("FROM x\nCOPY . /a/\nRUN y\n", NEW),
            "=++",
        ),
        (
            "manifest first",
            ("FROM x\nWORKDIR /a\nCOPY requirements.txt .\nRUN y\nCOPY app app\n", APP),
            ("FROM x\nWORKDIR /a\nCOPY requirements.txt .\nRUN y\nCOPY app app\n", NEW),
            "====+",
        ),
        (
            "a copy to a new top-level folder is the same blob when it runs again",
            ("FROM x\nENV A=1\nRUN y\nCOPY app /app\n", APP),
            ("FROM x\nENV A=2\nRUN y\nCOPY app /app\n", APP),
            "=+=",
        ),
        (
            "one into made parents is not",
            ("FROM x\nENV A=1\nRUN y\nCOPY app /deep/app\n", APP),
            ("FROM x\nENV A=2\nRUN y\nCOPY app /deep/app\n", APP),
            "=++",
        ),
        (
            "ENV means nothing to COPY",
            ("FROM x\nENV A=1\nCOPY app /a/b\n", APP),
            ("FROM x\nENV A=2\nCOPY app /a/b\n", APP),
            "==",
        ),
        (
            "LABEL means nothing",
            ("FROM x\nLABEL a=1\nRUN y\n", {}),
            ("FROM x\nLABEL a=2\nRUN y\n", {}),
            "==",
        ),
        (
            "a global ARG means nothing",
            ("ARG A=1\nFROM x\nRUN y\n", {}),
            ("ARG A=2\nFROM x\nRUN y\n", {}),
            "==",
        ),
        (
            "an ARG is part of each RUN",
            ("FROM x\nARG A=1\nRUN y\n", {}),
            ("FROM x\nARG A=2\nRUN y\n", {}),
            "=+",
        ),
        (
            "ENV over an ARG makes it constant",
            ("FROM x\nARG A=1\nENV A=0\nRUN y\n", {}),
            ("FROM x\nARG A=2\nENV A=0\nRUN y\n", {}),
            "==",
        ),
        (
            "a proxy is no part of a RUN",
            ("FROM x\nARG HTTP_PROXY=1\nRUN y\n", {}),
            ("FROM x\nARG HTTP_PROXY=2\nRUN y\n", {}),
            "==",
        ),
        (
            "comments in a RUN",
            ("FROM x\nRUN a && \\\n  b\n", {}),
            ("FROM x\nRUN a && \\\n# c\n  b\n", {}),
            "==",
        ),
        (
            "white space in a RUN",
            ("FROM x\nRUN a && \\\n  b\n", {}),
            ("FROM x\nRUN a && \\\n    b\n", {}),
            "=+",
        ),
        (
            "a here-document's closing word",
            ("FROM x\nRUN <<A\nb\nA\n", {}),
            ("FROM x\nRUN <<C\nb\nC\n", {}),
            "==",
        ),
        (
            "a here-document's body",
            ("FROM x\nRUN <<A\nb\nA\n", {}),
            ("FROM x\nRUN <<A\nc\nA\n", {}),
            "=+",
        ),
        (
            "USER changes a RUN",
            ("FROM x\nUSER a\nRUN y\n", {}),
            ("FROM x\nUSER b\nRUN y\n", {}),
            "=+",
        ),
        ("another base", ("FROM x:1\nRUN y\n", {}), ("FROM x:2\nRUN y\n", {}), "++"),
        (
            "a stage that the target does not need",
            ("FROM x AS t\nCOPY app /t/a\nFROM x\nRUN y\n", APP),
            ("FROM x AS t\nCOPY app /t/a\nFROM x\nRUN y\n", NEW),
            "==",
        ),
        (
            "a stage's output that is known to be the same",
            (
                "FROM x AS b\nCOPY app /in\nRUN cp /in/util.py /out\nFROM x\nCOPY --from=b /out /out\nRUN y\n",
                APP,
            ),
            (
                "FROM x AS b\nCOPY app /in\nRUN cp /in/util.py /out\nFROM x\nCOPY --from=b /out /out\nRUN y\n",
                NEW,
            ),
            "===",
        ),
        (
            "a stage's output that is not",
            ("FROM x AS b\nCOPY app /in\nRUN make\nFROM x\nCOPY --from=b /out /out\n", APP),
            ("FROM x AS b\nCOPY app /in\nRUN make\nFROM x\nCOPY --from=b /out /out\n", NEW),
            "=+",
        ),
        (
            "a stage's folder over one of the base",
            (OVER, APP),
            (OVER, NEW),
            "=+=",
        ),
        (
            "not where what runs below it may have written beside it",
            (OVER.replace("COPY --from", "RUN apt-get install -y a\nCOPY --from"), APP),
            (OVER.replace("COPY --from", "RUN apt-get install -y a\nCOPY --from"), NEW),
            "=+++",
        ),
        (
            "nor of a folder that the base may lack",
            (OVER.replace("/usr/bin /usr/bin", "/usr/bin /usr/x/bin"), APP),
            (OVER.replace("/usr/bin /usr/bin", "/usr/bin /usr/x/bin"), NEW),
            "=++",
        ),
        (
            "nor of a file",
            (OVER.replace("/usr/bin /usr/bin", "/usr/bin/make /usr/bin"), APP),
            (OVER.replace("/usr/bin /usr/bin", "/usr/bin/make /usr/bin"), NEW),
            "=++",
        ),
        (
            "a bind mount counts by content",
            ("FROM x\nRUN --mount=target=/r,source=requirements.txt y\n", APP),
            ("FROM x\nRUN --mount=target=/r,source=requirements.txt y\n", NEW),
            "==",
        ),
        (
            "what is ignored does not count",
            ("FROM x\nCOPY . /a/b\n", {**APP, ".dockerignore": "app\n"}),
            ("FROM x\nCOPY . /a/b\n", {**NEW, ".dockerignore": "app\n"}),
            "==",
        ),
        (
            "an ONBUILD trigger runs in the stage that stands on it",
            ("FROM x AS b\nONBUILD COPY app /d/app\nFROM b\n", APP),
            ("FROM x AS b\nONBUILD COPY app /d/app\nFROM b\n", NEW),
            "=+",
        ),
        (
            "an existing folder's WORKDIR is the empty layer",
            ("FROM x\nENV A=1\nRUN y\nWORKDIR /usr\n", {}),
            ("FROM x\nENV A=2\nRUN y\nWORKDIR /usr\n", {}),
            "=+=",
        ),
        (
            "so is that of a folder of an official image",
            ("FROM php:8.3-fpm\nENV A=1\nRUN y\nWORKDIR /var/www/html\n", {}),
            ("FROM php:8.3-fpm\nENV A=2\nRUN y\nWORKDIR /var/www/html\n", {}),
            "=+=",
        ),
        (
            "a new folder's is not",
            ("FROM x\nENV A=1\nRUN y\nWORKDIR /new\n", {}),
            ("FROM x\nENV A=2\nRUN y\nWORKDIR /new\n", {}),
            "=++",
        ),
    ],
)
def test_statuses(tmp_path, shows, before, after, expected):
    assert signs(plan(tmp_path, before, after)) == expected, shows


def test_link_stands_apart_where_the_store_can_merge_layers(tmp_path):
    before = ("FROM x\nRUN a\nCOPY --link app /deep/er/\n", APP)
    after = ("FROM x\nRUN b\nCOPY --link app /deep/er/\n", APP)
    assert signs(plan(tmp_path, before, after, builder="buildkit")) == "=+="
    assert signs(plan(tmp_path, before, after, builder="docker")) == "=++"


def test_link_with_chmod_is_a_plain_copy(tmp_path):
    before = ("FROM x\nRUN a\nCOPY --link --chmod=755 app /deep/er/\n", APP)
    after = ("FROM x\nRUN b\nCOPY --link --chmod=755 app /deep/er/\n", APP)
    assert signs(plan(tmp_path, before, after, builder="buildkit")) == "=++"


@pytest.mark.parametrize(
    ("builder", "expected"), [("buildkit", "=="), ("classic", "=+"), ("buildah", "=+")]
)
def test_metadata_is_a_step_of_its_own_for_older_builders(tmp_path, builder, expected):
    assert (
        signs(
            plan(
                tmp_path,
                ("FROM x\nLABEL a=1\nRUN y\n", {}),
                ("FROM x\nLABEL a=2\nRUN y\n", {}),
                builder=builder,
            )
        )
        == expected
    )


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("FROM x\nWORKDIR /shop\nRUN make\nWORKDIR /late\nCOPY app /app\n", "==++="),
        ("FROM x\nCOPY app /deep/app\nWORKDIR /shop\n", "=++"),
        ("FROM x AS b\nRUN make\nFROM x\nCOPY --from=b /out /out\n", "=+"),
        ("FROM x AS b\nCOPY app /out\nFROM x\nCOPY --from=b /out /out\n", "=="),
        ("FROM x AS b\nWORKDIR /shop\nFROM b\nRUN make\n", "==+"),
    ],
)
def test_without_its_cache_a_builder_keeps_what_no_step_that_runs_is_below(
    tmp_path, dockerfile, expected
):
    side = (dockerfile, APP)
    assert signs(plan(tmp_path, side, side, cache="no-cache")) == expected


def test_the_classic_builder_keeps_nothing_without_its_cache(tmp_path):
    side = ("FROM x\nWORKDIR /shop\nRUN make\n", APP)
    assert signs(plan(tmp_path, side, side, cache="no-cache", builder="classic")) == "=++"


def test_cold_builder_makes_all_but_the_base_anew(tmp_path):
    side = ("FROM x\nRUN y\nCOPY app /app\n", APP)
    assert signs(plan(tmp_path, side, side, cache="cold")) == "=++"
    assert signs(plan(tmp_path / "b", side, side, cache="imported")) == "==="


def test_fresh_checkout_gives_copies_that_run_again_new_times(tmp_path):
    before = ("FROM x\nENV A=1\nRUN y\nCOPY app /app\n", APP)
    after = ("FROM x\nENV A=2\nRUN y\nCOPY app /app\n", APP)
    assert signs(plan(tmp_path, before, after, cache="imported")) == "=++"


def test_first_push_uploads_everything(tmp_path):
    found = plan(tmp_path, None, ("FROM x\nCOPY app /app\nRUN y\n", APP))
    assert signs(found) == "+++"
    assert found.unknown_layers == 2
    assert found.basis is Basis.UNKNOWN
    assert found.image.whole is None


def test_scratch_has_no_base_layer(tmp_path):
    assert signs(plan(tmp_path, None, ("FROM scratch\nCOPY app /app\n", APP))) == "+"


def test_copy_is_sized_from_the_context(tmp_path):
    found = plan(
        tmp_path,
        ("FROM x\nCOPY big /a/b\n", {"big": 10}),
        ("FROM x\nCOPY big /a/b\n", {"big": 500_000}),
    )
    assert found.layers[1].size.basis is Basis.MODELLED
    assert found.pushed.whole == pytest.approx(500_000, rel=0.02)


@pytest.mark.parametrize(("builder", "again"), [("docker", 0), ("buildkit", 32)])
def test_same_layer_twice_is_uploaded_once(tmp_path, builder, again):
    side = ("FROM scratch\nCOPY big /a\nRUN y\nCOPY big /a\n", {"big": 90_000})
    sizes = [layer.upload.whole for layer in plan(tmp_path, None, side, builder=builder).layers]
    assert sizes[0] > 90_000
    assert sizes[2] == again


def test_base_that_its_registry_describes_is_listed_by_layer(tmp_path):
    text = "FROM x\nRUN pip install -r requirements.txt\nCOPY app /a/b\n"
    old = keys(tmp_path / "old", text, APP)
    after = keys(tmp_path / "new", text, APP)
    moved = Keys(
        after.build, lambda entry: after.build.context.content_id(entry.path), {"x": "other"}
    )
    facts = image(
        ("ADD rootfs", 5_000, "base1"),
        ("RUN /bin/sh -c pip install -r requirements.txt # buildkit", 900, "pip"),
        ("COPY app /a/b # buildkit", 300, "app"),
    )
    base = image(
        ("ADD rootfs", 5_000, "base1"),
        ("RUN /bin/sh -c apt-get upgrade # buildkit", 7_000, "base2"),
    )
    found = make_plan(Before(old, facts, base), knowing(moved, old, facts), Sizes())
    assert signs(found) == "=+++"
    assert [layer.upload.whole for layer in found.layers[:3]] == [0, 7_000, 900]
    assert found.layers[1].digest == "sha256:base2"


def test_cause_is_the_first_line_that_changed_and_its_paths(tmp_path):
    text = "FROM x\nCOPY requirements.txt /r/\nCOPY app /a/b\nRUN y\n"
    layers = plan(tmp_path, (text, APP), (text, NEW)).layers
    assert [layer.cause and (layer.cause.line, layer.cause.paths) for layer in layers] == [
        None,
        None,
        (3, ("app/main.py",)),
        (3, ("app/main.py",)),
    ]


def test_cause_of_an_argument_is_its_line(tmp_path):
    before, after = "FROM x\nARG A=1\nLABEL b=1\nRUN y\n", "FROM x\nARG A=2\nLABEL b=1\nRUN y\n"
    assert plan(tmp_path, (before, {}), (after, {})).layers[1].cause.line == 2


def test_cause_reaches_into_the_stage_that_is_copied_from(tmp_path):
    text = "FROM x AS b\nCOPY app /in\nRUN make\nFROM x\nCOPY --from=b /out /deep/out\n"
    cause = plan(tmp_path, (text, APP), (text, NEW)).layers[1].cause
    assert (cause.line, cause.paths) == (2, ("app/main.py",))


PIP = "pip install -r /requirements.txt"


@pytest.mark.parametrize(
    ("steps", "copied", "sign"),
    [
        (f"RUN {PIP} --prefix=/install", "/install", "+"),
        (f'RUN {PIP} --target "/deps"', "/deps", "+"),
        (f"ARG DEPS=/deps\nRUN {PIP} --target $DEPS", "/deps", "+"),
        (f"RUN {PIP} --target $DEPS", "/deps", "+"),  # who knows where that is
        (f"RUN python -m venv /venv && . /venv/bin/activate && {PIP}", "/venv", "+"),
        (f"ENV PATH=/venv/bin:$PATH\nRUN {PIP}", "/venv", "+"),
        (f"ENV V=/venv\nENV PATH=$V/bin:$PATH\nRUN {PIP}", "/venv", "+"),
        (f"RUN /venv/bin/{PIP}", "/venv", "+"),
        (f"RUN cd /web && {PIP}", "/web", "+"),
        (f"WORKDIR /web\nRUN {PIP}", "/web/x", "+"),
        ("RUN apk add --root /rootfs curl", "/rootfs", "+"),
        (f"ENV A=/venv/bin B=/\nRUN {PIP}", "/data", "="),
    ],
)
def test_an_install_may_write_wherever_it_is_told_to(
    tmp_path: Path, steps: str, copied: str, sign: str
) -> None:
    text = (
        f"FROM x AS b\nCOPY requirements.txt /\n{steps}\nFROM y\nCOPY --from=b {copied} /deep/a\n"
    )
    changed = {**APP, "requirements.txt": "six==1\n"}
    assert signs(plan(tmp_path, (text, APP), (text, changed))) == f"={sign}"


def image(*steps: tuple[str, int | None, str]) -> ImageFacts:
    """Facts of an image: (created_by, compressed size or None for metadata, diff id)."""
    history = []
    for text, size, diff_id in steps:
        layer = (
            None if size is None else LayerFact(f"sha256:{diff_id}", size, diff_id, created_by=text)
        )
        history.append(HistoryStep(text, empty=layer is None, layer=layer))
    layers = tuple(step.layer for step in history if step.layer)
    return ImageFacts("oci:x", "sha256:m", "linux/amd64", layers, tuple(history), {})


FACTS = image(
    ("/bin/sh -c #(nop) ADD file:abc in / ", 30_000_000, "base1"),
    ("RUN /bin/sh -c apt-get update # buildkit", 2_000_000, "base2"),
    ("COPY app /a/b # buildkit", 300, "app"),
    ("RUN /bin/sh -c pip install -r requirements.txt # buildkit", 48_213_004, "pip"),
)


@pytest.mark.parametrize(
    ("build", "path", "sign"),
    [
        ("go build -o /out ./...", "/etc/ssl/certs/ca-certificates.crt", "="),
        ("./build.sh", "/usr/share/zoneinfo", "="),
        ("make -C app", "/etc/mime.types", "="),
        ("./build.sh", "/usr/share/misc", "+"),
        ("./build.sh /etc/ssl", "/etc/ssl/certs", "+"),
        ("./build.sh > /etc/ssl/certs/own.pem", "/etc/ssl/certs", "+"),
        ("update-ca-certificates", "/etc/ssl/certs", "+"),
        ("apt-get install -y ca-certificates", "/etc/ssl/certs", "+"),
        ("if ; fi", "/etc/ssl/certs", "+"),
    ],
)
def test_what_only_packages_write_stays_after_a_step_that_cannot_be_read(
    tmp_path, build, path, sign
):
    text = f"FROM x AS b\nWORKDIR /src\nCOPY app app\nRUN {build}\nFROM scratch\n"
    text += f"COPY --from=b {path} {path}\n"
    found = plan(tmp_path, (text, APP), (text, NEW))
    assert signs(found) == sign


def test_manifest_gives_the_base_layers_and_the_size_of_a_run(tmp_path):
    text = "FROM x\nCOPY app /a/b\nRUN pip install -r requirements.txt\n"
    found = plan(tmp_path, (text, APP), (text, NEW), facts=FACTS)
    assert [(layer.status, layer.size.whole, layer.size.basis) for layer in found.layers[:2]] == [
        ("Layer already exists", 30_000_000, Basis.EXACT),
        ("Layer already exists", 2_000_000, Basis.EXACT),
    ]
    assert found.layers[3].upload == Size(48_213_004, Basis.MODELLED)
    assert found.unknown_layers == 0
    assert found.layers[3].digest is None


def test_layer_that_stays_is_exact_to_its_digest(tmp_path):
    text = "FROM x\nCOPY app /a/b\nRUN pip install -r requirements.txt\n"
    last = plan(tmp_path, (text, APP), (text, APP), facts=FACTS).layers[-1]
    assert (last.status, last.digest, last.size.basis) == (
        "Layer already exists",
        "sha256:pip",
        Basis.EXACT,
    )


def test_run_that_stands_for_another_tells_no_size(tmp_path):
    before = "FROM x\nCOPY app /a/b\nRUN pip install -r requirements.txt\n"
    after = "FROM x\nCOPY app /a/b\nRUN make everything else\n"
    assert plan(tmp_path, (before, APP), (after, APP), facts=FACTS).layers[-1].upload.is_unknown


def test_layer_in_the_builders_cache_that_no_image_carried_is_uploaded(tmp_path):
    text = "FROM x AS a\nRUN one\nFROM a AS b\nRUN two\n"
    only_first = image(("ADD rootfs", 5_000, "base"), ("RUN /bin/sh -c one # buildkit", 100, "one"))
    found = plan(tmp_path, (text, {}), (text, {}), facts=only_first)
    assert signs(found) == "==+"


def test_copy_that_is_in_the_registry_bit_for_bit_is_proved_without_a_builder(tmp_path):
    after = keys(tmp_path / "new", "FROM scratch\nCOPY big /big\n", {"big": 5_000})
    selection = after.build.selection(after.build.dockerfile.instructions[1])
    facts = image(("COPY big /big # buildkit", 5_100, selection.diff_id))
    found = make_plan(Before(None, facts), after, Sizes(), "cold")
    assert [(layer.status, layer.size.basis) for layer in found.layers] == [
        ("Layer already exists", Basis.EXACT)
    ]


def test_run_that_changed_nothing_is_the_empty_layer_again(tmp_path):
    facts = image(
        ("ADD rootfs", 5_000, "base"), ("RUN /bin/sh -c true # buildkit", 32, EMPTY_DIFF_ID)
    )
    before, after = "FROM x\nENV A=1\nRUN true\n", "FROM x\nENV A=2\nRUN true\n"
    assert signs(plan(tmp_path, (before, {}), (after, {}), facts=facts)) == "=="


def test_mounted_blobs_are_said_to_be(tmp_path):
    text = "FROM x\nCOPY app /a/b\nRUN pip install -r requirements.txt\n"
    old, new = keys(tmp_path / "old", text, APP), keys(tmp_path / "new", text, APP)
    delivery = Delivery("buildkit", mounted={"sha256:base1": "library/x", "sha256:app": ""})
    found = make_plan(Before(old, FACTS), new, Sizes(), "warm", delivery)
    assert [layer.status for layer in found.layers] == [
        "Mounted from library/x",
        "Layer already exists",
        "Pushed",
        "Layer already exists",
    ]
    assert found.pushed.whole == 300


@pytest.mark.parametrize(
    ("compression", "expected"),
    [
        (Compression("zstd"), "===="),
        (Compression("zstd", force=True), "++=+"),
        (Compression("gzip", force=True), "==+="),
    ],
)
def test_only_force_changes_the_compression_of_layers_that_stand(tmp_path, compression, expected):
    text = "FROM x\nCOPY app /a/b\nRUN pip install -r requirements.txt\n"
    old, new = keys(tmp_path / "old", text, APP), keys(tmp_path / "new", text, APP)
    gzip, zstd = (f"application/vnd.oci.image.layer.v1.tar+{name}" for name in ("gzip", "zstd"))
    types = {"app": zstd}
    history = tuple(
        step._replace(layer=step.layer._replace(media_type=types.get(step.layer.diff_id, gzip)))
        for step in FACTS.history
    )
    facts = FACTS._replace(history=history, layers=tuple(step.layer for step in history))
    sizes = Sizes(compression=compression)
    delivery = Delivery("buildkit", compression=compression)
    found = make_plan(Before(old, facts), knowing(new, old, facts), sizes, "warm", delivery)
    assert signs(found) == expected
    anew = [layer for layer in found.layers if layer.status == PUSHED]
    assert all(cause_text(layer).startswith("another compression (was ") for layer in anew)
    assert all(layer.digest is None and layer.diff_id for layer in anew)


def test_what_only_gzip_is_known_of_is_guessed_or_unknown_in_another_format():
    size = Size(1_000, Basis.EXACT)
    assert in_format(size, "zstd") == Size(960, Basis.GUESSED)
    assert in_format(size, "uncompressed").is_unknown


def test_arguments_of_the_image_before_are_read_from_its_history():
    facts = image(
        ("RUN |3 SHA=a b c NONE= V=1.2 /bin/sh -c make # buildkit", 1, "a"),
        ("|1 OLD=x /bin/bash -o pipefail -c y", 1, "b"),
    )
    assert passed_arguments(facts) == {"SHA": "a b c", "V": "1.2", "OLD": "x"}


def test_overhead_is_less_when_nothing_changed(tmp_path):
    text = "FROM x\nCOPY app /a/b\n"
    same = plan(tmp_path / "1", (text, APP), (text, APP))
    other = plan(tmp_path / "2", (text, APP), (text, NEW))
    assert 1_000 < same.overhead_bytes < other.overhead_bytes < 20_000


def test_an_official_base_has_the_size_of_the_table_with_its_day(tmp_path):
    found = plan(tmp_path, *[("FROM python:3.12-slim\nCOPY app /a\n", APP)] * 2)
    known = base("python", "3.12-slim")
    [first] = [layer for layer in found.layers if layer.line is None]
    assert first.size == Size(known.bytes, Basis.GUESSED)
    assert (first.status, first.as_of, found.base_day) == (EXISTS, known.day, known.day)
    assert found.image.bytes > known.bytes


def test_another_base_uploads_the_layers_that_the_old_one_had_not(tmp_path):
    found = plan(tmp_path, ("FROM node:22\n", {}), ("FROM node:24\n", {}))
    old, new = base("node", "22"), base("node", "24")
    digests = {layer.digest for layer in old.layers}
    assert [layer.status for layer in found.layers] == [
        EXISTS if layer.digest in digests else PUSHED for layer in new.layers
    ]
    assert found.image.whole == new.bytes


def test_an_official_base_of_another_architecture_has_about_the_size_and_other_layers(tmp_path):
    same, other = (
        plan(
            tmp_path / name,
            *((f"FROM {name}/node:{version}\nCOPY app /a\n", APP) for version in (22, 24)),
        )
        for name in ("amd64", "arm64v8")
    )
    assert len(same.layers) > 2
    assert [layer.size.is_unknown for layer in other.layers] == [True, False]
    kept = plan(tmp_path / "kept", *[("FROM arm64v8/node:24\nCOPY app /a\n", APP)] * 2)
    assert kept.layers[0].size == Size(base("node", "24").bytes, Basis.GUESSED)


@pytest.mark.parametrize("name", ["example.com/python:3.12-slim", "python:no-such-tag"])
def test_nothing_tells_how_large_another_base_is(tmp_path, name):
    found = plan(tmp_path, *[(f"FROM {name}\nCOPY app /a\n", APP)] * 2)
    assert found.layers[0].size.is_unknown
    assert found.base_day is None
