"""Caches in the words of `--cache-to` and `--cache-from`."""

import pytest

from dlint.project.cache_entry import mode_of, read_entry, readable


@pytest.mark.parametrize(
    ("text", "kind", "mode", "shown"),
    [
        ("r.local/app:cache", "registry", "min", "type=registry,ref=r.local/app:cache"),
        ("type=registry,ref=r/a:b,mode=max", "registry", "max", None),
        ('type=gha,"scope=a,b"', "gha", "min", "type=gha,scope=a,b"),
        ("TYPE=inline,mode=max", "inline", "min", "type=inline,mode=max"),
        ("type=s3,bucket=b,secret_access_key=x", "s3", "min", "type=s3,bucket=b"),
        ("type=gha,token=x,mode=max", "gha", "max", "type=gha,mode=max"),
        ("type=gha, mode=max", "gha", "min", None),
    ],
)
def test_entries_are_read_as_buildx_reads_them(text, kind, mode, shown):
    entry = read_entry(text)
    assert (entry.type, entry.mode) == (kind, mode)
    assert str(entry) == (shown or text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mode=max", "its type is missing; write type=registry"),
        ("type=disk", "there is no type 'disk'"),
        ("type=registry,mode=max", "needs ref="),
        ("type=gha,mode=all", "mode is min or max, not 'all'"),
        ("type=gha,max", "'max' is no KEY=VALUE"),
        ("", "its type is missing"),
        ("type=gha\rx", "new-line"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(text, why):
    with pytest.raises(ValueError, match=why):
        read_entry(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("type=gha", "type=gha,scope=buildkit,mode=max", True),
        ("type=gha,scope=a", "type=gha,scope=b", False),
        ("type=gha, scope=a", "type=gha, scope=b", True),  # buildx reads the key " scope"
        ("type=registry,ref=r/a:c", "r/a:c", True),
        ("type=local,dest=x", "type=local,src=x", True),
        ("type=local,dest=x,tag=1", "type=local,src=x", False),
        ("type=s3,bucket=a,name=x", "type=s3,bucket=a,name=y", False),
    ],
)
def test_what_names_a_cache(one, other, same):
    assert (read_entry(one).place == read_entry(other).place) is same


@pytest.mark.parametrize("text", ["type=inline", "type=gha,scope=$NAME", "type=local,mode=max"])
def test_a_cache_that_nothing_names(text):
    assert read_entry(text).place == ()


def test_files_tell_what_can_be_read():
    assert list(map(str, readable(["type=gha", "type=gha", "type=gone", ""]))) == ["type=gha"]
    exports = readable(["type=gha,scope=a,mode=max", "type=gha"])
    modes = [mode_of(read_entry(f"type=gha{scope}"), exports) for scope in (",scope=a", "")]
    assert modes == ["max", "min"]
