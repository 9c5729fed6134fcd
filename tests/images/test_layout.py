"""OCI layouts, OCI archives and `docker save` archives, made here, whole and damaged."""

import gzip
import hashlib
import io
import json
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.images import RegistrySettings
from dlint.images.asking import read_facts
from dlint.images.layout import Member, read_layout, read_saved
from dlint.images.manifest import (
    CONFIG_LIMIT,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    descriptor_of,
)

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value).encode()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Image:
    """An image of two layers, with a step that makes none between them."""

    def __init__(self, seed="a", platform=("linux", "amd64", ""), **config):
        self.tars = [tar({name: seed.encode() * 2000}) for name in ("one", "two")]
        self.blobs = [gzip.compress(each, mtime=0) for each in self.tars]
        system, architecture, variant = platform
        document = {
            "os": system,
            "architecture": architecture,
            "config": {"Env": ["A=1"], "User": "1000"},
            "rootfs": {"type": "layers", "diff_ids": [digest(each) for each in self.tars]},
            "history": [
                {"created_by": "ADD one"},
                {"created_by": "ENV A=1", "empty_layer": True, "comment": "c"},
                {"created_by": "ADD two"},
            ],
        }
        self.config = dump(document | ({"variant": variant} if variant else {}) | config)
        self.layers = [
            {"mediaType": LAYER_TYPE, "digest": digest(b), "size": len(b)} for b in self.blobs
        ]
        self.platform = {"os": system, "architecture": architecture} | (
            {"variant": variant} if variant else {}
        )

    def manifest(self, **fields):
        config = {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest(self.config),
        }
        config["size"] = len(self.config)
        return dump(
            {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": self.layers}
            | fields
        )

    def entry(self, tag=None, **fields):
        raw = self.manifest()
        names = {"annotations": {"org.opencontainers.image.ref.name": tag}} if tag else {}
        return {"mediaType": OCI_MANIFEST, "digest": digest(raw), "size": len(raw)} | names | fields

    def documents(self):
        return [self.manifest(), self.config]


def layout(entries, blobs, **index):
    files = {"oci-layout": dump({"imageLayoutVersion": "1.0.0"})}
    files["index.json"] = dump({"schemaVersion": 2, "manifests": entries} | index)
    return files | {"blobs/" + digest(blob).replace(":", "/"): blob for blob in blobs}


def in_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return f"oci:{path}"


def in_archive(path, files, kind="oci-archive"):
    (path / "image.tar").write_bytes(tar(files))
    return f"{kind}:{path / 'image.tar'}"


def read(source, platform="linux/amd64"):
    return read_facts(source, platform=platform, settings=RegistrySettings())


@pytest.fixture(params=[in_folder, in_archive])
def put(request, tmp_path):
    return lambda files: request.param(tmp_path, files)


def test_a_sparse_layout_tells_all(put):
    image = Image()
    source = put(layout([image.entry("1.0")], image.documents()))
    facts = read(source)
    assert facts.source == source
    assert facts.digest == image.entry()["digest"]
    assert (facts.platform, facts.media_type) == ("linux/amd64", OCI_MANIFEST)
    assert (facts.manifest_bytes, facts.config_bytes) == (len(image.manifest()), len(image.config))
    assert facts.config == {"Env": ["A=1"], "User": "1000"}
    assert [(layer.digest, layer.size) for layer in facts.layers] == [
        (e["digest"], e["size"]) for e in image.layers
    ]
    assert [layer.diff_id for layer in facts.layers] == [digest(each) for each in image.tars]
    assert [layer.basis for layer in facts.layers] == [Basis.EXACT] * 2
    assert [(step.created_by, step.empty, step.comment) for step in facts.history] == [
        ("ADD one", False, ""),
        ("ENV A=1", True, "c"),
        ("ADD two", False, ""),
    ]
    assert [step.layer for step in facts.history] == [facts.layers[0], None, facts.layers[1]]
    assert [layer.created_by for layer in facts.layers] == ["ADD one", "ADD two"]


def test_images_are_named_by_tag_digest_or_full_name(put):
    one, two = Image("a"), Image("b")
    full = {
        "annotations": {
            "io.containerd.image.name": "registry.local/app:2",
            "org.opencontainers.image.ref.name": "2",
        }
    }
    source = put(layout([one.entry("1"), two.entry() | full], one.documents() + two.documents()))
    assert read(f"{source}:1").digest == one.entry()["digest"]
    for name in ("2", "registry.local/app:2", two.entry()["digest"]):
        assert read(f"{source}:{name}").digest == two.entry()["digest"]
    assert read(f"{source}@{two.entry()['digest']}").digest == two.entry()["digest"]
    with pytest.raises(DlintError, match="holds 2 images") as caught:
        read(source)
    assert "1, 2, registry.local/app:2" in caught.value.hint
    with pytest.raises(DlintError, match="holds no image '3'"):
        read(f"{source}:3")


def test_one_image_needs_no_tag_whatever_provenance_stands_beside_it(put):
    image = Image()
    attestation = image.entry(annotations={"vnd.docker.reference.type": "attestation-manifest"})
    attestation["digest"] = digest(b"elsewhere")
    unknown = {"os": "unknown", "architecture": "unknown"}
    index = dump(
        {
            "manifests": [
                image.entry(platform=image.platform),
                attestation | {"platform": unknown},
            ],
            "mediaType": OCI_INDEX,
        }
    )
    entry = {"mediaType": OCI_INDEX, "digest": digest(index), "size": len(index)}
    facts = read(put(layout([entry], [*image.documents(), index])))
    assert facts.digest == image.entry()["digest"]


PLATFORMS = [
    ("linux", "amd64", ""),
    ("linux", "arm64", "v8"),
    ("linux", "arm", "v6"),
    ("linux", "arm", "v5"),
    ("windows", "amd64", ""),
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("linux/amd64", 0),
        ("amd64", 0),
        ("linux/x86_64", 0),
        ("linux/amd64/v3", 0),
        ("linux/arm64", 1),
        ("linux/aarch64", 1),
        ("linux/arm64/v8", 1),
        ("linux/arm", 2),
        ("linux/arm/v7", 2),
        ("linux/armhf", 2),
        ("linux/arm/v6", 2),
        ("linux/arm/v5", 3),
        ("Windows/AMD64", 4),
    ],
)
def test_an_index_is_asked_for_the_platform(tmp_path, wanted, expected):
    images = [Image(str(at), platform) for at, platform in enumerate(PLATFORMS)]
    entries = [image.entry("1", platform=image.platform) for image in images]
    source = in_folder(
        tmp_path, layout(entries, [each for image in images for each in image.documents()])
    )
    assert read(f"{source}:1", wanted).digest == entries[expected]["digest"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("linux/s390x", "no image for linux/s390x"),
        ("linux/arm64/v9/x", "is not a platform"),
        ("linux/", "is not a platform"),
        ("linux/386", "no image for linux/386"),
    ],
)
def test_a_platform_that_is_not_there(tmp_path, wanted, message):
    images = [Image("a"), Image("b", ("linux", "arm64", "v8"))]
    entries = [image.entry(platform=image.platform) for image in images]
    source = in_folder(tmp_path, layout(entries, []))
    with pytest.raises(DlintError, match=message) as caught:
        read(source, wanted)
    assert (
        "Available: linux/amd64, linux/arm64." in caught.value.hint
        or "is not a platform" in message
    )


