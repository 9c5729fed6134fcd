"""What sources of sizes answer, who is asked, and that nobody is unless the user wants it."""

import socket
import subprocess

import pytest

from dlint.findings import Basis
from dlint.packages import (
    MOST_BYTES,
    Answer,
    Index,
    Locked,
    Missing,
    OnlineSettings,
    Origin,
    PackageSize,
    Provenance,
    SizeRequest,
    read_size,
)
from dlint.sizes.indexes import own
from dlint.sizes.indexes.clients import environment, index_of, which

PROVENANCE = Provenance("a test", "2026-01-01", Basis.MODELLED)


def test_a_whole_answer_has_sums():
    sizes = PackageSize("a", "1", 10, 20), PackageSize("b", "1", 30, 40)
    answer = Answer(sizes, PROVENANCE)
    assert (answer.archive_bytes, answer.layer_bytes, answer.at_least, answer.basis) == (
        40,
        60,
        60,
        Basis.MODELLED,
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer((PackageSize("a", "1", 10, 20),), PROVENANCE, (Missing("b", "no such package"),)),
        Answer((PackageSize("a", "1", 10, 20), PackageSize("b", "1", 5, None)), PROVENANCE),
    ],
)
def test_a_partial_answer_has_a_lower_bound_and_no_sum(answer):
    assert (answer.layer_bytes, answer.at_least, answer.basis) == (None, 20, Basis.UNKNOWN)


def test_nothing_that_installs_is_nothing():
    assert Answer((), PROVENANCE).layer_bytes == 0


@pytest.mark.parametrize(
    "value", [0, -1, True, 1.5, None, "x", "-3", "1" * 30, [], MOST_BYTES + 1, "٣"]
)
def test_sizes_that_cannot_be_true_are_none(value):
    assert read_size(value) is None


@pytest.mark.parametrize("value", [7, "7"])
def test_sizes_are_numbers_or_their_digits(value):
    assert read_size(value) == 7


def requests():
    indexes = (Index("https://index.example/x", Origin.REPOSITORY), Index("https://own.example"))
    locked = (Locked("left-pad", "1.3.0"),)
    for ecosystem in own.MODULES:
        specs = ("https://files.example/x.tar.gz",) if ecosystem == "download" else ("left-pad",)
        yield SizeRequest(ecosystem, specs=specs, locked=locked, indexes=indexes)


@pytest.mark.parametrize("request_", list(requests()), ids=lambda each: each.ecosystem)
def test_nothing_is_asked_nor_run_unless_the_user_wants_it(request_, monkeypatch, tmp_path):
    def refuse(*_, **__):
        pytest.fail("something was asked or run")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    answer = own.package_sizes(request_, OnlineSettings(cache=tmp_path))
    assert answer.layer_bytes is None
    assert answer.basis is Basis.UNKNOWN
    assert answer.missing
    assert all(each.why for each in answer.missing)
    assert not any(tmp_path.iterdir())


def test_what_is_asked_of_no_known_ecosystem_is_for_a_plugin():
    assert own.package_sizes(SizeRequest("cpan", ("Moose",)), OnlineSettings(online=True)) is None


@pytest.mark.parametrize("ecosystem", own.UNSIZED)
def test_what_has_no_sizes_is_said_to_be_unknown(ecosystem):
    answer = own.package_sizes(
        SizeRequest(ecosystem, locked=(Locked("a", "1"),)), OnlineSettings(online=True)
    )
    assert [each.name for each in answer.missing] == ["a"]
    assert answer.layer_bytes is None


def test_a_password_in_an_address_becomes_its_own_place_s_credential():
    index = index_of("https://me:s%40crt@index.example:8443/simple/")
    assert index.url == "https://index.example:8443/simple"
    assert index.authorization == "Basic bWU6c0BjcnQ="
    assert "bWU6" not in repr(index)


def test_no_program_of_the_checked_repository_is_run(tmp_path, monkeypatch):
    inside, outside = tmp_path / "repository/bin", tmp_path / "bin"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    program = inside / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (outside / "linked").symlink_to(program)
    monkeypatch.setenv("PATH", f"{inside}:.:{outside}")
    monkeypatch.chdir(inside)
    assert which("tool", tmp_path / "repository") is None
    assert which("linked", tmp_path / "repository") is None
    assert which("tool", None) == str(program)


def test_package_managers_are_told_of_indexes_and_proxies_and_of_nothing_else(monkeypatch):
    told = {
        "UV_INDEX_URL": "u",
        "HTTPS_PROXY": "p",
        "PIP_TARGET": "t",
        "UV_CONSTRAINT": "c",
        "VIRTUAL_ENV": "v",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert {name for name in environment() if name in told} == {"UV_INDEX_URL", "HTTPS_PROXY"}


@pytest.fixture
def source(monkeypatch):
    """Count what a source of sizes is asked, and let it answer."""
    asked = []
    answers = {True: Answer((PackageSize("a", "1", 10, 20, None, ("b",)),), PROVENANCE)}

    def package_sizes(request, settings):
        asked.append(request)
        return answers.get(
            settings.online, Answer((), PROVENANCE, (Missing("a", "nobody was asked"),))
        )

    monkeypatch.setattr("dlint.sizes.indexes.pypi.package_sizes", package_sizes)
    return asked, answers


def test_an_answer_stands_for_a_day_and_for_runs_that_ask_nobody(source, tmp_path):
    asked, answers = source
    request, settings = SizeRequest("pypi", ("a",)), OnlineSettings(online=True, cache=tmp_path)
    assert (
        own.package_sizes(request, settings)
        == own.package_sizes(request, settings)
        == answers[True]
    )
    assert len(asked) == 1
    assert own.package_sizes(request, settings._replace(online=False, kept=True)) == answers[True]
    assert own.package_sizes(request, settings._replace(online=False)).missing
    other = request._replace(base=request.base._replace(packages=frozenset({"x"})))
    assert own.package_sizes(other, settings._replace(online=False, kept=True)).missing


def test_a_partial_answer_is_not_kept(source, tmp_path):
    asked, answers = source
    answers[True] = answers[True]._replace(missing=(Missing("b", "busy"),))
    for _ in range(2):
        own.package_sizes(SizeRequest("pypi", ("a",)), OnlineSettings(online=True, cache=tmp_path))
    assert len(asked) == 2


def test_what_is_kept_holds_no_credential():
    request = SizeRequest(
        "pypi", ("a",), indexes=(Index("https://i.example", authorization="Basic s3cret"),)
    )
    assert "s3cret" not in own._name(request, OnlineSettings())
