// Reflection: a text of one's own. Value: the text. Recorded, never scored; keeping it shows what a thoughtful answer tends to hold.

const TYPING_MS = 600;

registry.reflect = (ctx) => {
  const [least, most] = ctx.view.words;
  const countId = uid("words");
  const count = h("p", { class: "smt-count", id: countId });
  const area = h("textarea", {
    class: "smt-text",
    rows: 6,
    on: {
      input() {
        refresh();
        ctx.answer(read(), { debounce: TYPING_MS });
      },
    },
  });
  const read = () => (area.value.trim() ? area.value : null);
  const refresh = () => {
    const n = area.value.split(/\s+/).filter(Boolean).length;
    count.textContent = `${counted(n, "word", "words")} · a guide: ${least} to ${most}`;
  };
  refresh();
  return {
    node: h("div", { class: "smt-reflect" }, area, count),
    read,
    write(value) {
      area.value = typeof value === "string" ? value : "";
      refresh();
    },
    labelledBy(stemId, howId) {
      area.setAttribute("aria-labelledby", stemId);
      area.setAttribute("aria-describedby", `${howId} ${countId}`);
    },
    focus: () => area.focus(),
    missing: (value) => (value ? "" : "Write something first, then keep it."),
    feedback: (reveal) => [
      h("p", { class: "smt-small-heading", text: "What a thoughtful answer tends to hold" }),
      h("p", { class: "smt-how", text: "Tick what yours says. The ticks are for you and are not kept." }),
      h(
        "ul",
        { class: "smt-look-for" },
        reveal.items.map((entry) =>
          h(
            "li",
            null,
            h("label", { class: "smt-choice" }, h("input", { type: "checkbox" }), h("span", { class: "smt-choice-text" }, inlineRich(entry.label))),
            h("div", { class: "smt-said-text" }, rich(entry.feedback)),
          ),
        ),
      ),
    ],
    flushes: true,
    keepsFeedback: true,
    checkLabel: "Keep this",
    againLabel: "Write on",
  };
};