def test_a_lower_variant_serves_but_no_higher_one(tmp_path):
    image, other = Image("a", ("linux", "arm", "v7")), Image("b")
    entries = [each.entry(platform=each.platform) for each in (image, other)]
    source = in_folder(tmp_path, layout(entries, image.documents()))
    assert read(source, "linux/arm/v8").platform == "linux/arm/v7"
    with pytest.raises(DlintError, match="linux/arm/v6"):
        read(source, "linux/arm/v6")


def test_a_single_manifest_serves_any_platform_and_says_its_own(put):
    image = Image(platform=("linux", "arm64", "v8"))
    assert read(put(layout([image.entry()], image.documents()))).platform == "linux/arm64"


def test_paths_and_tags_may_hold_colons(tmp_path):
    image = Image()
    folder = tmp_path / "a:b@c"
    source = in_folder(folder, layout([image.entry("v:1")], image.documents()))
    assert read(source) == read(f"{source}:v:1")._replace(source=source)


def test_layers_that_are_never_pushed_are_told(put):
    image = Image()
    image.layers[0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    image.layers[1]["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    facts = read(put(layout([image.entry()], image.documents())))
    assert [layer.foreign for layer in facts.layers] == [True, True]


def test_a_history_that_is_too_long_is_told(put):
    image = Image(history=[{"created_by": "x", "empty_layer": True}] * 150_000)
    with pytest.raises(DlintError, match="its history has 150000 steps, more than 2000"):
        read(put(layout([image.entry()], image.documents())))


@pytest.mark.parametrize("size", [1 << 63, 10**400])
def test_a_size_that_no_blob_has_is_told(size):
    described = {"digest": "sha256:" + "1" * 64, "size": size}
    with pytest.raises(DlintError, match="no valid digest and size"):
        descriptor_of(described, "x")


@pytest.mark.parametrize("history", [None, [], [{"created_by": "one"}], "x", [1, None]])
def test_history_that_does_not_fit_is_paired_with_nothing(put, history):
    image = Image(history=history)
    facts = read(put(layout([image.entry()], image.documents())))
    assert [layer.created_by for layer in facts.layers] == ["", ""]
    assert all(step.layer is None for step in facts.history)


def nested(depth):
    image = Image()
    blobs, entry = image.documents(), image.entry()
    for _ in range(depth):
        blobs.append(dump({"manifests": [entry]}))
        entry = {"digest": digest(blobs[-1]), "size": len(blobs[-1])}
    return layout([entry], blobs)


def test_indexes_nest_but_not_for_ever(put):
    assert read(put(nested(2))).layers
    with pytest.raises(DlintError, match="nests more than"):
        read(put(nested(9)))


def damage(**changes):
    """Return a layout whose manifest has `changes`, for which it is the right digest."""
    image = Image()
    raw = image.manifest(**changes)
    return layout([{"digest": digest(raw), "size": len(raw)}], [raw, image.config])


def config_blob(raw):
    image = Image()
    image.config = raw
    return layout([image.entry()], image.documents())


def without(name):
    image = Image()
    files = layout([image.entry()], image.documents())
    return {path: data for path, data in files.items() if name not in path}


def altered(blob):
    image = Image()
    files = layout([image.entry()], image.documents())
    name = "blobs/" + digest(
        getattr(image, blob)() if blob == "manifest" else image.config
    ).replace(":", "/")
    return files | {name: files[name][:-2] + b" }"}


def layer_of(size):
    image = Image()
    files = layout([image.entry()], image.documents())
    return files | {"blobs/" + image.layers[0]["digest"].replace(":", "/"): b"x" * size}


IMAGE = Image()
DAMAGES = [
    (without("index.json"), "holds no index.json"),
    (without(digest(IMAGE.config)[7:]), f"holds no blobs/sha256/{digest(IMAGE.config)[7:]}"),
    (
        without(digest(IMAGE.manifest())[7:]),
        f"holds no blobs/sha256/{digest(IMAGE.manifest())[7:]}",
    ),
    (altered("manifest"), "was requested, but the content is"),
    (altered("config"), f"{digest(IMAGE.config)} was requested"),
    (layer_of(3), "has 3 bytes, its manifest says"),
    (layout([], []), "holds no images"),
    (layout({}, []), "has no list of manifests"),
    (layout([{"digest": "sha256:x", "size": 1}], []), "no valid digest and size"),
    (layout([{"digest": digest(b""), "size": -1}], []), "no valid digest and size"),
    (layout([{"digest": digest(b""), "size": "1"}], []), "no valid digest and size"),
    (layout([5], []), "no valid digest and size"),
    (layout([{"digest": "../../../../etc/passwd", "size": 1}], []), "no valid digest and size"),
    (damage(layers=None), "has no list of layers"),
    (damage(layers=[]), "0 layers, but 2 in the configuration"),
    (damage(config=None), "no valid digest and size"),
    (
        damage(config={"digest": digest(b"x"), "size": CONFIG_LIMIT + 1}),
        f"more than {CONFIG_LIMIT}",
    ),
    (damage(manifests=[]), "both an index and a manifest"),
    (config_blob(b"[]"), "not a JSON object"),
    (config_blob(b"{} "), "lists no layers"),
    (config_blob(b'{"rootfs": {"diff_ids": [1]}}'), "lists no layers"),
    (config_blob(b'{"rootfs": []}'), "lists no layers"),
    (config_blob(b"[" * 100_000), "is not valid JSON"),
    (config_blob(b"{\xff"), "is not valid JSON"),
]


@pytest.mark.parametrize(
    ("files", "message"),
    DAMAGES,
    ids=[f"{at} {message}" for at, (_, message) in enumerate(DAMAGES)],
)
def test_damage_is_named(put, files, message):
    with pytest.raises(DlintError) as caught:
        read(put(files))
    assert message in caught.value.message


def test_schema_1_is_named(put):
    raw = dump({"schemaVersion": 1, "fsLayers": []})
    with pytest.raises(DlintError, match="schema 1"):
        read(put(layout([{"digest": digest(raw), "size": len(raw)}], [raw])))


@pytest.mark.parametrize("keep", [0, 100, 512, 1500, -1024 - 700])
def test_a_cut_archive_is_named(tmp_path, keep):
    image = Image()
    source = in_archive(tmp_path, layout([image.entry()], image.documents()))
    path = tmp_path / "image.tar"
    path.write_bytes(path.read_bytes().rstrip(b"\0")[:keep])
    with pytest.raises(DlintError, match=r"image\.tar"):
        read(source)


def test_archives_may_be_compressed(tmp_path):
    image = Image()
    source = in_archive(tmp_path, layout([image.entry()], image.documents()))
    path = tmp_path / "image.tar"
    compressed = gzip.compress(path.read_bytes())
    path.write_bytes(compressed)
    assert read(source).digest == image.entry()["digest"]
    path.write_bytes(compressed[: len(compressed) // 2])
    with pytest.raises(DlintError, match="not a complete tar archive"):
        read(source)


def test_names_in_an_archive_are_no_paths_of_the_machine(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_bytes(Image().config)
    manifest = dump([{"Config": str(secret), "RepoTags": None, "Layers": []}])
    source = in_archive(
        tmp_path, {"manifest.json": manifest, "link.json": str(secret)}, "docker-archive"
    )
    with pytest.raises(DlintError, match="holds no"):
        read(source)
    manifest = dump([{"Config": "link.json", "RepoTags": None, "Layers": []}])
    source = in_archive(
        tmp_path, {"manifest.json": manifest, "link.json": str(secret)}, "docker-archive"
    )
    with pytest.raises(DlintError, match="holds no"):
        read(source)


def saved_old(image, tags=("app:1",)):
    """As `docker save` wrote before Docker 25: a folder a layer, plain tars, the second a link to
    another image's.
    """
    files = {
        "one/layer.tar": image.tars[0],
        "two/layer.tar": "../shared/layer.tar",
        "shared/layer.tar": image.tars[1],
    }
    name = digest(image.config)[7:] + ".json"
    item = {"Config": name, "RepoTags": list(tags), "Layers": ["one/layer.tar", "two/layer.tar"]}
    return files | {name: image.config, "manifest.json": dump([item])}


def saved_new(image, blobs, tags=("app:1",)):
    """As it writes now: an OCI layout as well, blobs by digest, compressed in the containerd
    store.
    """
    names = ["blobs/" + digest(each).replace(":", "/") for each in (image.config, *blobs)]
    item = {"Config": names[0], "RepoTags": list(tags), "Layers": names[1:]}
    return dict(zip(names, (image.config, *blobs), strict=True)) | {"manifest.json": dump([item])}


@pytest.mark.parametrize("form", ["old", "new"])
def test_plain_tars_of_an_engine_have_no_compressed_size(tmp_path, form):
    image = Image()
    files = saved_old(image) if form == "old" else saved_new(image, image.tars)
    facts = read(in_archive(tmp_path, files, "docker-archive"))
    assert [(layer.digest, layer.size, layer.unpacked) for layer in facts.layers] == [
        (None, None, len(each)) for each in image.tars
    ]
    assert [layer.diff_id for layer in facts.layers] == [digest(each) for each in image.tars]
    assert [layer.created_by for layer in facts.layers] == ["ADD one", "ADD two"]
    assert (facts.digest, facts.manifest_bytes, facts.config_bytes) == ("", 0, len(image.config))
    assert facts.layers[0].basis is Basis.UNKNOWN


def test_compressed_blobs_of_the_containerd_store_are_what_is_pushed(tmp_path):
    image = Image()
    facts = read(in_archive(tmp_path, saved_new(image, image.blobs), "docker-archive"))
    assert [(layer.digest, layer.size) for layer in facts.layers] == [
        (digest(b), len(b)) for b in image.blobs
    ]


def test_saved_images_are_found_by_any_form_of_their_name(tmp_path):
    one, two = Image("a"), Image("b")
    files = saved_new(one, one.tars) | saved_new(two, two.tars)
    items = [*json.loads(saved_new(one, one.tars, ["app:latest", "UPPER"])["manifest.json"])]
    items += json.loads(
        saved_new(two, two.tars, ["registry.local:5000/team/app:2"])["manifest.json"]
    )
    source = in_archive(tmp_path, files | {"manifest.json": dump(items)}, "docker-archive")
    for name in ("app", "app:latest", "docker.io/library/app"):
        assert read(f"{source}:{name}").config_bytes == len(one.config)
        assert read(f"{source}:{name}").layers[0].diff_id == digest(one.tars[0])
    assert read(f"{source}:registry.local:5000/team/app:2").layers[0].diff_id == digest(two.tars[0])
    for name, message in (
        ("", "holds 2 images"),
        (":other", "no image 'other'"),
        (":A b", "is not an image name"),
    ):
        with pytest.raises(DlintError, match=message):
            read(source + name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"manifest.json": b"{}"}, "is not a list of images"),
        ({"manifest.json": b"[1]"}, "is not a list of images"),
        ({"manifest.json": b"[{}]"}, "lists no configuration and layers"),
        ({"manifest.json": b"[]"}, "holds no images"),
        ({"manifest.json": b"nothing"}, "is not valid JSON"),
        ({"two/layer.tar": "../missing"}, "holds no two/layer.tar"),
        ({"two/layer.tar": "../two/layer.tar"}, "holds no two/layer.tar"),
        ({digest(IMAGE.config)[7:] + ".json": IMAGE.config + b" "}, "was requested"),
    ],
)
def test_damage_in_saved_archives_is_named(tmp_path, change, message):
    with pytest.raises(DlintError) as caught:
        read(in_archive(tmp_path, saved_old(IMAGE) | change, "docker-archive"))
    assert message in caught.value.message


def test_docker_media_types_are_kept(put):
    image = Image()
    raw = image.manifest(mediaType=DOCKER_MANIFEST)
    facts = read(put(layout([{"digest": digest(raw), "size": len(raw)}], [raw, image.config])))
    assert facts.media_type == DOCKER_MANIFEST


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("app:1", "is not an image source"),
        ("oci:", "is not an image source"),
        ("docker:app", "is not an image source"),
        ("oci:/nowhere/at:all", "no such file or folder"),
        ("oci-archive:/dev/null", "not a complete tar"),
        ("docker://Upper/Case", "is not an image name"),
        ("docker-daemon:Upper", "is not an image name"),
    ],
)
def test_what_is_no_source_is_refused(source, message):
    with pytest.raises(DlintError, match=message):
        read(source)


