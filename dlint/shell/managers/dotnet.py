"""dotnet: NuGet's packages and .NET's builds."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import BUILD, CLEAN
from dlint.text.patterns import regex

# The project, and what other packages are fetched for: those of a runtime
# (https://learn.microsoft.com/dotnet/core/tools/dotnet-restore).
_FETCH_FLAGS = regex(
    r"\A(?:(?:-a|-r|--arch|--configfile|--packages|--runtime)(?:=|\Z)"
    r"|[^-].*\.(?:[a-z]+proj|slnx?)\Z)"
)
_NUGET = ("NuGet.config", "nuget.config")
_FILES = (
    *(
        "**/*.csproj",
        "**/*.fsproj",
        "**/*.vbproj",
        "**/*.sln",
        "**/*.slnx",
        "**/packages.lock.json",
        "global.json",
    ),
    *(
        *_NUGET,
        "Directory.Packages.props",
        "Directory.Build.props",
        "Directory.Build.targets",
    ),
)

manager = Manager(
    name="dotnet",
    commands=("dotnet",),
    verbs=(
        *installs("restore", files=_FILES, locked=False),
        *installs("tool restore", files=(".config/dotnet-tools.json", *_NUGET)),
        *installs("tool install|tool update", packages=True, cached=False),
        *installs("add package", packages=True, files=_FILES),
        *verbs(
            BUILD,
            "build|publish|test|pack|run|msbuild|watch",
            files=_FILES,
            locked=False,
            project="operands",
        ),
        *verbs(CLEAN, "nuget locals"),
    ),
    values=words(
        "-c -o -f -r -v -a --configuration --output --framework --runtime --verbosity --arch --os"
        " --source -s --configfile --packages --version-suffix --version --tool-path --add-source"
        " --project -p --logger --filter --settings",
    ),
    clusters=False,
    reads=("--configfile",),
    reads_operands=True,
    everywhere=("-g", "--global", "--tool-path"),
    version_flags=("--version",),
    offline=words("--no-restore --no-build"),
    lock_files=("packages.lock.json",),
    held_by="--locked-mode",
    keeps_to_lock=True,
    locked=words("--locked-mode -p:RestoreLockedMode=true /p:RestoreLockedMode=true"),
    caches=(
        Cache(
            "cache", ("$HOME/.nuget/packages",), named=("$NUGET_PACKAGES",), flags=("--packages",)
        ),
        Cache(
            "index",
            ("$HOME/.local/share/NuGet",),
            named=("$NUGET_HTTP_CACHE_PATH", "$XDG_DATA_HOME/NuGet"),
        ),
    ),
    stores=(".nuget", ".nuget/packages"),
    library_users="dotnet (?:run|watch|test|build)",
    pinnable=True,
    compiles=True,
    fetch="dotnet restore",
    fetch_flags=_FETCH_FLAGS,
)
