// What and why: one action and one reason, two radio groups. Value: {action, reason}, either may be null.

registry.pair = (ctx) => {
  const change = () => ctx.answer(read());
  const part = (options, salt) => choiceRows(ctx.order(options, salt), { type: "radio", name: `${ctx.name}-${salt}`, change });
  const actions = part(ctx.view.actions, "actions");
  const reasons = part(ctx.view.reasons, "reasons");
  const read = () => {
    const value = { action: actions.chosen()[0] ?? null, reason: reasons.chosen()[0] ?? null };
    return value.action === null && value.reason === null ? null : value;
  };
  const group = (title, rows) => h("fieldset", { class: "smt-subgroup" }, h("legend", { text: title }), rows.node);
  return {
    node: h("div", { class: "smt-pair" }, group("What you would do", actions), group("Because", reasons)),
    read,
    write(value) {
      actions.choose([value?.action]);
      reasons.choose([value?.reason]);
    },
    focus: actions.focus,
    missing(value) {
      if (value && value.action === null) return "Choose what you would do, too; the two are checked together.";
      if (value && value.reason === null) return "Choose a reason, too; the two are checked together.";
      return "";
    },
    words: { missed: ["The stronger answer · you did not choose this", "missed", "note"], "passed-over": ["You did not choose this", "dot", "plain"] },
  };
};
