"""What Ruby's managers share."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache
from dlint.shell.packages import Spec, is_path, split

GEM_CACHE = Cache(
    "cache",
    ("/usr/local/bundle/cache", "$HOME/.gem/cache"),
    named=("$GEM_HOME/cache",),  # gem reads nothing of Bundler's BUNDLE_PATH
    holds=("*.gem",),
    located="in the `cache` folder of the gems",
    below_version=True,
)


def ruby(text: str) -> Spec:
    """Read `name:version`, `file.gem`."""
    if is_path(text) or text.endswith(".gem"):
        return Spec(text, kind="path")
    return split(text, ":")
