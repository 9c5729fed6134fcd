"""What the check of `.ci/density.py` counts, and when it fails."""

import runpy

import pytest
from house import PROJECT

DENSITY = runpy.run_path(str(PROJECT / ".ci" / "density.py"))
PLAIN = "def plain(x):\n    return x\n"
COMPLEX = f"def tangled(x):\n    return {' and '.join(['x'] * 16)}\n"
DENSE = "def busy(x):\n    return [y for y in x if y or not x]\n"


@pytest.fixture
def faults(tmp_path):
    def of(files, *, exceptions=(), complex_=(), dense=()):
        (tmp_path / ".ci").mkdir()
        (tmp_path / ".ci/density.toml").write_text(
            "[exceptions]\n"
            + "".join(f'"{name}" = "a reason"\n' for name in exceptions)
            + f"[still]\ncomplex = {list(complex_)}\ndense = {list(dense)}\n"
        )
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return list(DENSITY["faults"](tmp_path))

    return of


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        pytest.param("return x", 1, id="a straight line"),
        pytest.param("return x and not x or x", 3, id="boolean operators"),
        pytest.param("return 1 if x else 2", 2, id="a ternary"),
        pytest.param("return [y for y in x if y]", 3, id="a comprehension and its condition"),
    ],
)
def test_all_that_branches_is_counted(body, complexity):
    assert DENSITY["complexities"](f"def f(x):\n    {body}\n") == {"f": complexity}


def test_branches_are_held_against_lines_of_code_alone():
    text = 'LIMIT = 3\n\n\ndef f(x):\n    """Say.\n\n    More."""\n    # why\n\n    if x:\n        return 1\n    return 2\n'
    assert DENSITY["branches_per_line"](text) == pytest.approx(1 / 3)


def test_what_is_within_the_limits_passes(faults):
    assert not faults({"dlint/a.py": PLAIN + DENSE, "rules/b.py": PLAIN})


def test_a_function_that_is_too_complex_fails(faults):
    assert faults({"dlint/a.py": COMPLEX}) == [
        "dlint/a.py::tangled: 16, should have a cyclomatic complexity of at most 15"
    ]


def test_a_rule_that_is_too_dense_fails(faults):
    (fault,) = faults({"rules/b.py": DENSE})
    assert fault == "rules/b.py: 3.00, should have at most 0.5 branches a line"


def test_what_is_named_passes(faults):
    files = {"dlint/a.py": COMPLEX, "rules/b.py": DENSE}
    assert not faults(files, exceptions=["dlint/a.py::tangled"], dense=["rules/b.py"])


@pytest.mark.parametrize("kind", ["exceptions", "complex_", "dense"])
def test_a_name_without_need_fails(faults, kind):
    (fault,) = faults({"dlint/a.py": PLAIN}, **{kind: ["dlint/a.py::plain"]})
    assert "take it off the list" in fault
