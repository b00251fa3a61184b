// Spot it: the words of an artifact are toggle buttons. Value: the ids of the selected spans, in the question's order.

registry.spot = (ctx) => {
  const { spans, artifact } = ctx.view;
  const words = new Map(spans.map((span) => [span.id, span.text]));
  const buttons = [];
  const selected = new Set();
  const summary = h("p", { class: "smt-count" });

  const read = () => {
    const ids = spans.map((span) => span.id).filter((id) => selected.has(id));
    return ids.length ? ids : null;
  };
  const refresh = () => {
    for (const { id, button } of buttons) button.setAttribute("aria-pressed", String(selected.has(id)));
    const chosen = read();
    summary.textContent = chosen ? `Selected: ${chosen.map((id) => quoted(words.get(id))).join(", ")}` : "Selected: nothing yet";
  };
  const toggle = (id) => {
    if (!selected.delete(id)) selected.add(id);
    refresh();
    ctx.answer(read());
  };
  // Not a <button>: that is always a block of its own, and a passage must break over lines like the text around it.
  const spanButton = (id, text) => {
    const press = (event) => {
      if ((event.key !== "Enter" && event.key !== " ") || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (!event.repeat) toggle(id);
    };
    const button = h("span", { role: "button", tabindex: "0", class: "smt-spot", on: { click: () => toggle(id), keydown: press } }, plain(text));
    buttons.push({ id, button });
    return button;
  };

  const shown = ctx.renderArtifact(artifact, { span: (id, text) => (words.has(id) ? spanButton(id, text) : text), lenses: [] });
  // A span the artifact does not show must still be selectable, or the question could not be answered.
  const drawn = new Set(buttons.map(({ id }) => id));
  const rest = spans.filter((span) => !drawn.has(span.id));
  const node = h(
    "div",
    { class: "smt-spot-box" },
    shown,
    rest.length ? h("p", { class: "smt-spot-rest" }, rest.map((span) => [spanButton(span.id, span.text), " "])) : null,
    summary,
  );
  refresh();

  return {
    node,
    read,
    write(value) {
      selected.clear();
      for (const id of Array.isArray(value) ? value : []) if (words.has(id)) selected.add(id);
      refresh();
    },
    focus: () => buttons[0]?.button.focus(),
    missing: (value) => (value ? "" : "Select at least one passage first, then check it."),
    words: {
      hit: ["You selected this · right", "check", "right"],
      "false-alarm": ["You selected this · better left out", "other", "note"],
    },
    showsArtifact: true,
  };
};
