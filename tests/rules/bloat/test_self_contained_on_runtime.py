"""Which .NET programs bring a runtime to a base that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nRUN dotnet publish {}\n"
    'FROM mcr.microsoft.com/dotnet/{}:8.0\nCOPY --from=build {} /app\nCMD ["/app/x"]\n'
)


@pytest.mark.parametrize(
    ("flags", "base", "path", "wanted"),
    [
        ("-o /out --self-contained", "aspnet", "/out", [3]),
        ("-o /out --self-contained true", "runtime", "/out", [3]),
        ("-o /out --sc=true", "aspnet", "/out/app", [3]),
        ("-o /out -p:PublishAot=true", "aspnet", "/out", [3]),
        ("-o /out /p:SelfContained=true", "aspnet", "/out", [3]),
        ("--self-contained -o out", "aspnet", "/src/out", [3]),
        ("-o /out --self-contained false", "aspnet", "/out", []),
        ("-o /out --no-self-contained", "aspnet", "/out", []),
        ("-o /out", "aspnet", "/out", []),
        ("-o /out --self-contained", "runtime-deps", "/out", []),
        ("-o /out --self-contained", "aspnet", "/tools", []),
    ],
)
def test_runtimes(flags: str, base: str, path: str, wanted: list[int]) -> None:
    text = TEXT.format(flags, base, path)
    assert lines("bloat/self-contained-on-runtime", text) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CMD [", "COPY --from=build /workers /workers\nCMD ["),
        ('CMD ["/app/x"]', 'CMD ["/start.sh"]'),
        ('CMD ["/app/x"]\n', ""),
    ],
)
def test_other_programs_may_need_the_runtime_of_the_base(old: str, new: str) -> None:
    text = TEXT.format("-o /out --self-contained", "aspnet", "/out").replace(old, new)
    assert lines("bloat/self-contained-on-runtime", text) == []


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("#!/bin/sh\\nchown -R app /app\\nexec gosu app /app/Shop", [3]),
        ("exec dotnet /app/Shop.dll", []),
        ("/app/Shop & exec dotnet-counters", []),
        ("/opt/more.sh && exec /app/Shop", []),
        ('/app/setup; exec "$@"', []),
        ("exec Shop", []),
    ],
)
def test_a_script_of_the_context_is_read(tmp_path: Path, script: str, wanted: list[int]) -> None:
    text = TEXT.format("-o /out --self-contained", "aspnet", "/out").replace(
        'CMD ["/app/x"]', 'COPY docker/start.sh /\nENTRYPOINT ["/start.sh"]'
    )
    files = f"docker/start.sh: {script}\nother/start.sh: dotnet x\n"
    assert checked(tmp_path, "bloat/self-contained-on-runtime", text, files).lines == wanted


@pytest.mark.parametrize(
    ("files", "flags", "wanted"),
    [
        ("App.csproj: <SelfContained>true</SelfContained>\n", "-o /out", [3]),
        ("App.csproj: <PublishAot>true</PublishAot>\n", "App.csproj --no-restore -o /out", [3]),
        ("App.csproj: <SelfContained>false</SelfContained>\n", "-o /out", []),
        (
            "App.csproj: <SelfContained>true</SelfContained>\nLib.csproj: <a/>\n",
            "-o /out",
            [],
        ),
        (
            "App.csproj: <SelfContained>true</SelfContained>\nLib.csproj: <a/>\n",
            "App/App.csproj -o /out",
            [3],
        ),
        ("App.csproj: <SelfContained>true</SelfContained>\n", "-o /out --self-contained false", []),
    ],
)
def test_what_the_project_says(tmp_path: Path, files: str, flags: str, wanted: list[int]) -> None:
    text = TEXT.format(flags, "aspnet", "/out")
    assert checked(tmp_path, "bloat/self-contained-on-runtime", text, files).lines == wanted


def test_a_build_without_restore(tmp_path: Path) -> None:
    text = TEXT.format("--no-restore -o /out --self-contained", "aspnet", "/out")
    assert checked(tmp_path, "bloat/self-contained-on-runtime", text).lines == [3]


@pytest.mark.parametrize(
    ("base", "run", "wanted"),
    [
        ("node:22-slim", "npm run build", [5]),
        ("node:22-slim", "npm run build && dotnet build", []),
        ("example/tools:1", "make", []),  # which may need the runtime
    ],
)
def test_what_another_stage_brings(base: str, run: str, wanted: list[int]) -> None:
    head = f"FROM {base} AS web\nRUN {run}\n"
    text = head + TEXT.format("-o /out --self-contained", "aspnet", "/out")
    copy = "COPY --from=web /web /app/web\nCMD ["
    assert lines("bloat/self-contained-on-runtime", text.replace("CMD [", copy)) == wanted
