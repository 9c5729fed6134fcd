"""Many mappings as one."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from dlint.model.merged import Merged, Table, differing


class Part:
    """Notes whether it was looked into."""

    def __init__(self, **held: str) -> None:
        self.held = Table(held)
        self.looks = 0

    @property
    def table(self) -> Table:
        self.looks += 1
        return self.held


def merged(*parts: Any) -> Merged:
    return Merged(parts, attrgetter("table"))


def test_the_later_stands_over_the_earlier() -> None:
    found = merged(Part(a="1", b="2"), Part(b="3"))
    assert dict(found) == {"a": "1", "b": "3"}
    assert found["b"] == "3"
    assert "c" not in found
    assert len(found) == 2


def test_it_is_empty_where_all_parts_are() -> None:
    assert not merged()
    assert not merged(Part())
    assert merged(Part(), Part(a="1"))


def test_what_both_have_is_not_looked_into() -> None:
    same = Part(a="1", b="2")
    new, old = merged(same, Part(c="3", d="4")), merged(same, Part(c="3", d="5"))
    assert differing(new, old) == {"d"}
    assert not same.looks


def test_other_mappings_differ_as_well() -> None:
    assert differing({"a": "1"}, {"b": "1"}) == {"a", "b"}
    assert differing(merged(Part(a="1", b="1")), {"a": "2", "b": "1"}) == {"a"}


def test_what_stands_below_a_folder_is_found_in_the_parts_that_reach_there() -> None:
    table = {"/web/a": "1", "/web/src/b": "2", "/web/src": "3", "/web/src.c": "4", "/webs/d": "5"}
    parts = [{path: value} for path, value in table.items()] + [table, {}]
    for folder in ("/", "/web", "/web/", "/web/src", "/web/src/b", "/web/src/b/c", "/w", "/x"):
        expected = {
            path: value
            for path, value in table.items()
            if path == folder or path.startswith(folder.rstrip("/") + "/")
        }
        for each in (parts, parts[:-2], parts[-2:], [table]):
            found = Merged([Table(part) for part in each], Table)
            assert dict(found.below(folder)) == expected
            assert (folder in found) is (folder in table)
    assert not list(Merged([], Table).below("/"))


def test_what_stands_below_a_folder_is_found_in_each_part() -> None:
    found = merged(
        Part(**{"/app/a": "1", "/app/b/c": "2"}), Part(**{"/app": "3", "/apple": "4"}), Part()
    )
    assert [*found.below("/app")] == [("/app/a", "1"), ("/app/b/c", "2"), ("/app", "3")]
    assert [*found.below("/app/b/")] == [("/app/b/c", "2")]
    assert [*found.below("/app/b")] == [("/app/b/c", "2")]
    assert [*found.below("/ap")] == []
    assert [*found.below("/apple")] == [("/apple", "4")]
