// Match: one drop-down list per entry. Value: {entry: category}, only for the entries that have one.

registry.match = (ctx) => {
  const { entries, categories } = ctx.view;
  const selects = new Map();
  const read = () => {
    const placed = entries.map(({ id }) => [id, selects.get(id).value]).filter(([, category]) => category);
    return placed.length ? Object.fromEntries(placed) : null;
  };
  const row = (entry) => {
    const id = uid("match");
    const select = h(
      "select",
      { id, class: "smt-select", on: { change: () => ctx.answer(read()) } },
      h("option", { value: "", text: "Choose…" }),
      categories.map((category) => h("option", { value: category.id, text: plain(category.text) })),
    );
    selects.set(entry.id, select);
    return h("div", { class: "smt-match-row" }, h("label", { for: id }, inlineRich(entry.text)), select);
  };
  return {
    node: h("div", { class: "smt-match" }, ctx.order(entries, "entries").map(row)),
    read,
    write(value) {
      const known = new Set(categories.map((category) => category.id));
      for (const [id, select] of selects) select.value = known.has(value?.[id]) ? value[id] : "";
    },
    focus: () => selects.values().next().value.focus(),
    missing(value) {
      const left = entries.length - Object.keys(value ?? {}).length;
      return left ? `Choose a place for ${left === entries.length ? "each entry" : `the remaining ${left}`} first.` : "";
    },
    words: {
      hit: ["Right place", "check", "right"],
      "false-alarm": ["Belongs elsewhere", "other", "note"],
      missed: ["Not placed yet", "missed", "note"],
    },
  };
};
