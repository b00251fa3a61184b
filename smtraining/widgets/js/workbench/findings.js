// The workbench, part 4: what the gap report found, and what the writer says to it.

/** The findings in the order of their kinds and of their elements; those of one element, if it is given. */
function findingsOf(desk, element) {
  const kinds = desk.view.kinds.map((kind) => kind.id);
  const number = (finding) => Math.min(...finding.elements.map((id) => desk.view.elements.findIndex((entry) => entry.id === id)));
  return Object.values(desk.state.findings ?? {})
    .filter((finding) => !element || finding.elements.includes(element))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || number(a) - number(b) || (a.id < b.id ? -1 : 1));
}

const overruledOf = (desk, element) =>
  Object.values(desk.state.overruled ?? {}).filter((finding) => !element || finding.elements.includes(element));

/** One finding. `go` (optional) opens the element that it is about; `after` is where the focus goes when the card is gone. */
function findingCard(desk, finding, { go, after, named = true }) {
  const kind = desk.view.kinds.find((entry) => entry.id === finding.kind);
  const aside = finding.reason !== undefined;
  const form = h("div", { class: "smt-overrule" });
  const problems = h("div", { class: "smt-troubles", role: "status" });
  const about = finding.elements.map((id) => desk.view.elements.find((entry) => entry.id === id)).filter(Boolean);

  const send = async (reason) => {
    problems.replaceChildren();
    try {
      await desk.ask({ type: "overrule", finding: finding.id, reason, draft: desk.state.draft.id });
      after?.();
    } catch (problem) {
      problems.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
    }
  };
  const overrule = button("Overrule this", () => {
    const id = uid("reason");
    const area = h("textarea", { id, class: "smt-text smt-short", rows: 2, dir: "auto", maxlength: 2000 });
    const close = () => {
      form.replaceChildren();
      problems.replaceChildren();
      overrule.focus();
    };
    form.replaceChildren(
      h("label", { for: id, class: "smt-field-label", text: "Why does it not fit here?" }),
      area,
      h("div", { class: "smt-row" }, button("Set this finding aside", () => send(area.value), { primary: true }), button("Cancel", close)),
    );
    area.focus();
  });

  return h(
    "li",
    { class: "smt-card smt-finding", dataset: { kind: finding.kind, item: finding.id } },
    named && kind ? h("p", { class: "smt-finding-kind" }, icon(finding.kind === "law-to-check" ? "note" : "missed"), h("span", { text: kind.label })) : null,
    h("p", { class: "smt-finding-message" }, inlineRich(finding.message)),
    finding.quotes?.length ? finding.quotes.map((quote) => h("blockquote", { dir: "auto", text: quote })) : null,
    finding.better ? h("p", null, h("strong", { text: "A wording to adapt: " }), inlineRich(finding.better)) : null,
    finding.find_out?.length ? h("ul", { class: "smt-find-out" }, finding.find_out.map((how) => h("li", null, inlineRich(how)))) : null,
    finding.next ? h("p", { class: "smt-next" }, inlineRich(finding.next)) : null,
    finding.case ? h("p", { class: "smt-small", text: `The case “${finding.case.title}” shows it (${finding.case.lesson}).` }) : null,
    aside ? h("p", { dir: "auto" }, h("strong", { text: "You set it aside: " }), finding.reason) : null,
    grounds(finding.sources),
    h(
      "div",
      { class: "smt-row" },
      go ? about.map((element) => button(`Go to ${element.number}. ${element.title}`, () => go(element.id))) : null,
      aside ? button("Open it again", () => send(null)) : overrule,
    ),
    form,
    problems,
  );
}

/** The whole report, group by group. */
function gapsPage(desk, go) {
  const title = heading(4, "What is missing or risky");
  const said = h("p", { class: "smt-summary-line", role: "status" });
  const groups = desk.view.kinds.map((kind) => {
    const list = h("ul", { class: "smt-cards" });
    const name = h("h5", { class: "smt-part-title" });
    const show = keyedList(list, (finding) => findingCard(desk, finding, { go, after: () => title.focus(), named: false }));
    // A long list of what is missing would hide the rest; it opens by its heading.
    const many = findingsOf(desk).filter((finding) => finding.kind === kind.id).length > 6;
    const node = h("details", { class: "smt-group", open: !many }, h("summary", null, name), list);
    return {
      node,
      update(findings) {
        const mine = findings.filter((finding) => finding.kind === kind.id);
        node.hidden = !mine.length;
        name.textContent = `${kind.label} (${mine.length})`;
        show(mine);
      },
    };
  });
  const asideList = h("ul", { class: "smt-cards" });
  const asideTitle = h("summary");
  const showAside = keyedList(asideList, (finding) => findingCard(desk, finding, { go, after: () => title.focus() }));
  const aside = h("details", { class: "smt-aside" }, asideTitle, asideList);
  return {
    node: h(
      "div",
      null,
      title,
      h("p", {
        class: "smt-how",
        text: "The report is made anew as you write. Each finding says what to do; if one misreads you, overrule it and say why. It judges words, not meaning, and it is not legal advice.",
      }),
      said,
      groups.map((group) => group.node),
      aside,
    ),
    focus: () => title.focus(),
    update() {
      const findings = findingsOf(desk);
      for (const group of groups) group.update(findings);
      const words = findings.length ? `${counted(findings.length, "finding is", "findings are")} open.` : "Nothing is missing and no risky wording was found.";
      if (said.textContent !== words) said.textContent = words;
      const set = overruledOf(desk);
      aside.hidden = !set.length;
      asideTitle.textContent = `Set aside by you (${set.length})`;
      showAside(set);
    },
  };
}
