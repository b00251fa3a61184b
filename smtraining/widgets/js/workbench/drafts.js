// The workbench, part 8: which draft is open, and what is done with whole drafts.

function draftsBar(desk, opened) {
  const id = uid("draft");
  const select = h("select", { id, class: "smt-select", on: { change: () => act({ type: "open", draft: select.value }) } });
  const form = h("div", { class: "smt-new-draft" });
  const problems = h("div", { class: "smt-troubles", role: "status" });
  const line = h("p", { class: "smt-status", tabindex: "-1" });
  const box = h("div", { class: "smt-status-box smt-overall" }, line);
  const broken = h("ul", { class: "smt-small" });
  let shown = null;

  const act = async (message) => {
    problems.replaceChildren();
    try {
      await desk.ask(message);
      form.replaceChildren();
      opened();
      return null;
    } catch (problem) {
      problems.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
      shown = null;
      update();
      return problem;
    }
  };
  const sure = confirmed({
    question: () => {
      const count = desk.view.elements.filter((element) => isWritten(desk, element.id)).length;
      return `Delete the draft “${desk.value("title")}” for good? ${counted(count, "clause is", "clauses are")} written in it, and they cannot be brought back.`;
    },
    label: "Delete it for good",
    act: () => act({ type: "delete", draft: desk.state.draft.id }),
  });
  const begin = button("New draft", () => {
    const made = newDraftForm(desk, act, () => {
      form.replaceChildren();
      begin.focus();
    });
    form.replaceChildren(made.node);
    made.focus();
  });
  const drop = button("Delete", () => sure.open(drop));
  const whole = h(
    "div",
    { class: "smt-draft-row" },
    h("div", { class: "smt-draft-choice" }, h("label", { for: id, class: "smt-field-label", text: "Draft" }), select),
    h("div", { class: "smt-row" }, begin, button("Duplicate", () => act({ type: "duplicate", draft: desk.state.draft.id })), drop),
  );

  const update = () => {
    const current = desk.state.draft;
    const listed = desk.state.drafts.map((draft) => (draft.id === current?.id ? { ...draft, title: desk.value("title") || draft.title, version: desk.value("version") } : draft));
    const status = desk.overall();
    box.dataset.is = status.is;
    const words = {
      saved: status.at ? `Everything is saved (${clockTime(status.at)})` : "Nothing to save",
      saving: "Saving…",
      failed: `Not saved: ${counted(status.troubles.length, "field", "fields")}`,
    }[status.is];
    if (line.textContent !== words) line.textContent = words;
    const now = [current?.id ?? null, listed.map((draft) => [draft.id, draft.title, draft.version, draft.problem])];
    if (sameJson(now, shown)) return;
    shown = now;
    const good = listed.filter((draft) => !draft.problem);
    select.replaceChildren(...good.map((draft) => h("option", { value: draft.id, text: `${draft.title}${draft.version ? ` (${draft.version})` : ""}` })));
    if (current) select.value = current.id;
    whole.hidden = box.hidden = !current;
    broken.hidden = good.length === listed.length;
    broken.replaceChildren(...listed.filter((draft) => draft.problem).map((draft) => h("li", { text: draft.problem })));
  };
  return {
    node: h("div", { class: "smt-drafts" }, whole, form, sure.node, problems, broken, box),
    update,
    act,
  };
}

function newDraftForm(desk, act, cancel) {
  const first = !desk.state.draft;
  const kept = Object.keys(desk.state.kept).length;
  const title = h("input", { type: "text", id: uid("title"), class: "smt-line", dir: "auto", maxlength: 300, value: "Social media policy" });
  const agency = h("input", { type: "text", id: uid("agency"), class: "smt-line", dir: "auto", maxlength: 300, autocomplete: "off" });
  const patches = h("input", { type: "checkbox", checked: true });
  const go = () => act({ type: "new", title: title.value, agency: agency.value, patches: kept > 0 && patches.checked });
  // Not a form of the browser: JupyterLab keeps Enter from sending one.
  const enter = (event) => {
    if (event.key !== "Enter" || event.target.type !== "text" || event.isComposing) return;
    event.preventDefault();
    go();
  };
  const head = heading(4, first ? "Begin your policy" : "A new draft");
  return {
    node: h(
      "div",
      { class: "smt-card smt-begin", role: "group", "aria-label": first ? "Begin your policy" : "A new draft", on: { keydown: enter } },
      head,
      h("div", { class: "smt-field" }, h("label", { for: title.id, class: "smt-field-label", text: "Title" }), title),
      h("div", { class: "smt-field" }, h("label", { for: agency.id, class: "smt-field-label", text: "Agency or practice (you can leave this open)" }), agency),
      kept
        ? h("label", { class: "smt-take" }, patches, h("span", { text: `Begin with what I kept in the cases (${counted(kept, "element", "elements")})` }))
        : null,
      h("div", { class: "smt-row" }, button(first ? "Begin" : "Make this draft", go, { primary: true }), first ? null : button("Cancel", cancel)),
    ),
    focus: () => title.focus(),
  };
}
