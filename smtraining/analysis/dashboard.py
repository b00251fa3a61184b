"""The class dashboard: what the cells of notebooks/instructor/class-dashboard.ipynb call.

Everything is drawn inside widgets. A notebook that is saved or shared keeps a widget's place and not its contents, so that no student's
data stays in it; each cell's text stands in for what was there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from smtraining.analysis import about_items, loading, report
from smtraining.analysis.data import ClassData
from smtraining.analysis.markup import CLASS, STYLE, escaped
from smtraining.analysis.overall import Analysis, analyse, on_standard
from smtraining.analysis.pseudonyms import key, pseudonyms
from smtraining.analysis.sections import PARTS
from smtraining.analysis.shown import Shown
from smtraining.authoring import course
from smtraining.errors import SmtrainingError

ALL_STUDENTS, ALL_STANDARDS = "The whole class", "All standards"

BY_STANDARD = ("items", "judgement")
"""The parts that are narrowed to a standard; the part on choices has its own menu of items, which is narrowed too."""

_CONTROLS = (
    f"<style>{STYLE}"
    ".smt-controls{gap:.3em 1.5em;flex-flow:row wrap;padding:4px}"
    ".smt-controls .widget-dropdown{width:auto;max-width:100%}"
    ".smt-controls select{min-width:14em}"
    ".smt-controls :is(select,input,button):focus-visible{outline:2px solid currentColor!important;outline-offset:1px}"
    "</style>"
)


def open_class(folder: Path | None = None) -> Dashboard:
    """The dashboard of the course in ``folder`` (default: that of this notebook). What cannot be read is told where it would stand."""
    return Dashboard(folder or course.root())


class Dashboard:
    """The parts of the dashboard. Each method returns a widget; all of them follow the filters."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._data: ClassData | None = None
        self._found: Analysis | None = None
        self._problem = ""
        self._filling = False
        self._bodies: list[Body] = []
        style = {"description_width": "initial"}
        self._assignment = widgets.Dropdown(description="Exercise", style=style)
        self._group = widgets.Dropdown(description="Students", style=style)
        self._standard = widgets.Dropdown(description="Standard", style=style)
        self._hidden = widgets.Checkbox(value=True, description="Pseudonyms in place of names", indent=False)
        self._again = widgets.Button(description="Read the gradebook again", layout={"width": "auto"})
        self._status = News()
        self._open()
        for control in (self._assignment, self._group, self._standard, self._hidden):
            control.observe(partial(self._changed, control), names="value")
        self._again.on_click(lambda _: self._open())

    # -- the parts ---------------------------------------------------------------------------------------------------------

    def filters(self) -> Contents:
        """Which exercise, which students, which standard; names or pseudonyms. A line under it says what is shown now."""
        row = widgets.Box([self._assignment, self._group, self._standard, self._hidden, self._again])
        row.add_class("smt-controls")
        return Contents([widgets.HTML(_CONTROLS), row], self._status)

    def overview(self) -> Contents:
        """How many handed in, and what they earned."""
        return self._part("overview")

    def stuck(self) -> Contents:
        """Who may need help."""
        return self._part("stuck")

    def items(self) -> Contents:
        """Difficulty, discrimination, reliability."""
        return self._part("items")

    def choices(self) -> Contents:
        """What was chosen at one item, to be picked from a menu."""
        menu = widgets.Dropdown(description="Item", style={"description_width": "initial"}, layout={"width": "auto", "display": "none"})

        def write(shown: Shown) -> str:
            found = shown.analysis.choices["item"].unique().tolist()
            self._fill(menu, found)
            return about_items.choices(shown, str(menu.value) if found else None)

        body = self._body(write, narrowed=True)
        menu.observe(lambda _: None if self._filling else body.draw(), names="value")
        return Contents([menu, body.widget])

    def standards(self) -> Contents:
        """The hardest standards."""
        return self._part("standards")

    def judgement(self) -> Contents:
        """How far the answers to ordering, ranking and rating items lie apart."""
        return self._part("judgement")

    def feedback(self) -> Contents:
        """How long feedback takes."""
        return self._part("feedback")

    def written(self) -> Contents:
        """Agreement of those who marked written work."""
        return self._part("written")

    def groups(self) -> Contents:
        """The groups side by side."""
        return self._part("groups")

    def export(self) -> Contents:
        """Buttons that write the report and the tables beside the gradebook."""
        page = widgets.Button(description="Write the report (HTML)", layout={"width": "auto"})
        files = widgets.Button(description="Write the tables (CSV)", layout={"width": "auto"})
        row, said = widgets.Box([page, files]), News()
        row.add_class("smt-controls")
        page.on_click(lambda _: self._export(said, self._write_page))
        files.on_click(lambda _: self._export(said, self._write_tables))
        return Contents([widgets.HTML(_CONTROLS), row], said)

    # -- following the filters ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """Read the gradebook, and keep what was chosen where it is still there."""
        try:
            self._fill(self._assignment, loading.assignments(self._root))
            self._load()
        except SmtrainingError as error:
            self._fail(error)

    def _load(self) -> None:
        if self._assignment.value is None:
            self._fail("The gradebook holds no assignment yet. Release an exercise first: nbgrader generate_assignment NAME --force")
            return
        try:
            data = loading.load(self._root, self._assignment.value)
        except SmtrainingError as error:
            self._fail(error)
            return
        self._data, self._problem = data, ""
        self._fill(self._group, [(ALL_STUDENTS, ""), *((name, name) for name in data.groups)])
        self._fill(self._standard, [(ALL_STANDARDS, ""), *sorted((label, id) for id, label in data.standards.items())])
        self._analyse()

    def _fill(self, menu: widgets.Dropdown, options: Sequence[str | tuple[str, str]]) -> None:
        """Give a menu its entries, and keep what was chosen if it is still among them. A menu without entries is not shown."""
        values = [entry if isinstance(entry, str) else entry[1] for entry in options]
        chosen, self._filling = menu.value, True
        menu.options = options
        menu.value = chosen if chosen in values else next(iter(values), None)
        menu.layout.display = None if values else "none"
        self._filling = False

    def _analyse(self) -> None:
        if self._data is not None:
            self._found = analyse(self._data, self._group.value)
            self._draw()

    def _changed(self, control: widgets.Widget, _change: object) -> None:
        if self._filling:
            return
        if control is self._assignment:
            self._load()
        elif control is self._group:
            self._analyse()
        else:
            self._draw(only_narrowed=control is self._standard)

    def _fail(self, error: SmtrainingError | str) -> None:
        self._data = self._found = None
        self._problem = str(error)
        self._draw()

    def _draw(self, *, only_narrowed: bool = False) -> None:
        self._status.text = self._said()
        for body in self._bodies:
            if body.narrowed or not only_narrowed:
                body.draw()

    def _said(self) -> str:
        if self._found is None or self._data is None:
            return self._problem
        found = self._found
        handed = f"{len(found.data.points)} of {len(found.data.students)} handed in"
        standard = f", {self._data.standards[self._standard.value]}" if self._standard.value else ""
        return f"Showing {found.data.assignment}, {found.group or 'the whole class'}{standard}: {handed}."

    # -- drawing -------------------------------------------------------------------------------------------------------------

    def _part(self, name: str) -> Contents:
        return Contents([self._body(PARTS[name], narrowed=name in BY_STANDARD).widget])

    def _body(self, write: Callable[[Shown], str], *, narrowed: bool) -> Body:
        body = Body(lambda: self._html(write, narrowed), narrowed=narrowed)
        self._bodies.append(body)
        return body

    def _html(self, write: Callable[[Shown], str], narrowed: bool) -> str:
        if self._found is None:
            return f'<p class="smt-look">Nothing to show. {escaped(self._problem)}</p>'
        found = on_standard(self._found, self._standard.value) if narrowed and self._standard.value else self._found
        return write(Shown(found, self._names()))

    def _names(self) -> dict[str, str]:
        assert self._data is not None
        people = self._data.students
        return pseudonyms(people.index, key(loading.folders(self._root).grading)) if self._hidden.value else dict(people["name"])

    # -- files ---------------------------------------------------------------------------------------------------------------

    def _export(self, said: News, write: Callable[[Analysis], str]) -> None:
        if self._found is None:
            said.text = f"Nothing to write. {self._problem}"
            return
        try:
            said.text = f"Written at {dt.datetime.now():%H:%M:%S}: {write(self._found)}"
        except (SmtrainingError, OSError) as error:
            said.text = f"Not written: {error}"

    def _write_page(self, found: Analysis) -> str:
        path = self._place(found).with_suffix(".html")
        report.write_html(path, report.document(found, self._names(), dt.datetime.now(dt.UTC)))
        return str(path)

    def _write_tables(self, found: Analysis) -> str:
        written = report.write_csv(self._place(found), report.frames(found, self._names()))
        return f"{len(written)} files in {written[0].parent}"

    def _place(self, found: Analysis) -> Path:
        return loading.folders(self._root).grading / "reports" / found.data.assignment


class Contents(widgets.VBox):  # type: ignore[misc]
    """Widgets one below the other, and a line of news. As text it is one sentence: the widgets' own text would put what they hold into the
    notebook's file."""

    def __init__(self, inside: Sequence[widgets.Widget], news: News | None = None) -> None:
        super().__init__([*inside, news or News()])
        self.add_class("smt-part")

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": "A part of the class dashboard. Run this cell to see it; nothing of it is kept in this file."}


class Body:
    """The HTML of a part, drawn anew by :meth:`draw`. ``narrowed``: it depends on the chosen standard."""

    def __init__(self, write: Callable[[], str], *, narrowed: bool) -> None:
        self.narrowed = narrowed
        self._write = write
        self.widget = widgets.HTML()
        self.draw()

    def draw(self) -> None:
        """Write the part as it is now."""
        self.widget.value = f'<style>{STYLE}</style><div class="{CLASS}">{self._write()}</div>'


class News(anywidget.AnyWidget):
    """A line of news, read out when it changes; it also keeps the keys of the controls around it (see news.js)."""

    _esm = (Path(__file__).parent / "news.js").read_text(encoding="utf-8")

    text = traitlets.Unicode("").tag(sync=True)
