// Multiple choice: checkboxes. Value: the chosen ids in the question's own order. With "choose n", a line counts along.

registry.multiple = (ctx) => {
  const { options, rule, select } = ctx.view;
  const wanted = rule === "select-n" ? select : null;
  const count = h("p", { class: "smt-count" });
  const read = () => {
    const chosen = rows.chosen();
    return chosen.length ? options.map((option) => option.id).filter((id) => chosen.includes(id)) : null;
  };
  const refresh = () => {
    const n = rows.chosen().length;
    if (wanted) count.textContent = `Chosen: ${n} of ${wanted}${n > wanted ? ". That is too many." : ""}`;
  };
  const rows = choiceRows(ctx.order(options, "options"), {
    type: "checkbox",
    name: ctx.name,
    change: () => {
      refresh();
      ctx.answer(read());
    },
  });
  refresh();
  return {
    node: h("div", null, rows.node, wanted ? count : null),
    read,
    write(value) {
      rows.choose(Array.isArray(value) ? value : []);
      refresh();
    },
    focus: rows.focus,
    missing: (value) => (wanted && value && value.length !== wanted ? `Choose ${wanted}; you have chosen ${value.length}.` : ""),
    words: { "false-alarm": ["You chose this · better left out", "other", "note"] },
  };
};
