"""The policy check as a web page: a file of its own, without script and without a request to another host, and a part for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from smtraining.bank import Bank
from smtraining.policy.check import CheckReport, ElementCheck, RiskCheck, Weight
from smtraining.policy.check_text import CAUTION, HEADINGS, MOST_QUOTES, assumptions, case_title, labels, place, quoted, summary
from smtraining.policy.evidence import Quote, Status

_STYLE = """
.smt-check { max-width: 52rem; line-height: 1.5; overflow-wrap: anywhere; }
.smt-check table { border-collapse: collapse; width: 100%; }
.smt-check table { overflow-wrap: normal; }
.smt-check th { font-weight: 600; }
.smt-check caption { text-align: start; padding-block: .3rem; }
.smt-check th, .smt-check td { border-bottom: 1px solid; padding: .35rem .6rem .35rem 0; text-align: start; vertical-align: top; }
.smt-check blockquote { margin: .4rem 0; padding: .1rem 0 .1rem .9rem; border-inline-start: 3px solid; }
.smt-check dt { font-weight: 600; margin-top: .4rem; }
.smt-check dd { margin-inline-start: 0; }
@media (min-width: 40rem) {
  .smt-check dl { display: grid; grid-template-columns: 10rem 1fr; gap: .3rem 1rem; }
  .smt-check dt { margin: 0; }
}
.smt-check summary { cursor: pointer; padding-block: .3rem; }
.smt-check section > section { border-top: 1px solid; padding-bottom: .6rem; }
.smt-check .smt-check-id { font-family: ui-monospace, monospace; font-size: .85em; }
.smt-check .smt-check-verdict { border: 2px solid; border-radius: .5rem; padding: .6rem .9rem; }
"""

_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.2rem auto; padding: 0 1rem; max-width: 52rem;
  color: #1c2126; background: #fff; }
a { color: #0b5394; }
a:focus-visible, summary:focus-visible { outline: 3px solid; outline-offset: 2px; }
@media (prefers-color-scheme: dark) { body { color: #e8eaed; background: #17191c; } a { color: #9cc7ff; } }
@media print { body { max-width: none; } }
"""

_RESULT = {Status.FOUND: "found", Status.HINTED: "look yourself", Status.MISSING: "not found"}

_NEED = {Weight.MUST: "must", Weight.PERHAPS: "perhaps", Weight.SHOULD: "should", Weight.MAY: "may"}


