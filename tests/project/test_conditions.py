"""Conditions of jobs and steps."""

from __future__ import annotations

import pytest

from dlint.project.conditions import is_left_out, is_of_other_rows


@pytest.mark.parametrize(
    ("condition", "is_other"),
    [
        ("matrix.a == 'x'", True),
        ("${{ matrix.a == 'x' }}", True),
        ("matrix.a == 'Own'", False),  # as GitHub compares
        ("matrix.a != 'own'", True),
        ("matrix.a == 'x' && always()", True),
        ("matrix.a == 'x' || always()", False),
        ("matrix.a == 'x' || matrix.a == 'y'", True),
        ("matrix.a == 'x' && b || matrix.a == 'own' && c", False),
        ("(matrix.a == 'x' && b) && c || (matrix.a == 'x' && d)", True),
        ("((matrix.a == 'x'))", True),
        ("!(matrix.a == 'x')", False),
        ("matrix.a == 'x || y'", True),
        ("b == '(' || matrix.a == 'x'", False),
        ("matrix.other == 'x'", False),
        ("(" * 5_000 + "matrix.a == 'x'" + ")" * 5_000, False),
    ],
)
def test_steps_of_other_rows(condition: str, *, is_other: bool) -> None:
    assert is_of_other_rows({"if": condition}, {"matrix.a": ["own"]}) is is_other


@pytest.mark.parametrize(
    ("condition", "is_out"),
    [
        ("inputs.push", True),
        ("!inputs.push", False),
        ("inputs.push == true || inputs.load", False),
        ("inputs.push || inputs.push == true", True),
        ("(inputs.push && a) || (inputs.push && b)", True),
    ],
)
def test_steps_that_inputs_leave_out(condition: str, *, is_out: bool) -> None:
    assert is_left_out({"if": condition}, {"inputs.push": ["false"]}) is is_out
