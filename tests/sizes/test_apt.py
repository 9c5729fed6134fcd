"""Apt's indexes: what is read of them, and what an install brings."""

from __future__ import annotations

import gzip
import lzma

import pytest

from dlint.sizes.indexes.apt import AptIndex, Index, Layered, Package, is_newer, read_packages

STANZAS = """\
Package: tool
Version: 1.2-1
Installed-Size: 90
Pre-Depends: libc (>= 2.36)
Depends: libtool2 (= 1.2-1) | libtool1, helper:any
Recommends: manual, absent
Priority: optional
Section: utils
Size: 4000
Description: a tool
 Depends: on nothing, this line goes on with the description

Package: libc
Essential: yes
Version: 2.36-9
Installed-Size: 12000
Priority: required
Provides: libc-abi (= 36), libc-dev-virtual
Conflicts: oldlibc, tool (<< 1)
Size: 2800000
"""


def package(name: str, depends: str = "", recommends: str = "", **more) -> Package:
    groups = [
        tuple(tuple(group.split("|")) for group in text.split()) for text in (depends, recommends)
    ]
    return Package(name, 1000, 3, *groups, **more)


def apt(*packages: Package) -> AptIndex:
    return AptIndex(Index(packages))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress], ids=["plain", "gz", "xz"])
def test_a_packages_file_is_read(pack) -> None:
    tool, libc = read_packages(pack(STANZAS.encode()))
    assert (tool.name, tool.archive, tool.installed, tool.version) == ("tool", 4000, 90, "1.2-1")
    assert tool.depends == (("libc",), ("libtool2", "libtool1"), ("helper",))
    assert tool.recommends == (("manual",), ("absent",))
    assert not tool.essential
    assert libc.essential
    assert libc.priority == "required"
    assert libc.provides == ("libc-abi", "libc-dev-virtual")
    assert libc.conflicts == ("oldlibc",)


@pytest.mark.parametrize(
    "data",
    [
        b"<html>no index</html>",
        b"Package: a\nSize: many\n",
        gzip.compress(STANZAS.encode(), mtime=0)[:60],
        b"\xfd7zXZ\0broken",
    ],
)
def test_what_is_no_index_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="index"):
        list(read_packages(data))


def test_a_search_for_what_is_recommended_goes_on_from_what_is_needed() -> None:
    index = apt(
        package("a", "b", "c gone"),
        package("b"),
        package("c", "d"),
        package("d", "", "e"),
        package("e"),
    )
    needed = index.closure(["a"], there={"x"})
    brought = index.recommended(needed, there={"x"})
    assert brought == index.closure(["a"], recommends=True, there={"x"})
    assert [each.name for each in needed.packages] == ["a", "b"]
    assert [each.name for each in brought.packages] == ["a", "b", "c", "d", "e"]


def test_dependencies_come_along_and_what_is_there_does_not() -> None:
    index = apt(package("a", "b c"), package("b", "d"), package("c"), package("d"))
    assert index.closure(["a"]).names == {"a", "b", "c", "d"}
    found = index.closure(["a"], there={"b", "c"})
    assert found.names == {"a"}
    assert found.missing == ()


def test_what_is_installed_brings_nothing() -> None:
    assert apt(package("a", "b"), package("b")).closure(["a"], there={"a", "b"}) == ((), ())


def test_recommended_packages_come_only_when_asked_for_and_where_there_are_any() -> None:
    index = apt(
        package("a", "", "b nowhere"), package("b", "c"), package("c", "", "d"), package("d")
    )
    assert index.closure(["a"]).names == {"a"}
    found = index.closure(["a"], recommends=True)
    assert found.names == {"a", "b", "c", "d"}
    assert found.missing == ()


@pytest.mark.parametrize(
    ("there", "brought"),
    [(set(), {"a", "first"}), ({"second"}, {"a"}), ({"provider"}, {"a"})],
    ids=["none there", "second there", "provider there"],
)
def test_the_first_alternative_is_taken_unless_another_is_there(
    there: set[str], brought: set[str]
) -> None:
    index = apt(
        package("a", "first|second|virtual"),
        package("first"),
        package("second"),
        package("provider", provides=("virtual",)),
    )
    assert index.closure(["a"], there=there).names == brought