def page(report: CheckReport, bank: Bank) -> str:
    """A complete HTML document."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>Policy check: {escape(report.name)}</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{fragment(report, bank, level=1)}\n</main>\n</body>\n</html>\n"
    )


def fragment(report: CheckReport, bank: Bank, level: int = 3) -> str:
    """The report as a part of a page, with a heading of the given level at its top."""
    parts = [f'<style>{_STYLE}</style><div class="smt-check">', _h(level, f"Policy check: {report.name}")]
    verdict = "Something that matters is missing or risky." if not report.passes else "Nothing that must be there is missing or risky."
    parts.append(f'<div class="smt-check-verdict"><p><strong>{verdict}</strong></p>{_list(summary(report))}</div>')
    parts += [f"<p>{escape(paragraph)}</p>" for paragraph in (*report.notices, *assumptions(report))]
    parts.append(_overview(report))
    parts.append(_risks(report, bank, level))
    parts += [_missing(report, weight, bank, level) for weight in Weight]
    parts += [_found(report, level), _overruled(report, level), f"<p>{escape(CAUTION)}</p></div>"]
    return "\n".join(part for part in parts if part)


def _missing(report: CheckReport, weight: Weight, bank: Bank, level: int) -> str:
    return _section(HEADINGS[weight], level, (_missing_one(one, report, bank, level) for one in report.missing(weight)))


def _missing_one(one: ElementCheck, report: CheckReport, bank: Bank, level: int) -> str:
    facts = [("Why", " ".join(one.need.reasons) or one.element.why), ("Looked for", one.says), ("Does not count", one.near)]
    if report.profile.answers:  # without any answer it would be said at every element
        facts += [("Find out", " ".join(one.need.find_out))]
    facts += [("Sources", labels(one.element.sources, bank)), ("Case that shows it", case_title(one, bank) or "")]
    look = ""
    if one.seen.status is Status.HINTED:
        look = f"<p>Look yourself: the words are there, and no rule was recognized.</p>{_quotes(one.seen.quotes[:MOST_QUOTES])}"
    return _item(f"{one.element.number}. {one.element.title}", f"{_facts(facts)}{look}", one.id, level)


def _risks(report: CheckReport, bank: Bank, level: int) -> str:
    return _section("Risky wording", level, (_risk(risks, report, bank, level) for risks in report.risks_by_rule))


def _risk(risks: tuple[RiskCheck, ...], report: CheckReport, bank: Bank, level: int) -> str:
    risk = risks[0]
    facts = [("Why", risk.rule.reason), ("Better", risk.rule.better)]
    facts += [("Sources", labels(risk.rule.sources, bank))]
    facts += [("Case that shows it", bank.vignettes[risk.rule.case].title if risk.rule.case else "")]
    facts += [("Find out", " ".join(risk.find_out) if report.profile.answers else "")]
    title = risk.rule.title if risk.certain else f"{risk.rule.title} (if it concerns you)"
    quotes = "".join(f"{_quotes((one.quote,))}{_id(one.id)}" for one in risks)
    return f"<section>{_h(level + 2, title)}{quotes}{_facts(facts)}</section>"


def _found(report: CheckReport, level: int) -> str:
    return _section("Found", level, (_found_one(one, level) for one in report.found))


def _found_one(one: ElementCheck, level: int) -> str:
    title = f"{one.element.number}. {one.element.title}"
    if one.overruled is not None:
        return _item(title, f"<p>You say that it is there: {escape(one.overruled)}</p>", one.id, level)
    quotes = one.seen.quotes
    more = ""
    if len(quotes) > MOST_QUOTES:
        count = len(quotes) - MOST_QUOTES
        more = f"<details><summary>{count} more place{'' if count == 1 else 's'}</summary>{_quotes(quotes[MOST_QUOTES:])}</details>"
    return _item(title, f"{_quotes(quotes[:MOST_QUOTES])}{more}", one.id, level)


def _overruled(report: CheckReport, level: int) -> str:
    if not report.overruled:
        return ""
    rows = "".join(f'<dt class="smt-check-id">{escape(id)}</dt><dd>{escape(reason)}</dd>' for id, reason in report.overruled.items())
    return f"<section>{_h(level + 1, 'Overruled by you')}<dl>{rows}</dl></section>"


def _overview(report: CheckReport) -> str:
    rows = []
    for one in report.elements:
        result = _RESULT[one.seen.status] if one.overruled is None else f"{'there' if one.present else 'not there'}, you say"
        where = f", {escape(one.seen.quotes[0].where)}" if one.seen.quotes else ""
        rows.append(
            f'<tr><th scope="row">{one.element.number}. {escape(one.element.title)}</th><td>{_NEED[one.weight]}</td>'
            f"<td>{result}{where}</td></tr>"
        )
    columns = "".join(f'<th scope="col">{name}</th>' for name in ("Element", "Needed", "Result"))
    table = (
        f"<table><caption>Each element, and what was found</caption><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return f"<details><summary>All {len(rows)} elements at a glance</summary>{table}</details>"


# -- pieces ------------------------------------------------------------------------------------------------------------


def _section(title: str, level: int, items: Iterable[str]) -> str:
    inner = "".join(items)
    return f"<section>{_h(level + 1, title)}{inner}</section>" if inner else ""


def _item(title: str, inner: str, id: str, level: int) -> str:
    return f"<section>{_h(level + 2, title)}{inner}{_id(id)}</section>"


def _id(id: str) -> str:
    return f'<p>Finding: <span class="smt-check-id">{escape(id)}</span></p>'


def _quotes(quotes: Iterable[Quote]) -> str:
    # dir="auto": the words of others may run from right to left
    return "".join(f'<blockquote><p>{escape(place(q))}</p><p dir="auto">{escape(quoted(q))}</p></blockquote>' for q in quotes)


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in facts if words)
    return f"<dl>{rows}</dl>" if rows else ""


def _list(lines: Iterator[str] | list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _h(level: int, words: str) -> str:
    level = min(level, 6)
    return f"<h{level}>{escape(words)}</h{level}>"
