"""The capstone with nbgrader's own commands: released, handed in by three students and some others, autograded two ways, returned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fixtures.capstone import BEN, FULL, NAME, NONE, RISKY, Capstone, content, full, packed, partial, save, stored_profile
from fixtures.grading_course import cell
from journeys import expect_accessible
from jupyter_support import Served, jupyter
from playwright.sync_api import Browser, Page, expect

from smtraining.bank import Bank
from smtraining.grading.desk import Desk
from smtraining.grading.policyparts import TITLES
from smtraining.grading.written import policy_shown
from smtraining.policy.draft import Draft

pytest_plugins = ["browser_support"]
pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

HOSTILE = (
    "<script>window.caught = true</script>\n\n</div></body><img src=x onerror='window.caught=true'> ![x](https://tracker.example/x.png) "
    "[a](javascript:window.caught=true) $\\href{javascript:1}{x}$ \u2028 <style>body{display:none}</style> We tell nobody who a client is. "
    "**Every worker** asks first, and *nobody* posts alone."
)
ANSWERS = {"x09-01": "b", "x09-08": "a"}


def hostile(bank: Bank) -> Draft:
    draft = full(bank).with_details(title="<script>window.caught=true</script>", agency="</h4><b>House</b>")
    draft = draft.with_plan(need=HOSTILE).with_clause("pe-14", text=HOSTILE, owner="<i onmouseover=alert(1)>Odile</i>")
    return draft.model_copy(update={"id": "dora-policy-d4d4d4"})


@pytest.fixture(scope="module")
def bank() -> Bank:
    return content()


@pytest.fixture(scope="module")
def course(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Capstone:
    """Handed in: ada's notebook alone, ben's with his folder of drafts, cem's untouched, and four that are not to be trusted."""
    course = Capstone(tmp_path_factory.mktemp("capstone"))
    course.run("nbgrader", "generate_assignment", NAME)
    written = {"x09-w1": "A memo.", "x09-w2": "Read 28 first. <script>window.caught = true</script>"}
    course.submit("ada", packed(full(bank)), answers=ANSWERS, written=written)
    save(course.submit("ben", answers=ANSWERS), partial(bank))
    course.submit("cem")
    course.submit("dora", packed(hostile(bank)), written={"x09-w2": HOSTILE})
    course.submit("eve", packed({**full(bank).to_json(), "schema": 2}))
    course.submit("fay", packed({**full(bank).to_json(), "points": 38}), choose=full(bank).id)
    course.submit("gil", packed(full(bank), partial(bank)), choose=partial(bank).id)
    course.run("nbgrader", "autograde", NAME)
    course.run("nbgrader", "generate_feedback", NAME)
    return course


EXPECTED: dict[str, dict[str, float]] = {
    "ada": FULL,
    "ben": BEN,
    "cem": NONE,
    "eve": NONE,
    "fay": NONE,
    "gil": BEN,
}


@pytest.mark.parametrize("student", EXPECTED)
def test_each_part_gets_the_points_worked_out_by_hand(course: Capstone, student: str) -> None:
    assert course.parts(student) == EXPECTED[student]


def test_what_cannot_be_read_is_flagged_and_what_is_not_there_is_not(course: Capstone) -> None:
    flagged = {student: [p for p in FULL if course.rows(student)[f"x09-p-{p}"].look] for student in EXPECTED}
    assert flagged == {"ada": [], "ben": [], "cem": [], "eve": list(FULL), "fay": list(FULL), "gil": []}
    assert "newer version of smtraining wrote it" in course.output("eve", "x09-p-plan")
    assert "Please look at this one." in course.output("fay", "x09-p-plan")


def test_questions_are_scored_beside_the_policy_and_written_work_waits(course: Capstone) -> None:
    rows = course.rows("ada")
    assert (rows["x09-01"].auto, rows["x09-08"].auto, rows["x09-02"].auto) == (2.0, 0.0, 0.0)
    assert {name for name, row in rows.items() if row.look} == {"x09-w1", "x09-w2"}
    assert sum(row.score for row in rows.values()) == 38 + 2
    assert not any(row.look for row in course.rows("cem").values())


def test_a_policy_waits_for_its_reader_though_nothing_was_written_beside_it(course: Capstone) -> None:
    """ben handed in a policy and left "What to read first" empty; cem handed in nothing at all."""
    ben, cem = course.rows("ben"), course.rows("cem")
    assert (ben["x09-w2"].auto, ben["x09-w2"].look) == (None, True)
    assert (ben["x09-w1"].auto, ben["x09-w1"].look) == (0.0, False)
    assert (cem["x09-w2"].auto, cem["x09-w2"].look) == (0.0, False)


