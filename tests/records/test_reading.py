"""Records of real builds, as each program wrote them, and as CI keeps them.

What is in `builds` was recorded with Docker Engine 26.1.5 and buildx 0.13.1.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.records.rawjson import read_messages
from dlint.records.reading import read_records, read_stream
from dlint.records.record import Format, Record, Result, read_label

BUILDS = Path(__file__).parent / "builds"
APP = (BUILDS / "app.plain").read_text()


def read(text: str | bytes) -> list[Record]:
    data = text.encode() if isinstance(text, str) else text
    return read_stream(io.BufferedReader(io.BytesIO(data)), "build.log")


def results(record: Record) -> dict[str, Result]:
    return {each.name: each.result for each in record.vertices if each.labels}


def of_file(name: str) -> Record:
    (record,) = read_records(str(BUILDS / name))
    return record


def test_a_plain_log_tells_what_ran_and_for_how_long() -> None:
    record = of_file("app.plain")
    assert record.format is Format.PLAIN
    assert record.seconds is None
    steps = {each.name: each for each in record.vertices}
    ran = steps[
        "[build 6/6] RUN sleep 2 &&     cat app/*.py > /out/app &&     echo 1 > /out/version"
    ]
    assert (ran.result, ran.seconds, ran.basis) == (Result.RAN, 2.2, Basis.EXACT)
    cached = steps["[build 3/6] COPY requirements.txt ./"]
    assert (cached.result, cached.seconds) == (Result.CACHED, None)
    assert steps["[internal] load build context"].bytes == 285


def test_rawjson_tells_the_same_with_the_time_of_the_whole_build() -> None:
    record = of_file("app.rawjson")
    assert record.format is Format.RAWJSON
    assert results(record) == {
        ("[stage-1 1/5] FROM docker.io/library/shell:1" if "FROM" in name else name): result
        for name, result in results(of_file("app.plain")).items()
    }
    assert record.seconds == pytest.approx(3.65, abs=0.01)
    run = next(each for each in record.vertices if "sleep 2" in each.name)
    assert run.seconds == pytest.approx(2.17, abs=0.01)


def test_rawjson_may_have_each_message_on_one_line_and_other_lines_between() -> None:
    text, at, lines = (BUILDS / "app.rawjson").read_text(), 0, ["Run docker buildx build", "{oops"]
    decoder = json.JSONDecoder()
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        lines.append(json.dumps(value))
    (record,) = read("\n".join([lines[0], *lines[2:], "View build details"]))
    assert record == of_file("app.rawjson")._replace(vertices=record.vertices, line=record.line)
    assert results(record) == results(of_file("app.rawjson"))


def test_a_build_record_that_was_exported_is_read() -> None:
    record = of_file("first.dockerbuild")
    assert record.format is Format.HISTORY
    assert {result for name, result in results(record).items() if "RUN" in name} == {Result.RAN}
    assert record.seconds == pytest.approx(5.9, abs=0.1)


def test_the_legacy_builder_tells_no_times() -> None:
    record = of_file("classic.log")
    assert record.format is Format.CLASSIC
    assert [each.result for each in record.vertices] == [
        Result.RAN,
        *[Result.CACHED] * 4,
        *[Result.RAN] * 2,
    ]
    assert record.vertices[4].name == "[5/7] RUN sleep 1 && cp requirements.txt x"
    assert record.basis is Basis.UNKNOWN


def test_several_images_of_bake_share_a_step_under_both_names() -> None:
    record = of_file("bake.plain")
    assert record.error.endswith("network bridge not found")
    metadata = record.vertices[2]
    assert len(metadata.names) == 2
    failed = next(each for each in record.vertices if each.result is Result.FAILED)
    assert failed.labels[0].names == ("web",)
    assert failed.error == record.error
    assert record.vertices[-1].result is Result.CANCELED


def test_a_name_says_the_platforms_of_a_step() -> None:
    label = read_label("[web linux/amd64->arm64 build 12/14] RUN make")
    assert label is not None
    assert label == (("web", "build"), "linux/amd64->arm64", 12, 14, "RUN make")
    assert read_label("[ 2/14] RUN make") == ((), "", 2, 14, "RUN make")
    assert read_label("[internal] load build context") is None


GITHUB = "2026-11-29T17:05:{at:02d}.1234567Z {line}"
RUNNERS = {
    "GitHub": GITHUB,
    "gh run view": "build\tBuild the image\t" + GITHUB,
    "GitLab": "2026-11-29T17:05:{at:02d}.123456Z 00O {line}",
    "GitLab, going on": "2026-11-29T17:05:{at:02d}.123456Z 01E+{line}",
    "GitLab, colored": "\x1b[0K\x1b[36;1m{line}\x1b[0;m",
    "Jenkins": "[2026-11-29T17:05:{at:02d}.123Z] {line}",
    "Jenkins, a clock": "17:05:{at:02d}  {line}",
    "TeamCity": "[17:05:{at:02d}] {line}",
    "Drone": "[build:L{at}:3s] {line}",
    "Buildkite": "\x1b_bk;t=17000000{at:02d}123\x07{line}",
    "Compose": "web  | {line}",
    "Windows": "{line}\r",
}


@pytest.mark.parametrize("form", RUNNERS.values(), ids=RUNNERS)
def test_what_runners_put_before_lines_is_taken_off(form: str) -> None:
    lines = APP.splitlines()
    text = "\n".join(form.format(at=number, line=line) for number, line in enumerate(lines[:59]))
    (record,) = read(text)
    assert results(record) == results(of_file("app.plain"))
    assert [each.seconds for each in record.vertices][:10] == [
        each.seconds for each in of_file("app.plain").vertices
    ][:10]


def test_the_times_of_a_runner_tell_how_long_a_build_took() -> None:
    (record,) = read(
        "\n".join(
            GITHUB.format(at=at, line=line)
            for at, line in enumerate((BUILDS / "classic.log").read_text().splitlines())
        )
    )
    assert record.seconds == pytest.approx(20)
    run = record.vertices[-1]
    assert (run.basis, run.seconds) == (Basis.MODELLED, 4)
    assert record.vertices[1].seconds is None  # it came from the cache


def test_sections_of_gitlab_and_what_stands_before_a_build_are_passed_over() -> None:
    before = (
        '\x1b[0Ksection_start:1700000000:build\r\x1b[0K$ docker build .\n{\n  "a": 1\n}\n#1 tip\n'
    )
    (record,) = read(before + APP)
    assert results(record) == results(of_file("app.plain"))
    assert record.vertices[0].line == 8


def test_a_log_that_powershell_saved_is_read() -> None:
    (record,) = read(APP.encode("utf-16"))
    assert results(record) == results(of_file("app.plain"))
    (record,) = read(b"\xef\xbb\xbf" + APP.encode())
    assert results(record) == results(of_file("app.plain"))


def test_each_build_of_a_log_is_one() -> None:
    first, second = read(APP + (BUILDS / "first.plain").read_text())
    assert results(first) == results(of_file("app.plain"))
    assert results(second) == results(of_file("first.plain"))
    # older buildx begins without a line of its own
    _, second = read(
        (APP + APP).replace('#0 building with "default" instance using docker driver\n', "")
    )
    assert results(second) == results(of_file("app.plain"))


def test_what_docker_push_says_behind_a_build_is_kept() -> None:
    (record,) = read(APP + "1b26647d17f4: Layer already exists\n899f823a8187: Pushed\n")
    assert record.pushed == (("1b26647d17f4", "Layer already exists"), ("899f823a8187", "Pushed"))


def test_a_step_without_an_end_is_not_finished() -> None:
    (record,) = read(APP.partition("#10 DONE")[0])
    assert list(results(record).values())[-1] is Result.UNFINISHED


def test_a_pulled_base_has_its_bytes() -> None:
    digest = "a" * 64
    text = (
        "#4 [1/2] FROM docker.io/library/debian:12\n"
        f"#4 sha256:{digest} 1.05MB / 29.13MB 0.3s\n"
        f"#4 sha256:{digest} 29.13MB / 29.13MB 1.2s done\n"
        f"#4 extracting sha256:{digest} 0.8s done\n#4 DONE 2.1s\n"
    )
    (record,) = read(text)
    assert (record.vertices[0].bytes, record.vertices[0].seconds) == (29_130_000, 2.1)


def test_what_a_terminal_showed_is_read_as_it_was_last_drawn() -> None:
    text = (
        " => [internal] load build definition from Dockerfile      0.0s\n"
        " => => transferring dockerfile: 477B                      0.0s\n"
        " => CACHED [build 2/6] WORKDIR /src                       0.0s\n"
        " => [build 4/6] RUN sleep 1 && mkdir /out && cp req...    0.4s\n"
        " => [build 4/6] RUN sleep 1 && mkdir /out && cp req...    1.2s\n"
        " => ERROR [build 6/6] RUN sleep 2                         0.2s\n"
    )
    (record,) = read(text)
    assert record.format is Format.TTY
    told = [(each.result, each.seconds) for each in record.vertices[1:]]
    assert told == [(Result.CACHED, None), (Result.RAN, 1.2), (Result.FAILED, 0.2)]


def test_buildah_numbers_the_steps_of_each_stage() -> None:
    text = (
        "[1/2] STEP 1/2: FROM shell:1 AS build\n[1/2] STEP 2/2: RUN make\n--> Using cache 0123456789ab\n"
        "--> 0123456789ab\n[2/2] STEP 1/2: FROM shell:1\n[2/2] STEP 2/2: COPY --from=build /out /\n"
        "[2/2] COMMIT shop\n--> abcdef012345\n"
    )
    (record,) = read(text)
    assert [(each.name.partition("]")[0], each.result) for each in record.vertices] == [
        ("[stage-0 1/2", Result.RAN),
        ("[stage-0 2/2", Result.CACHED),
        ("[stage-1 1/2", Result.RAN),
        ("[stage-1 2/2", Result.RAN),
    ]


BAD = {
    "nothing": ("", "tells of no build"),
    "another log": ("hello\nworld\n", "tells of no build"),
    "a program": (b"\x7fELF\x02\x00\x01\n", "build.log:1: holds binary data"),
    "binary further down": (APP.encode() + b"\x00", "build.log:53: holds binary data"),
    "JSON that is cut off": ('{"vertexes": [\n  {\n', "build.log:1: the object that begins here"),
    "no JSON": ('{"vertexes": [}\n', "build.log:1: is not valid JSON"),
    "an archive of something else": (
        (b"a" * 257 + b"ustar").ljust(600, b"\0"),
        "is not an archive",
    ),
    "a compressed file": (b"\x1f\x8bxxxx", "is not an archive"),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_no_record_is_an_error_with_its_place(data: str | bytes, message: str) -> None:
    with pytest.raises(DlintError) as raised:
        read(data)
    assert message in raised.value.message
    assert raised.value.message.startswith("build.log")


def test_a_line_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlint.records.lines.LONGEST", 1000)
    with pytest.raises(DlintError, match=r"build\.log:2: a line of more than 1,000 characters"):
        read("#1 [1/1] FROM x\n" + "x" * 1001)


def test_a_file_that_is_not_there_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DlintError, match="No such file"):
        read_records(str(tmp_path / "build.log"))
    with pytest.raises(DlintError, match="this is a folder"):
        read_records(str(tmp_path))


def test_messages_that_are_cut_off_or_of_another_kind_are_errors() -> None:
    from dlint.records import archive

    for data in (
        b"\x05\0\0\0a",
        b"\x02\0\0\0\x0a\xff",
        b"\x01\0\0\0\x07",
        b"\x0b\0\0\0\x08" + b"\xff" * 10,
    ):
        with pytest.raises(DlintError, match=r"build\.log: "):
            list(archive._messages(data, "build.log"))


PARTS = st.sampled_from(
    [
        "#1 [internal] load build definition from Dockerfile",
        "#2 [build 2/6] RUN make",
        "#2 DONE 1.2s",
        "#2 CACHED",
        "#2 sha256:0123456789abcdef 1MB / 2MB",
        "#2 sha256:0123456789abcdef 1.2.3MB / 2.MB",
        "#2 transferring context: 1.2.3kB 0.1s done",
        "#2 transferring context: 99999999999999kB",
        "Step 1/2 : FROM x",
        " ---> Using cache",
        "Successfully built 0123456789ab",
        "STEP 1/3: FROM x",
        "[2/2] STEP 2: RUN y",
        " => [1/2] FROM x   0.1s",
        "{",
        "}",
        '{"vertexes": [{"digest": "a", "name": "b", "started": "2026-11-29T17:05:20.7Z"}]}',
        '{"vertexes": 1, "statuses": [[]]}',
        '{"statuses": [{"vertex": "a", "id": "sha256:b", "current": 1}]}',
        "2026-11-29T17:05:20.123456Z 00O ",
        "2026-99-99T17:05:20Z ",
        "\x1b[0m",
        "[x] ",
        "0123456789ab: Pushed",
        "\r",
    ]
)


@given(
    st.lists(st.tuples(PARTS | st.text(max_size=20), st.sampled_from(["\n", "", " "])), max_size=12)
)
def test_whatever_a_log_holds_there_is_an_answer_or_an_error(parts: list[tuple[str, str]]) -> None:
    text = "".join(part + end for part, end in parts)
    with suppress(DlintError):
        for record in read(text.encode("utf-8", "surrogateescape")):
            assert record.busy >= 0
            assert all(each.names for each in record.vertices)


@given(st.binary(max_size=200))
def test_whatever_messages_hold_there_is_an_answer_or_an_error(data: bytes) -> None:
    from dlint.records import archive

    message = len(data).to_bytes(4, "little") + data
    with suppress(DlintError):
        assert len(read_messages(enumerate(archive._messages(message, "build.log"), start=1))) < 2
