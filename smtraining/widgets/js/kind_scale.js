// Where do you stand: one row of radio buttons between two ends. Value: the id of the point ("1".."k"). Recorded, never scored.

registry.scale = (ctx) => {
  const { steps, low, high } = ctx.view;
  const lowId = uid("low");
  const highId = uid("high");
  // Where the outer steps already say what the ends mean, saying it twice is noise.
  const named = steps[0].text === low && steps[steps.length - 1].text === high;
  const inputs = steps.map((point, i) =>
    h("input", {
      type: "radio",
      name: ctx.name,
      value: point.id,
      "aria-describedby": named ? null : i === 0 ? lowId : i === steps.length - 1 ? highId : null,
      on: { change: () => ctx.answer(read()) },
    }),
  );
  const read = () => inputs.find((input) => input.checked)?.value ?? null;
  return {
    node: h(
      "div",
      { class: "smt-scale" },
      named ? null : h("div", { class: "smt-ends" }, h("span", { id: lowId }, inlineRich(low)), h("span", { id: highId }, inlineRich(high))),
      h(
        "div",
        { class: "smt-steps" },
        steps.map((point, i) => h("label", { class: "smt-step" }, inputs[i], h("span", null, inlineRich(point.text)))),
      ),
    ),
    read,
    write(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
    checkLabel: "Keep this",
    againLabel: "Change it",
  };
};
