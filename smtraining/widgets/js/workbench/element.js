// The workbench, part 5: one element of the policy. What it is for, the writer's own text, and clauses to begin with.

const NEED_WORDS = { must: "Your policy must have this", should: "Your policy should have this", may: "Optional for you" };

/** How much the policy needs an element: must, should or may; `open` if it depends on an answer that is missing. */
function needOf(desk, id) {
  const need = desk.state.needs[id] ?? { level: null, possible: null, reasons: [], find_out: [] };
  return { ...need, is: need.possible ?? need.level ?? "may", open: Boolean(need.possible) };
}

const isWritten = (desk, id) => Boolean(desk.value(id).trim());

function elementPage(desk, element, { go, next, previous }) {
  const keys = [element.id, `${element.id}.owner`, `${element.id}.review-date`];
  const title = heading(4, [`${element.number}. `, inlineRich(element.title)]);
  const text = makeField(desk, { key: keys[0], label: "Your clause", kind: "text", rows: 6 });
  const owner = makeField(desk, { key: keys[1], label: "Owner (a role, not a name)", kind: "line" });
  const review = makeField(desk, { key: keys[2], label: "Review date", kind: "date" });
  const status = statusOf(desk, keys);
  const need = h("div", { class: "smt-need" });
  const said = h("p", { class: "smt-summary-line", role: "status" });
  const list = h("ul", { class: "smt-cards" });
  const aside = h("ul", { class: "smt-cards" });
  const found = h("section", { class: "smt-found" }, h("h5", { class: "smt-part-title", text: "What to look at" }), said, list, aside);
  const card = (finding) => findingCard(desk, finding, { after: () => said.parentNode.querySelector("h5").focus() });
  found.querySelector("h5").tabIndex = -1;
  const show = keyedList(list, card);
  const showAside = keyedList(aside, card);
  const kept = h("div", { class: "smt-kept-cases" });
  let needShown = null;
  let keptShown = null;

  const take = (words) => {
    const now = text.input.value.trim();
    text.input.value = now ? `${now}\n\n${words}` : words;
    desk.type(element.id, text.input.value);
    text.update();
    text.focus();
    text.input.setSelectionRange(text.input.value.length, text.input.value.length);
  };
  const taker = (words, name) => {
    const node = button("", () => take(words));
    const update = () => {
      const label = isWritten(desk, element.id) ? "Add below my text" : "Start from this";
      if (node.textContent === label) return;
      node.textContent = label;
      node.setAttribute("aria-label", `${label}: ${name}`);
    };
    return { node, update };
  };
  const samples = element.clauses.map((clause) => ({ clause, taker: taker(clause.text, clause.label) }));
  let keptTakers = [];

  const showNeed = () => {
    const now = needOf(desk, element.id);
    if (sameJson(now, needShown)) return;
    needShown = now;
    need.dataset.is = now.is;
    need.replaceChildren(
      h("p", { class: "smt-need-words", text: now.open ? `It depends on an open answer whether your policy ${now.is} have this` : NEED_WORDS[now.is] }),
      h("ul", null, now.reasons.map((reason) => h("li", null, inlineRich(reason)))),
      now.find_out.length ? h("ul", { class: "smt-find-out" }, now.find_out.map((how) => h("li", null, inlineRich(how)))) : "",
    );
  };
  const showKept = () => {
    const now = desk.state.kept[element.id] ?? [];
    if (sameJson(now, keptShown)) return;
    keptShown = now;
    keptTakers = now.map((wording) => ({ wording, taker: taker(wording.text, `your wording from “${wording.title}”`) }));
    kept.hidden = !now.length;
    kept.replaceChildren(
      h("h5", { class: "smt-part-title", text: "What you kept in your cases" }),
      h(
        "ul",
        { class: "smt-cards" },
        keptTakers.map((entry) =>
          h(
            "li",
            { class: "smt-card" },
            h("p", { class: "smt-kicker", text: `${entry.wording.title} (${entry.wording.lesson})` }),
            written("div", entry.wording.text, { class: "smt-prose" }),
            entry.taker.node,
          ),
        ),
      ),
    );
  };

  const part = desk.view.parts.find((one) => one.id === element.part);
  const node = h(
    "div",
    { dataset: { element: element.id } },
    h("p", { class: "smt-eyebrow", text: part.label }),
    title,
    h("div", { class: "smt-prose smt-why" }, rich(element.why)),
    need,
    h("div", { class: "smt-write" }, text.node, h("div", { class: "smt-facts" }, owner.node, review.node), status.node),
    found,
    kept,
    h("h5", { class: "smt-part-title", text: "Sample clauses to begin with" }),
    h("p", { class: "smt-how", text: "Take one over and make it yours: put in who does it, where you work, and how it is really done." }),
    h(
      "ul",
      { class: "smt-cards" },
      samples.map((sample) =>
        h(
          "li",
          { class: "smt-card smt-sample" },
          h("p", { class: "smt-kicker", text: sample.clause.label }),
          h("div", { class: "smt-prose" }, rich(sample.clause.text)),
          sample.taker.node,
        ),
      ),
    ),
    element.pitfalls.length
      ? [
          h("h5", { class: "smt-part-title", text: "Pitfalls" }),
          h("ul", { class: "smt-pitfalls" }, element.pitfalls.map((pitfall) => h("li", null, inlineRich(pitfall)))),
        ]
      : null,
    element.cases.length
      ? [
          h("h5", { class: "smt-part-title", text: "Cases that show why it is here" }),
          h("ul", null, element.cases.map((one) => h("li", { text: `${one.title} (${one.lesson})` }))),
        ]
      : null,
    grounds(element.sources),
    walk(go, previous, next),
  );
  return {
    node,
    focus: () => title.focus(),
    update() {
      for (const field of [text, owner, review]) field.update();
      status.update();
      showNeed();
      showKept();
      for (const entry of [...samples, ...keptTakers]) entry.taker.update();
      const findings = findingsOf(desk, element.id).filter((finding) => !finding.kind.startsWith("missing"));
      const overruled = overruledOf(desk, element.id).filter((finding) => !finding.kind.startsWith("missing"));
      const words = findings.length
        ? `${counted(findings.length, "finding", "findings")} on this clause`
        : isWritten(desk, element.id)
          ? "Nothing found in this clause."
          : "";
      if (said.textContent !== words) said.textContent = words;
      found.hidden = !words && !overruled.length;
      show(findings);
      showAside(overruled);
    },
  };
}

/** Where to go from here. */
function walk(go, previous, next) {
  const step = (entry, way) => (entry ? button(`${way}: ${entry.label}`, () => go(entry.id)) : null);
  const list = button("All parts", (event) => event.target.closest(".smt-desk").querySelector("[aria-current]").focus());
  return h("div", { class: "smt-walk" }, step(previous, "Back"), list, step(next, "Next"));
}
