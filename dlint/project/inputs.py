"""Which files decide what goes into an image without being a Dockerfile, by their names: ignore
files, and the manifests and lock files that installs read.
"""

from __future__ import annotations

from dlint.context.ignore import NAME
from dlint.project.purpose import is_plain_dockerfile
from dlint.text.patterns import regex

# The hook for pre-commit carries the same pattern. A test holds it against what the package
# managers read.
MANIFEST = regex(
    r"(?i)(^|/)("
    r"(requirements|constraints)[^/]*\.(txt|in|lock)|requirements/[^/]*\.(txt|in)"
    r"|pyproject\.toml|setup\.(py|cfg)|(uv|poetry|pdm)\.(lock|toml)|pylock[^/]*\.toml|pipfile(\.lock)?"
    r"|environment[^/]*\.ya?ml"
    r"|package\.(json|yaml)|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|\.yarnrc(\.yml)?|\.npmrc"
    r"|pnpm-(lock|workspace)\.yaml|\.pnpmfile\.cjs|bun\.lockb?|bunfig\.toml|deno\.(jsonc?|lock)"
    r"|gemfile(\.lock)?|gems\.(rb|locked)|[^/]*\.gemspec|composer\.(json|lock)|symfony\.lock"
    r"|go\.(mod|sum|work|work\.sum)|cargo\.(toml|lock)|rust-toolchain(\.toml)?"
    r"|pom\.xml|(build|settings)\.gradle(\.kts)?|gradle\.(properties|lockfile)|build\.sbt"
    r"|[^/]*\.((cs|fs|vb)proj|slnx?)|directory\.(packages|build)\.(props|targets)|packages\.lock\.json"
    r"|packages\.config|nuget\.config|global\.json"
    r"|mix\.(exs|lock)|pubspec\.(yaml|lock)|stack\.yaml(\.lock)?|[^/]*\.cabal|cabal\.project[^/]*"
    r"|[^/]*\.(opam|rockspec)|dune-project|cpanfile(\.snapshot)?|(project|profiles)\.clj"
    r")$"
)


def is_ignore_file(path: str) -> bool:
    """Tell by its name whether a file is a build context's ignore file, or that of one
    Dockerfile.
    """
    return path.endswith(NAME)


def is_input(path: str) -> bool:
    """Tell by its name, written with "/", whether a file is an ignore file or a manifest."""
    if is_plain_dockerfile(path):  # the pattern takes a millisecond to compile (Python 3.11)
        return False
    return is_ignore_file(path) or MANIFEST.search(path) is not None
