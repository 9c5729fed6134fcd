"""Image facts of real images: the same from wherever they are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from harness import need
from harness.registry import PASSWORD, USER
from harness.skips import require

from dlint.errors import DlintError
from dlint.images import ImageFacts, RegistrySettings
from dlint.images.align import InstructionLine, align
from dlint.images.asking import held_blobs, read_facts

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine
    from harness.insecure import InsecureRegistry
    from harness.registry import PasswordRegistry, Registry, TokenRegistry

DOCKERFILE = """\
FROM shell:1
ARG REV=1
WORKDIR /app
COPY f.txt ${REV}/
ENV A=1
RUN echo $REV > /rev
RUN <<EOF
set -e
head -c 100000 /dev/urandom > /noise
EOF
USER 1000:1000
CMD ["sh"]
"""

LINES = [
    InstructionLine("ARG", ("REV=1",)),
    InstructionLine("WORKDIR", ("/app",)),
    InstructionLine("COPY", ("f.txt ${REV}/",)),
    InstructionLine("ENV", ("A=1",)),
    InstructionLine("RUN", ("echo $REV > /rev",)),
    InstructionLine("RUN", ("set -e\nhead -c 100000 /dev/urandom > /noise\n",)),
    InstructionLine("USER", ("1000:1000",)),
    InstructionLine("CMD", ('["sh"]',)),
]


def build(engine: Engine, folder: Path, *tags: str) -> None:
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "f.txt").write_text("hello\n")
    names = [word for tag in tags for word in ("--tag", tag)]
    engine.docker("build", "--network", "none", *names, folder)


def use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dlint see the engine and the credentials that its client sees."""
    for name in ("DOCKER_HOST", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, engine.env[name])


def check_alignment(facts: ImageFacts) -> None:
    matches = align(facts.history, LINES)
    assert [match is not None and match.exact for match in matches] == [True] * len(LINES)
    layers = [match.layer for match in matches if match and match.layer]
    assert layers == list(facts.layers[-4:])


def blobs(facts: ImageFacts) -> list[tuple[str | None, int | None]]:
    return [(layer.digest, layer.size) for layer in facts.layers]


def diff_ids(facts: ImageFacts) -> list[str]:
    return [layer.diff_id for layer in facts.layers]


def test_one_image_from_everywhere(
    engine: Engine, registry: Registry, tmp_path: Path, monkeypatch
) -> None:
    require(lambda: need.programs("skopeo"))
    use(engine, monkeypatch)
    name = f"{registry.host}/facts/app:1"
    build(engine, tmp_path, name)
    engine.docker("push", name)
    manifest = registry.manifest("facts/app", "1")
    config = registry.blob("facts/app", manifest.data["config"]["digest"])

    remote = read_facts(f"docker://{name}")
    assert (remote.digest, remote.manifest_bytes, remote.config_bytes) == (
        manifest.digest,
        len(manifest.raw),
        len(config),
    )
    assert blobs(remote) == [(each["digest"], each["size"]) for each in manifest.data["layers"]]
    assert diff_ids(remote) == json.loads(config)["rootfs"]["diff_ids"]
    assert remote.config["User"] == "1000:1000"
    check_alignment(remote)

    local = read_facts(f"docker-daemon:{name}")
    assert local.digest == remote.digest
    assert diff_ids(local) == diff_ids(remote)
    assert [layer.created_by for layer in local.layers] == [
        layer.created_by for layer in remote.layers
    ]
    assert blobs(local) == [(None, None)] * len(remote.layers)
    check_alignment(local)

    archive = tmp_path / "saved.tar"
    engine.docker("save", "--output", archive, name)
    saved = read_facts(f"docker-archive:{archive}:{name}")
    assert diff_ids(saved) == diff_ids(remote)
    assert (blobs(saved), saved.config_bytes) == (blobs(local), len(config))
    check_alignment(saved)

    for transport, path in (("oci", tmp_path / "layout"), ("oci-archive", tmp_path / "layout.tar")):
        need.run(
            "skopeo", "copy", "--src-tls-verify=false", f"docker://{name}", f"{transport}:{path}:1"
        )
        copied = read_facts(f"{transport}:{path}:1")
        assert (blobs(copied), diff_ids(copied)) == (blobs(remote), diff_ids(remote))
        assert read_facts(f"{transport}:{path}") == copied._replace(source=f"{transport}:{path}")


def test_the_containerd_stores_index(
    containerd_engine: Engine, registry: Registry, tmp_path: Path, monkeypatch
) -> None:
    use(containerd_engine, monkeypatch)
    name = f"{registry.host}/facts/index:1"
    build(containerd_engine, tmp_path, name)
    containerd_engine.docker("push", name)
    facts = read_facts(f"docker://{name}")
    assert facts.platform == "linux/amd64"
    check_alignment(facts)

    archive = tmp_path / "saved.tar"
    containerd_engine.docker("save", "--output", archive, name)
    assert blobs(read_facts(f"docker-archive:{archive}")) == blobs(facts)
    assert diff_ids(read_facts(f"docker-daemon:{name}")) == diff_ids(facts)


def test_blobs_that_a_repository_holds(engine: Engine, registry: Registry, tmp_path: Path) -> None:
    names = f"{registry.host}/facts/held:1", f"{registry.host}/facts/other:1"
    build(engine, tmp_path, *names)
    engine.docker("push", names[0])
    digests = [str(layer.digest) for layer in read_facts(f"docker://{names[0]}").layers]
    missing = "sha256:" + "0" * 64
    assert held_blobs(f"{registry.host}/facts/held", [*digests, missing]) == set(digests)
    assert held_blobs(f"{registry.host}/facts/other", digests) == frozenset()


@pytest.mark.parametrize("kind", ["auth_registry", "token_registry"])
def test_a_registry_that_wants_a_login(
    engine: Engine, kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch
) -> None:
    guarded: PasswordRegistry | TokenRegistry = request.getfixturevalue(kind)
    use(engine, monkeypatch)
    name = f"{guarded.host}/facts/app:1"
    build(engine, tmp_path, name)
    with pytest.raises(DlintError, match="wants a login"):
        read_facts(f"docker://{name}")
    engine.docker("login", "--username", USER, "--password-stdin", guarded.host, text=PASSWORD)
    try:
        engine.docker("push", name)
        facts = read_facts(f"docker://{name}")
        assert facts.digest == guarded.manifest("facts/app", "1").digest
        assert held_blobs(f"{guarded.host}/facts/app", [str(facts.layers[0].digest)])
    finally:
        engine.docker("logout", guarded.host)


def test_a_registry_without_tls_must_be_allowed(
    engine: Engine, insecure_registry: InsecureRegistry, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    name = f"{insecure_registry.host}/facts/app:1"
    build(engine, tmp_path, name)
    engine.docker("push", name)
    with pytest.raises(DlintError, match="does not speak TLS") as caught:
        read_facts(f"docker://{name}")
    assert f"--insecure-registry {insecure_registry.host}" in caught.value.hint
    allowed = RegistrySettings(insecure=(insecure_registry.host,))
    facts = read_facts(f"docker://{name}", settings=allowed)
    assert facts.digest == insecure_registry.manifest("facts/app", "1").digest

    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/daemon.json").write_text(
        json.dumps({"insecure-registries": [insecure_registry.host]})
    )
    assert read_facts(f"docker://{name}") == facts
