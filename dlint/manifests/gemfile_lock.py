"""Gemfile.lock of Bundler (https://bundler.io/man/gemfile.5.html)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dlint.manifests.kinds import (
    MAIN,
    Archive,
    Manifest,
    Need,
    Origin,
    Package,
    Platform,
    Reference,
    Role,
)
from dlint.manifests.loading import FormatError, text_of
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECTION = regex(r"[A-Z][A-Z ]*\Z")
_SPEC = regex(r"    ([^\s(]+) \(([^)]+)\)\Z")
_NEED = regex(r"(?:      |  )([^\s(!]+)!?(?: \(([^)]+)\))?!?\Z")
_REMOTE = regex(r"  remote: (.+)\Z")
_SUM = regex(r"  ([^\s(]+) \(([^)]+)\)(?: (\S+))?\Z")
_ORIGINS = {
    "GEM": Origin.REGISTRY,
    "GIT": Origin.GIT,
    "PATH": Origin.PATH,
    "PLUGIN SOURCE": Origin.URL,
}
# Systems and processors of RubyGems, as npm writes them.
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "ming": "win32", "mswin": "win32"}
_PROCESSORS = {"x86_64": "x64", "x64": "x64", "aarch64": "arm64", "arm64": "arm64", "x86": "ia32"}
_UNTOLD = "Gemfile.lock contains no groups: the Gemfile does, and it is a program"


def parse(data: bytes) -> Manifest:
    """Read all gems, one for each platform."""
    sections = _sections(text_of(data))
    if not sections:
        raise FormatError("it is not a Gemfile.lock")
    sums = {
        f"{match[1]} {match[2]}": match[3]
        for _, lines in sections
        for line in lines
        if (match := _SUM.match(line)) and match[3]
    }
    held = [package for name, lines in sections for package in _gems(name, lines, sums)]
    return Manifest(
        "",
        "Gemfile.lock",
        locked=True,
        packages=tuple(held),
        groups={MAIN: tuple(_asked(sections))},
        reads=tuple(
            Reference(each, Role.PROJECT)
            for each in dict.fromkeys(p.location for p in held if p.origin is Origin.PATH)
        ),
        unknown=(_UNTOLD,),
    )


def _sections(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if _SECTION.match(line):
            found.append((line, []))
        elif line.startswith(" ") and found:
            found[-1][1].append(line)
        elif line.startswith(("<<<<<<<", ">>>>>>>")):
            raise FormatError("it contains conflict markers of a merge")
    return found


def _gems(section: str, lines: list[str], sums: Mapping[str, str]) -> Iterator[Package]:
    if section not in _ORIGINS:
        return
    location = next((match[1] for line in lines if (match := _REMOTE.match(line))), "")
    needs: dict[tuple[str, str], list[Need]] = defaultdict(list)
    at: tuple[str, str] | None = None
    for line in lines:
        if spec := _SPEC.match(line):
            at = (spec[1], spec[2])
            needs[at] = []
        elif at and line.startswith("      ") and (need := _NEED.match(line)):
            needs[at].append(Need(need[1], need[2] or ""))
    for (name, version), wanted in needs.items():
        number, _, platform = version.partition("-")
        checksum = sums.get(f"{name} {version}", "")
        yield Package(
            name,
            number,
            _ORIGINS[section],
            location if section != "GEM" else "",
            archives=(Archive(f"{name}-{version}.gem", hashes=(checksum.replace("=", ":"),)),)
            if checksum
            else (),
            platform=_platform(platform),
            key=f"{name} {version}",
            needs=tuple(wanted),
        )


def _platform(told: str) -> Platform:
    """Return what a gem's platform (`x86_64-linux-musl`) stands for."""
    if not told or told == "ruby":
        return Platform()
    system = next((name for part, name in _SYSTEMS.items() if part in told), told)
    cpu = next((name for part, name in _PROCESSORS.items() if told.startswith(part)), "")
    libc = "musl" if "musl" in told else "glibc" if told.endswith("-gnu") else ""
    return Platform((system,), (cpu,) if cpu else (), (libc,) if libc else ())


def _asked(sections: list[tuple[str, list[str]]]) -> Iterator[Need]:
    for section, lines in sections:
        for line in lines if section == "DEPENDENCIES" else ():
            if need := _NEED.match(line):
                yield Need(need[1], need[2] or "")
