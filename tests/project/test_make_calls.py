"""What steps start by make."""

from __future__ import annotations

import pytest

from dlint.project.make_calls import with_recipes


def test_a_recipe_of_make_is_read_once() -> None:
    makefile = {"Makefile": "image:\n\tdocker push shop\n"}
    found = with_recipes("make image\nmake image\n", ".", makefile)
    assert found == "docker push shop\nmake image\n"


def test_what_make_gives_itself_counts_in_that_call_alone() -> None:
    text = (
        "KIND?=deb\nimage:\n\tdocker build -f Dockerfile.$(KIND) .\n"
        "release: image\n\t$(MAKE) KIND=rpm image\n\tdocker push shop\n"
    )
    found = with_recipes("make release\n", ".", {"Makefile": text}).splitlines()
    assert found == [
        "KIND?=deb",
        "docker build -f Dockerfile.$(KIND) .",
        "docker build -f Dockerfile.rpm .",
        "$(MAKE) KIND=rpm image",
        "docker push shop",
    ]


FILES = {
    "Makefile": """\
IMAGE := our/web
image:
\t
\tdocker build -t $(IMAGE) .
ship: image
\tcd web && docker build -t our/api .
\tdocker push $(IMAGE)
out:
\tmake ship
inner:
\t$(MAKE) -C web push TAG=2
entered:
\tcd web && ${MAKE} --no-print-directory push
deeper:
\t$(MAKE) -C web above
behind:
\ttrue && cd web && docker push our/web
other:
\t$(MAKE) -C other push
""",
    "web/Makefile": """\
TAG := 1
push:
\t@docker push our/api:$(TAG)
above:
\tmake -C ../web push
""",
    "other/Makefile": "IMAGE := another/web\npush:\n\tdocker push $(IMAGE)\n",
}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "make ship",
            [
                "IMAGE := our/web",
                "docker build -t $(IMAGE) .",
                "(cd web && docker build -t our/api .)",
                "docker push $(IMAGE)",
            ],
        ),
        ("make -C web push", ["TAG := 1", "(cd web; docker push our/api:$(TAG))"]),
        ("make push --directory=web -s", ["TAG := 1", "(cd web; docker push our/api:$(TAG))"]),
        (
            "make inner",
            ["IMAGE := our/web", "TAG := 1", "(cd web; docker push our/api:2)"],
        ),
        (
            "make entered",
            ["IMAGE := our/web", "TAG := 1", "(cd web; docker push our/api:$(TAG))"],
        ),
        pytest.param("make other", ["make other"], id="what IMAGE is depends on the folder"),
        pytest.param("make deeper", ["make deeper"], id="a folder in a folder"),
        ("make behind", ["make behind"]),
        ("make -C web -C api push", ["make -C web -C api push"]),
        ("make -f other.mk push", ["make -f other.mk push"]),
        ("make -C nowhere push", ["make -C nowhere push"]),
    ],
)
def test_folders(call: str, expected: list[str]) -> None:
    assert with_recipes(f"{call}\n", ".", FILES).splitlines() == expected


def test_makefiles_that_call_each_other_for_ever() -> None:
    lines = "".join(f"\t$(MAKE) -C . all N={at}\n" for at in range(500))
    found = with_recipes("make all\n", ".", {"Makefile": f"all:\n{lines}\tdocker push a/b\n"})
    assert found == "make all\n" or len(found) < 1_000_000


def test_what_a_recipe_starts_may_push() -> None:
    def started(run: str, base: str) -> str:
        return run.replace("task push", f"docker push {base}")

    makefiles = {"web/Makefile": "push:\n\ttask push\n"}
    found = with_recipes("make -C web push\n", "top", makefiles, started)
    assert found == "make -C web push\n"
    found = with_recipes("make -C web push\n", ".", makefiles, started)
    assert found == "(cd web; docker push web)\n"
