"""What a RUN downloads, as far as its server tells how much: files that stay, and archives that are
unpacked.
"""

from __future__ import annotations

from itertools import pairwise

from dlint.findings import Basis, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.shell.effects import Effect, Extract, Fetch
    from dlint.syntax import Run

# Layer bytes for a byte of archive once it is unpacked. gzip's and zip's are packed as a layer is;
# for xz the median of 34 packages of Debian (see indexes/rpm.py).
_UNPACKED = {".tar.gz": 1.0, ".tgz": 1.0, ".zip": 1.0, ".tar.xz": 1.11, ".txz": 1.11}
_TAKES_VALUE = frozenset(
    ("-C", "--directory", "-f", "--file", "--strip-components", "--strip", "-d")
)


class Downloads:
    """The downloads of one RUN."""

    def __init__(self, build: Build, run: Run) -> None:
        """Look at what the RUN does."""
        from dlint.shell.effects import Extract, Fetch

        self._build = build
        effects = build.effects(run)
        fetches = effects.of(Fetch)
        self.paths = {each.output.path for each in fetches if each.output and each.output.path}
        self._by_path = {each.output.path: each for each in fetches if each.output}
        self._piped = {
            id(after.command): before
            for before, after in pairwise(effects.items)
            if isinstance(before, Fetch)
            and isinstance(after, Extract)
            and before.output is None
            and after.archive is None
        }
        self._unpacked = {id(each.command) for each in self._piped.values()}

    def size(self, effects: Sequence[Effect]) -> Size | None:
        """Return the bytes that a command's downloads, or what it unpacks of them, add to the
        layer; None for a command that does something else.
        """
        from dlint.shell.effects import Create, Extract, Fetch

        fetches = [each for each in effects if isinstance(each, Fetch)]
        match [each for each in effects if not isinstance(each, Create)]:
            case [Extract() as extract]:
                return self._extracted(extract)
            case [Fetch(), *_] as rest if rest == fetches:
                return Size.sum(map(self._fetched, fetches))
        return None

    def _fetched(self, fetch: Fetch) -> Size:
        """Return the bytes of a file; nothing of one that is unpacked as it comes."""
        from dlint.sizes.questions import ask_download

        path = fetch.output and fetch.output.path
        if id(fetch.command) in self._unpacked:
            return Size()
        told = ask_download(self._build, fetch.url) if path and fetch.url else None
        return told.size if told else Size.unknown(f"what `{fetch.command.name}` downloads")

    def _extracted(self, extract: Extract) -> Size | None:
        """Return about how many bytes an archive's files take up in the layer; None where nobody
        tells how large it is, or only a part of it is unpacked.
        """
        from dlint.sizes.questions import ask_download

        fetch = self._piped.get(id(extract.command))
        if extract.archive is not None:
            fetch = self._by_path.get(extract.archive.path)
        url = fetch and fetch.url
        factor = next((_UNPACKED[end] for end in _UNPACKED if _path(url).endswith(end)), None)
        if not url or factor is None or not _is_whole(extract):
            return None
        told = ask_download(self._build, url)
        size = told.archive_size if told else Size.unknown()
        if size.at_least:
            return None
        return Size(round(size.bytes * factor), Basis.GUESSED, sources=size.sources)


def _path(url: str | None) -> str:
    return (url or "").partition("?")[0].partition("#")[0]


def _is_whole(extract: Extract) -> bool:
    """Tell whether all of an archive is unpacked: no member is named, and none left out."""
    if extract.command.name != "tar":
        return extract.command.name == "unzip" and len(_operands(extract)) == 1
    words = [word.form for word in extract.command.args]
    if any(word.startswith(("--exclude", "--wildcards", "-T")) for word in words):
        return False
    named = _operands(extract)
    bundle = 1 if named and words[:1] == named[:1] else 0  # `tar xzf`, without a dash
    return len(named) - bundle <= (1 if extract.archive is not None else 0) + ("-" in words)


def _operands(extract: Extract) -> list[str]:
    """Return the words of a command that are neither flags nor their values."""
    words = [word.form for word in extract.command.args]
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not (word.startswith("-") and word != "-") and not _wants_value(before)
    ]


def _wants_value(flag: str) -> bool:
    clustered = flag.startswith("-") and not flag.startswith("--") and flag.endswith("C")
    return flag in _TAKES_VALUE - {"-f", "--file"} or clustered
