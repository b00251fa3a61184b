// The workbench, part 3: the switchboard. Twelve questions, and what follows from the answers.

function switchboardPage(desk) {
  const { view } = desk;
  const questions = view.switches.map((one, i) => switchQuestion(desk, one, i));
  const results = switchResults(desk);
  return {
    node: h("div", { class: "smt-switchboard" }, h("div", { class: "smt-switches" }, questions.map((question) => question.node)), results.node),
    update() {
      for (const question of questions) question.update();
      results.update();
    },
  };
}

function switchQuestion(desk, one, i) {
  const options = one.many ? one.options : [...one.options, { id: "", text: "Not sure" }];
  const state = h("p", { class: "smt-status", tabindex: "-1" });
  const box = h("div", { class: "smt-status-box" }, state);
  const problemBox = h("div", { class: "smt-troubles", role: "status" });
  const helpId = uid("help");
  let waiting = 0;
  let at = null;

  const change = async () => {
    const value = rows.chosen().filter(Boolean);
    waiting += 1;
    problemBox.replaceChildren();
    show("saving", "Saving…");
    try {
      at = (await desk.ask({ type: "edit", item: one.id, value })).at;
      waiting -= 1;
      if (!waiting) update();
    } catch (problem) {
      waiting -= 1;
      show("failed", "Not saved");
      const again = button("Try again", () => {
        state.focus();
        change();
      });
      problemBox.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem), again));
    }
  };
  const rows = choiceRows(options, { type: one.many ? "checkbox" : "radio", name: uid(one.id), change });
  const show = (is, words) => {
    box.dataset.is = is;
    if (state.textContent !== words) state.textContent = words;
  };
  const update = () => {
    if (waiting || problemBox.childNodes.length) return;
    const chosen = desk.state.answers[one.id] ?? [];
    rows.choose(chosen.length ? chosen : [""]);
    show(chosen.length ? "saved" : "empty", chosen.length ? (at ? `Saved ${clockTime(at)}` : "Saved") : "Not answered: “not sure”");
  };
  return {
    node: h(
      "div",
      { class: "smt-question", dataset: { item: one.id } },
      h("p", { class: "smt-eyebrow" }, h("span", { text: `Question ${i + 1} of ${desk.view.switches.length}` })),
      h(
        "fieldset",
        { class: "smt-fieldset", "aria-describedby": helpId },
        h("legend", { class: "smt-stem" }, inlineRich(one.question)),
        h("p", { class: "smt-how", id: helpId }, inlineRich(one.help)),
        rows.node,
      ),
      h("details", { class: "smt-hint" }, h("summary", { text: "How to find out" }), h("div", { class: "smt-prose" }, rich(one.find_out))),
      h("div", { class: "smt-actions" }, box),
      problemBox,
    ),
    update,
  };
}

function switchResults(desk) {
  const titleId = uid("rules");
  const said = h("p", { class: "smt-summary-line", role: "status" });
  const binding = h("ul", { class: "smt-cards" });
  const perhaps = h("ul", { class: "smt-cards" });
  const bindingTitle = h("h4", { class: "smt-part-title" });
  const perhapsTitle = h("h4", { class: "smt-part-title" });
  const needs = h("p", { class: "smt-prose" });
  const showBinding = keyedList(binding, switchRule);
  const showPerhaps = keyedList(perhaps, switchRule);
  return {
    node: h(
      "section",
      { class: "smt-results", "aria-labelledby": titleId },
      h("h4", { class: "smt-results-title", id: titleId, text: "What follows from your answers" }),
      said,
      needs,
      h("section", null, bindingTitle, binding),
      h("section", null, perhapsTitle, perhaps),
      h("p", { class: "smt-small", text: "This is teaching material, not legal advice. Dates say when each rule was last looked up." }),
    ),
    update() {
      const { rules, open, counts } = desk.state.told;
      const found = desk.view.rules.filter((rule) => rules[rule.id]).map((rule) => ({ ...rule, ...rules[rule.id] }));
      const sure = found.filter((rule) => rule.certain);
      const unsure = found.filter((rule) => !rule.certain);
      const stale = sure.filter((rule) => rule.sources.some((source) => source.stale)).length;
      const words =
        `${desk.view.switches.length - open.length} of ${desk.view.switches.length} questions answered. ` +
        `${counted(sure.length, "rule binds", "rules bind")} you${unsure.length ? `, and ${unsure.length} more may, once the open questions are answered` : ""}.` +
        (stale ? ` ${counted(stale, "of them rests", "of them rest")} on law past its review date.` : "");
      if (said.textContent !== words) said.textContent = words;
      needs.textContent =
        `Of the thirty elements of a policy, yours must have ${counts.must} and should have ${counts.should}.` +
        (counts.perhaps ? ` For ${counts.perhaps} it depends on an open question.` : "");
      bindingTitle.textContent = `Binds you (${sure.length})`;
      perhapsTitle.textContent = `May bind you (${unsure.length})`;
      perhapsTitle.parentNode.hidden = !unsure.length;
      showBinding(sure);
      showPerhaps(unsure);
    },
  };
}

function switchRule(rule) {
  return h(
    "li",
    { class: "smt-card", dataset: { item: rule.id } },
    h("h5", { class: "smt-card-title" }, inlineRich(rule.title)),
    h("p", { class: "smt-reason", text: rule.reason }),
    h("div", { class: "smt-prose" }, rich(rule.means)),
    rule.look_up
      ? h("p", { class: "smt-look-up", text: "The details are your state’s law or your contract’s: somebody has to look them up." })
      : null,
    rule.find_out.length ? h("ul", { class: "smt-find-out" }, rule.find_out.map((how) => h("li", null, inlineRich(how)))) : null,
    h("p", { class: "smt-small" }, `In your policy: ${rule.elements.map((element) => `${element.number}. ${element.title}`).join("; ")}`),
    grounds(rule.sources),
  );
}