def test_an_alternative_that_conflicts_with_what_is_taken_is_passed_over() -> None:
    index = apt(package("a", "b c|d"), package("b", conflicts=("c",)), package("c"), package("d"))
    assert index.closure(["a"]).names == {"a", "b", "d"}


def test_an_alternative_that_is_asked_for_itself_is_enough() -> None:
    index = apt(package("a", "first|second"), package("first"), package("second"))
    assert index.closure(["a", "second"]).names == {"a", "second"}


def test_a_virtual_package_is_met_by_the_provider_of_the_highest_priority() -> None:
    index = apt(
        package("low", provides=("virtual",)),
        package("high", provides=("virtual",), priority="important"),
        package("lower", provides=("virtual",)),
        package("a", "virtual"),
    )
    assert index.closure(["a"]).names == {"a", "high"}
    equal = apt(
        package("b", provides=("virtual",)),
        package("c", provides=("virtual",)),
        package("a", "virtual"),
    )
    assert equal.closure(["a"]).names == {"a", "c"}
    assert index.closure(["virtual"]) == (
        (),
        ("virtual",),
    )  # apt refuses to choose what nothing depends on


def test_a_virtual_package_that_one_provides_is_that_one() -> None:
    index = apt(package("only", "b", provides=("virtual",)), package("b"))
    assert index.closure(["virtual"]).names == {"only", "b"}


def test_what_is_not_known_is_missing_as_it_was_written() -> None:
    found = apt(package("a", "gone|lost")).closure(["a", "nosuch", "a"])
    assert found.names == {"a"}
    assert found.missing == ("nosuch", "gone|lost")


@pytest.mark.parametrize("word", ["a=1.2*", "a/bookworm-backports", "a:amd64", "a:all", "a+"])
def test_words_that_name_one_package(word: str) -> None:
    assert apt(package("a")).closure([word]).names == {"a"}


@pytest.mark.parametrize(
    "word", ["a:i386", "task^", "a*", "^a$", "a?", "./a.deb", "", "$UNKNOWN", "A"]
)
def test_words_that_names_alone_do_not_tell(word: str) -> None:
    index = apt(package("a"), package("task"))
    assert index.closure([word]) == ((), (word,))
    assert not index.knows(word)


def test_a_dash_behind_a_name_removes_and_plus_may_belong_to_the_name() -> None:
    index = apt(package("a"), package("g++"), package("b"))
    found = index.closure(["a-", "g++", "b"])
    assert found.names == {"g++", "b"}
    assert found.missing == ()


def test_of_two_versions_the_later_counts() -> None:
    old, new = package("a", version="1:1.0-1"), package("a", "b", version="1:1.0-1+deb13u2")
    for order in ([old, new], [new, old]):
        assert apt(*order, package("b")).closure(["a"]).names == {"a", "b"}


def test_an_index_of_a_third_party_comes_first_and_its_needs_are_met_by_the_others() -> None:
    theirs = Index([package("nodejs", "libc")])
    debians = Index([package("nodejs", "libnode"), package("libnode"), package("libc")])
    index = AptIndex(Layered(theirs, debians))
    assert index.closure(["nodejs"]).names == {"nodejs", "libc"}


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("1.10", "1.9"),
        ("1:0.1", "9.9"),
        ("1.0", "1.0~rc1"),
        ("1.0-2", "1.0-1"),
        ("1.0+b1", "1.0"),
        ("1.0a", "1.0"),
        ("1.0+x", "1.0a"),
        ("2.0-1~bpo12+1", "1.9-1"),
        ("1.0-1", "1.0-1~bpo11+1"),
    ],
)
def test_versions_are_ordered_as_dpkg_does(newer: str, older: str) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)
    assert not is_newer(newer, newer)


def test_a_circle_of_dependencies_ends() -> None:
    assert apt(package("a", "b"), package("b", "a")).closure(["a"], recommends=True).names == {
        "a",
        "b",
    }