KEYS = st.sampled_from(
    [
        *(
            "manifests",
            "layers",
            "config",
            "digest",
            "size",
            "mediaType",
            "platform",
            "annotations",
            "schemaVersion",
        ),
        *(
            "os",
            "architecture",
            "variant",
            "rootfs",
            "diff_ids",
            "history",
            "created_by",
            "empty_layer",
            "comment",
        ),
        *(
            "Config",
            "Layers",
            "RepoTags",
            "fsLayers",
            "org.opencontainers.image.ref.name",
            "io.containerd.image.name",
        ),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from(["", "app:1", "linux", "a.json", digest(b"")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


class Files:
    """Files in memory, as an archive's table gives them."""

    name = "files"

    def __init__(self, files):
        self.files = files

    def read(self, name, limit):
        if name not in self.files:
            raise DlintError(f"holds no {name}")
        return self.files[name][:limit]

    def size(self, name):
        return len(self.files[name]) if name in self.files else None

    def find(self, name):
        data = self.files.get(name)
        return data and Member(len(data), data[:64], data)


@given(OBJECTS, OBJECTS, OBJECTS, st.sampled_from(["", "app:1", digest(b"")]))
def test_no_document_does_more_than_end_in_an_error(index, manifest, config, tag):
    """Each document is what the one before it names, with whatever else in it."""
    image = Image()
    image.config = dump(json.loads(image.config) | config)
    raw = dump(json.loads(image.manifest()) | manifest)
    entry = {"digest": digest(raw), "size": len(raw)}
    files = layout([entry], [raw, image.config], **index)
    files |= {
        "manifest.json": dump([{"Config": "a.json", "Layers": []} | index]),
        "a.json": image.config,
    }
    with suppress(DlintError):
        read_layout("oci:x", Files(files), tag, "linux/amd64")
    with suppress(DlintError):
        read_saved("docker-archive:x", Files(files), tag)
