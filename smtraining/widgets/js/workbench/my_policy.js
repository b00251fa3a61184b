// The workbench, part 10: my policy so far. Each wording is read as text, and becomes a field when it is to be changed.

function myPolicyPage(desk) {
  const rows = desk.view.cases.map((one) => wordingRow(desk, one));
  const parts = desk.view.parts.map((part) => {
    const own = rows.filter((row) => row.part === part.id);
    return { node: h("section", null, h("h4", { class: "smt-part-title", text: part.label }), h("ul", { class: "smt-cards" }, own.map((row) => row.node))), own };
  });
  return {
    // The name under which every page of this sort, live or printed, is found.
    node: h("div", { class: "smt-panel" }, parts.map((part) => part.node)),
    update() {
      for (const row of rows) row.update();
      for (const part of parts) part.node.hidden = part.own.every((row) => row.node.hidden);
    },
  };
}

function wordingRow(desk, one) {
  const text = h("div", { class: "smt-prose", dir: "auto" });
  const field = makeField(desk, { key: one.key, label: `Your wording: ${one.element}`, kind: "text", rows: 4 });
  const status = statusOf(desk, [one.key], { empty: "Taken out: nothing is kept from this case" });
  const editing = h("div", { class: "smt-write" }, field.node, status.node);
  let open = false;
  let shown = null;
  let seen = false;
  const toggle = button("Edit", () => {
    open = !open;
    desk.flush();
    shown = null;
    update();
    if (open) field.focus();
    else toggle.focus();
  });
  const update = () => {
    const now = desk.value(one.key);
    seen ||= Boolean(now.trim());
    // A wording that was taken out stays in place until the page is opened again: it can be written anew.
    node.hidden = !seen;
    status.update();
    if (desk.status([one.key]).troubles.length) open = true;
    editing.hidden = !open;
    toggle.textContent = open ? "Done" : "Edit";
    toggle.setAttribute("aria-label", `${open ? "Done with" : "Edit"} ${one.element}`);
    toggle.setAttribute("aria-expanded", String(open));
    // The field's label says the same.
    text.hidden = title.hidden = open;
    if (open) field.update();
    else if (shown !== now) {
      shown = now;
      text.replaceChildren(now.trim() ? rich(now) : h("p", { class: "smt-small", text: "Taken out." }));
    }
  };
  const title = h("p", { class: "smt-card-title", text: one.element });
  const node = h(
    "li",
    { class: "smt-card", dataset: { item: one.key } },
    title,
    text,
    editing,
    h("p", { class: "smt-small", text: `From the case “${one.title}”` }),
    h("div", { class: "smt-row" }, toggle),
  );
  return { node, part: one.part, update };
}