def test_the_marking_page_shows_the_policy_that_is_to_be_marked(course: Capstone) -> None:
    desk = Desk(course.root, NAME, "kim")
    shown = json.dumps(policy_shown(desk.answer(("x09-w2", "ada"))))
    for words in ("Riverbend House", "Odile Marchand", "Ten more calls a month"):
        assert words in shown
    assert policy_shown(desk.answer(("x09-w1", "ada"))) == policy_shown(desk.answer(("x09-w2", "cem"))) == []
    hostile = policy_shown(desk.answer(("x09-w2", "dora")))
    assert "<script>" in json.dumps(hostile), "it is there as the characters that it is made of"
    assert {key for node in _every(hostile) for key in node} == {"t", "c", "text"}


def _every(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _every(node.get("c", []))


def test_the_audit_says_which_draft_was_scored(course: Capstone) -> None:
    items = {entry["item"]: entry for entry in course.autograded("ben").metadata["smtraining_audit"]["items"]}
    entry = items["x09-p-clauses"]
    assert (entry["answer"], entry["revision"], entry["time"]) == ({"draft": "ben-policy-b2b2b2"}, 7, "2026-11-23T10:02:00Z")
    assert (entry["source"], entry["earned"]) == ("side file", 5.54)


def test_the_instructor_reads_the_whole_policy_above_the_text_about_it(course: Capstone, bank: Bank) -> None:
    shown = course.output("ada", "x09-p-clauses")
    for words in (
        "Riverbend: social media policy",
        "Riverbend House",
        "Odile Marchand",
        "review by November 1, 2027",
        "Ten more calls a month",
    ):
        assert words in shown
    for element in bank.elements.values():
        assert f"<h5>{element.number}. " in shown
    assert "30 of 30 clauses are sample clauses, word for word." in shown
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in course.autograded("ada").cells]
    assert names.index("x09-p-clauses") < names.index("x09-w2") < names.index("x09-w1")
    assert names[names.index("x09-w2") + 1] == "x09-w2-rubric"
    assert RISKY in course.output("ben", "x09-p-wording")


def test_without_a_policy_there_is_none_to_read(course: Capstone) -> None:
    assert '<div class="smt-policy">' not in course.output("cem", "x09-p-clauses")


