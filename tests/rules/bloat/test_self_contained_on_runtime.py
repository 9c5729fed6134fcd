"""Which .NET programs bring a runtime to a base that has one."""

from __future__ import annotations

import pytest
from checked import lines

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
