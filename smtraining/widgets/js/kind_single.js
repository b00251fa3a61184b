// Single choice: radio buttons. Value: the chosen id.

registry.single = (ctx) => {
  const rows = choiceRows(ctx.order(ctx.view.options, "options"), {
    type: "radio",
    name: ctx.name,
    change: () => ctx.answer(rows.chosen()[0]),
  });
  return {
    node: rows.node,
    read: () => rows.chosen()[0] ?? null,
    write: (value) => rows.choose([value]),
    focus: rows.focus,
    words: { missed: ["The stronger answer · you did not choose this", "missed", "note"], "passed-over": ["You did not choose this", "dot", "plain"] },
  };
};