class Live(HTMLParser):
    """What in a piece of HTML could act, load or lead elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        acting = tag in ("script", "img", "iframe", "object", "embed", "svg", "form", "input", "link", "base", "meta")
        if acting or any(name.startswith("on") or name == "src" or (value or "").startswith("javascript:") for name, value in attrs):
            self.found.append(self.get_starttag_text() or tag)


def test_what_a_student_wrote_is_text_wherever_it_is_shown(course: Capstone) -> None:
    shown = course.output("dora", "x09-p-clauses")
    assert "&lt;script&gt;window.caught" in shown
    assert "<strong>Every worker</strong> asks first" in shown
    assert Live(shown).found == []
    assert "<script" not in cell(course.autograded("dora"), "x09-w2").source.replace("\\<", "")
    page = (course.folder("dora", "feedback") / f"{NAME}.html").read_text(encoding="utf-8")
    body = page[page.index("<body") :]
    assert Live(body).found == []
    assert "tracker.example" in body


def test_feedback_gives_each_part_with_its_reason_and_the_policy(course: Capstone) -> None:
    page = (course.folder("ben", "feedback") / f"{NAME}.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<body") :]).split())
    for words in (
        "5.54 of 12 points",
        "12 of the 26 clauses that this policy must have are there.",
        "It has 4 words; it needs 12 or more.",
        "1 open finding, 0 overruled",
        "The policy you handed in",
        "It is not written.",
        "Your policy: Treatment plan (Score: 3.0 / 6.0)",
        "What you wrote: The memo that goes with your policy",
        "Question: Which draft should the city library take?",
    ):
        assert words in text, words
    assert "Test cell" not in text
    assert "Grade cell" not in text
    for secret in ("grade_policy(", "HIDDEN", "First model: a county", "Please read 28, 15 and 23 first"):
        assert secret not in page
    assert all(title in text for title in TITLES.values())


def test_every_link_of_the_list_leads_to_a_place_on_the_page(course: Capstone) -> None:
    page = (course.folder("ada", "feedback") / f"{NAME}.html").read_text(encoding="utf-8")
    links = re.findall(r'href="#([^"]+)"', page)
    assert len(set(links)) > 15
    assert {link for link in links if f'id="{link}"' not in page} == set()


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(course: Capstone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with jupyter(course.root, "lab", tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_the_marker_reads_the_policy_in_formgrader_and_nothing_in_it_acts(served: Served, window: Page) -> None:
    outside: list[str] = []

    def only_here(route: Any) -> None:  # formgrader's own page asks a content network for a script that draws formulas
        outside.append(route.request.url)
        route.abort()

    window.context.route(lambda url: not url.startswith((served.url, "data:")), only_here)
    window.goto(f"{served.url}/formgrader/manage_students/dora/{NAME}")
    window.get_by_role("link", name=NAME).last.click()
    expect(window.locator("input.score#x09-w2")).to_be_visible()
    policy = window.locator(".smt-policy")
    expect(policy.get_by_role("heading", name="The policy that was handed in: <script>")).to_be_visible()
    expect(policy.get_by_text("We tell nobody who a client is.")).to_have_count(2)
    expect(policy.get_by_role("row", name="Who to call Ada Lopez, 555-0101")).to_be_visible()
    place = policy.bounding_box()
    field = window.locator("input.score#x09-w2").bounding_box()
    assert place and field and place["y"] + place["height"] < field["y"]
    assert window.evaluate("window.caught") is None
    assert not [url for url in outside if "mathjax" not in url.lower()]
    expect_accessible(window, ".smt-policy")


@pytest.mark.browser
def test_the_feedback_page_is_read_on_a_phone_and_passes_axe(course: Capstone, window: Page) -> None:
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.set_viewport_size({"width": 320, "height": 740})
    window.goto((course.folder("ben", "feedback") / f"{NAME}.html").as_uri())
    assert window.evaluate("document.documentElement.scrollWidth") == 320
    caption = window.locator(".smt-result caption").first.bounding_box()
    assert caption and caption["width"] > 200  # a caption as wide as its table, and not squeezed into a column
    window.get_by_role("link", name="Your policy: Safety plan").click()
    expect(window.get_by_role("heading", name="Your policy: Safety plan")).to_be_in_viewport()
    expect_accessible(window, "main")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


# --- the fast way, and plain nbgrader ---------------------------------------------------------------------------------


def _all(course: Capstone) -> dict[str, dict[str, Any]]:
    return {student: course.rows(student) for student in (*EXPECTED, "dora")}


def _notebooks(course: Capstone) -> dict[str, str]:
    return {student: (course.folder(student, "autograded") / f"{NAME}.ipynb").read_text() for student in (*EXPECTED, "dora")}


def test_the_fast_way_writes_the_same_rows_and_the_same_notebooks(course: Capstone) -> None:
    before = _all(course), _notebooks(course)
    course.run("smtraining", "autograde", NAME, "--force")
    assert (_all(course), _notebooks(course)) == before


@pytest.fixture(scope="module")
def stock(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capstone]:
    course = Capstone(tmp_path_factory.mktemp("stock"), stock=True)
    course.run("nbgrader", "generate_assignment", NAME)
    save(course.submit("ben"), partial(bank))
    nb_path = course.submit("gus") / f"{NAME}.ipynb"
    nb = json.loads(nb_path.read_text())
    nb["metadata"]["smtraining"]["policy_drafts"] = {"a": full(bank).to_json()}
    nb_path.write_text(json.dumps(nb))
    course.run("nbgrader", "autograde", NAME)
    yield course


def test_plain_nbgrader_gives_the_same_points_for_honest_work(stock: Capstone) -> None:
    assert stock.parts("ben") == BEN
    assert stock.parts("gus") == FULL


def test_other_exercises_take_no_policy_with_them(bank: Bank, tmp_path: Path) -> None:
    from nbformat.v4 import new_notebook

    from smtraining.grading.restoring import Master, capture, restore

    save(tmp_path, full(bank))
    nb = new_notebook(metadata={"smtraining": {"schema": 1, "answers": {}, "policy_profile": stored_profile(bank)}})
    (tmp_path / "03.ipynb").write_text(json.dumps(nb))
    capture(nb, tmp_path, "03.ipynb", lambda remark: None)
    restore(nb, Master("03", None, {}), None, lambda remark: None)
    assert "Riverbend" not in json.dumps(nb)
