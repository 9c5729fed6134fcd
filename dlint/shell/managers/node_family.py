"""What Node's managers share."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import Development
from dlint.shell.packages import COMMIT, FULL_VERSION, Spec, is_path
from dlint.text.patterns import regex

MANIFESTS = ("package.json", ".npmrc")
# Variables under which development dependencies are left out.
PRODUCTION = (
    "NODE_ENV=production",
    "NPM_CONFIG_PRODUCTION",
    "npm_config_production",
    "NPM_CONFIG_OMIT=dev",
    "npm_config_omit=dev",
)
DEVELOPMENT = Development(
    "package.json",
    re.compile(rb'"devDependencies"\s*:\s*\{\s*"'),
    regex(
        r"\b(?:(?:npm|yarn|pnpm|bun)\s+(?:run|exec|test|dlx|[\w:-]*build[\w:-]*|lint|generate|compile)|npx|bunx|tsc|vite"
        r"|webpack|gulp|grunt|rollup|nx|turbo|lerna|esbuild|gatsby|nuxt|ng|next|prisma|make)\b"
    ),
    kept=re.compile(
        rb'"(?:dependencies|(?:peer|optional)Dependencies|workspaces)"\s*:\s*[{\[]\s*"'
    ),
)
LAUNCHERS = ("corepack", "npx")
# The scripts of a package.json that an install runs, in their order.
LIFECYCLE = (
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
)
# Those that Yarn runs from version 2 on (https://yarnpkg.com/advanced/lifecycle-scripts).
LIFECYCLE_OF_YARN_2 = ("preinstall", "install", "postinstall")
# What pnpm runs first of all, of the project alone and not of its packages
# (https://pnpm.io/scripts).
BEFORE_PNPM = "pnpm:devPreinstall"


def lifecycle(manager: str) -> tuple[str, ...]:
    """Return the scripts of a project that a manager may run when it installs, in their order."""
    return (BEFORE_PNPM, *LIFECYCLE) if manager == "pnpm" else LIFECYCLE


def node(text: str) -> Spec:
    """Read `@scope/name@version`, `alias@npm:name@version`, `user/repository#commit`,
    `alias@user/repository#commit`, a file.
    """
    if is_path(text) or text.endswith((".tgz", ".tar.gz")):
        return Spec(text, kind="path")
    at = text.find("@", 1)
    name, version = (text[:at], text[at + 1 :]) if at > 0 else (text, "")
    if version.startswith("npm:"):
        return node(version[4:])._replace(name=name)
    if "/" in version:  # `alias@github:user/repo`, which no release of an index is called
        return node(version)._replace(name=name)
    if ":" in name or (name[:1] != "@" and "/" in name):  # github:user/repo, user/repo#commit
        return Spec(text, "", bool(COMMIT.search(text)), "vcs")
    return Spec(name, version, bool(FULL_VERSION.match(version)))


def revision(text: str) -> str:
    """Return what a package's text names of a repository: the part behind `#`."""
    return text.partition("#")[2]
