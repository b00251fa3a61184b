// Rate each response: one radio group per response. Value: {response: 1..k}, only for the rated ones.

registry.rate = (ctx) => {
  const { responses, scale } = ctx.view;
  const inputs = new Map();
  const read = () => {
    const rated = responses.map(({ id }) => [id, inputs.get(id).find((input) => input.checked)]).filter(([, input]) => input);
    return rated.length ? Object.fromEntries(rated.map(([id, input]) => [id, Number(input.value)])) : null;
  };
  const group = (response) => {
    const name = `${ctx.name}-${response.id}`;
    const radios = scale.map((_, i) => h("input", { type: "radio", name, value: String(i + 1), on: { change: () => ctx.answer(read()) } }));
    inputs.set(response.id, radios);
    return h(
      "fieldset",
      { class: "smt-subgroup smt-rate" },
      h("legend", null, inlineRich(response.text)),
      h(
        "div",
        { class: "smt-steps" },
        scale.map((label, i) => h("label", { class: "smt-step" }, radios[i], h("span", null, inlineRich(label)))),
      ),
    );
  };
  return {
    node: h("div", { class: "smt-rates" }, responses.map(group)),
    read,
    write(value) {
      for (const [id, radios] of inputs) for (const radio of radios) radio.checked = Number(radio.value) === value?.[id];
    },
    focus: () => inputs.values().next().value[0].focus(),
    missing(value) {
      const left = responses.length - Object.keys(value ?? {}).length;
      return left ? `Rate ${left === responses.length ? "each response" : `the remaining ${left}`} first.` : "";
    },
    words: {
      hit: ["As suggested", "check", "right"],
      close: ["Close to what is suggested", "near", "near"],
      "false-alarm": ["Differs from what is suggested", "other", "note"],
      missed: ["Not rated yet", "missed", "note"],
    },
  };
};
