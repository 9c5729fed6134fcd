"""Mappings that share what they hold with those before them."""

from __future__ import annotations

from hypothesis import given, strategies as st

from dlint.model.scope import after, global_state
from dlint.model.versions import FEW, having
from dlint.syntax.parser import parse
from dlint.text.source import Source

NAMES = st.sampled_from([f"n{number}" for number in range(3 * FEW)])
CHANGES = st.dictionaries(NAMES, st.one_of(st.none(), st.integers()), max_size=FEW)


@given(st.lists(CHANGES, max_size=40))
def test_each_version_is_what_a_copy_would_be(steps: list[dict[str, int | None]]) -> None:
    versions = [having({}, {})]
    plain: list[dict[str, int]] = [{}]
    for changes in steps:
        versions.append(having(versions[-1], changes))
        merged = {**plain[-1], **changes}
        plain.append({name: value for name, value in merged.items() if value is not None})
    for version, expected in zip(versions, plain, strict=True):
        assert dict(version) == expected
        assert len(version) == len(expected)
        assert all(version.get(name) == expected.get(name) for name in ("n0", "n100", "other"))


def test_variables_of_thousands_of_instructions_share_their_room() -> None:
    count = 2_000
    lines = [f"ENV A{number}=b\n" for number in range(count)]
    state = global_state((), {}, "linux/amd64")
    for instruction in parse(Source("Dockerfile", "FROM a\n" + "".join(lines))).instructions:
        state = after(state, instruction, {}, {})
    assert len(state.environment) == count
    assert sum(map(len, state.values.levels)) < 3 * count  # type: ignore[attr-defined]
