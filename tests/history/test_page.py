"""The page of `dlint history --html`: whole, escaped, and sufficient to itself."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from past import commit, git

from dlint.cli import main
from dlint.context.git import Commit
from dlint.findings import Basis, Size
from dlint.history.page import page
from dlint.history.replay import CommitPush
from dlint.push.plan import PUSHED, Cause, LayerPlan, PushPlan

NASTY = "Mend <script>alert(1)</script> & \"quotes\" 'too' \udcff"


def push(
    number: int, *sizes: int | None, subject: str = "a change", problem: str = ""
) -> CommitPush:
    layers = tuple(
        LayerPlan(
            at,
            f"COPY d{at} /d{at}",
            PUSHED,
            Size.unknown() if size is None else Size(size, Basis.MODELLED),
            cause=Cause(at, (f"d{at}/f",)),
        )
        for at, size in enumerate(sizes, 1)
    )
    made = Commit(f"{number:040x}", subject, 1_700_000_000 + 86_400 * number)
    plan = None if problem else PushPlan(layers, 0)
    return CommitPush(made, plan, counted=not problem and number > 0, problem=problem)


PUSHES = [
    push(0, 100),
    push(1, 1_000_000),
    push(2, 2_000_000, 5_000_000, subject=NASTY),
    push(3, problem="line 2: unknown instruction: COPIE"),
    push(4, None),
    push(5),
]


class Outline(HTMLParser):
    """What stands in a page: open elements that are never closed, attributes, texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_every_element_is_closed_and_nothing_is_loaded():
    text = page("Dockerfile", PUSHES, [])
    outline = Outline(text)
    assert outline.open == []
    tags = {tag for tag, _ in outline.seen}
    assert not tags & {"script", "img", "link", "iframe", "object", "base", "image"}
    for _, attributes in outline.seen:
        assert not {"src", "srcset", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in text
    assert "@import" not in text
    assert [attributes for tag, attributes in outline.seen if tag == "html"] == [{"lang": "en"}]


def test_each_commit_has_a_bar_that_leads_to_its_row():
    outline = Outline(page("Dockerfile", PUSHES, []))
    bars = [attributes["href"] for tag, attributes in outline.seen if tag == "a"]
    rows = [
        f"#{attributes['id']}"
        for tag, attributes in outline.seen
        if tag == "tr" and "id" in attributes
    ]
    assert len(bars) == 5
    assert bars == rows[::-1]


def test_the_drawing_is_xml_with_a_text_on_each_bar():
    text = page("Dockerfile", PUSHES, [])
    drawn = text[text.index("<svg xmlns", text.index("<figure")) : text.index("</figure>")]
    drawing = ET.fromstring(drawn)  # noqa: S314  its own
    titles = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 5
    subject = NASTY.replace("\udcff", r"\udcff")
    assert titles[1] == f"{subject}\n0000000000, 2023-11-16\n7 MB, line 1: d1/f"
    assert "line 2: unknown instruction" in titles[2]
    assert "size unknown" in titles[3]


def test_what_a_repository_says_is_text():
    text = page("<Dockerfile>", PUSHES, ["a <note>"])
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<note>" not in text
    assert "<Dockerfile>" not in text


def test_unknown_is_said_to_be_unknown():
    text = "".join(Outline(page("Dockerfile", PUSHES, ["said"])).texts)
    assert "4 commits pushed ≥ 8 MB" in text
    assert "layers of unknown size1" in text
    assert "Said." in text
    only = "".join(Outline(page("Dockerfile", [push(0), push(1, None)], [])).texts)
    assert "unknown" in only.partition("Which instruction")[2]


@pytest.mark.parametrize(
    "pushes", [[], [push(0, 5)], [push(0), push(1)], [push(0, problem="broken")]]
)
def test_little_to_show_is_a_page_too(pushes):
    assert Outline(page("Dockerfile", pushes, [])).open == []


def test_one_commit_beyond_all_others_is_cut_off_and_said():
    many = [push(number, 1_000_000 + number) for number in range(99)]
    text = "".join(Outline(page("Dockerfile", [*many, push(99, 900_000_000)], [])).texts)
    assert "1 bar is cut off: that commit pushed 900 MB" in text


@pytest.fixture
def root(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "start", {"Dockerfile": "FROM x\nCOPY a /a/b\n", "a": "0"})
    commit(tmp_path, "next", {"a": "1"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verb_writes_it_beside_its_answer(root, capsys):
    words = ["history", "--isolated", "--no-cache"]
    assert main([*words, "--html", "page.html"]) == 0
    assert "1 commit pushed" in capsys.readouterr().out
    written = (root / "page.html").read_text()
    assert main([*words, "--output-format", "html"]) == 0
    assert capsys.readouterr().out == written
    assert Outline(written).open == []


def test_a_page_that_cannot_be_written_leaves_nothing(root, capsys):
    assert main(["history", "--isolated", "--no-cache", "--html", "nowhere/page.html"]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not (root / "nowhere").exists()
