// The marking page, part 1: asking the kernel, and small pieces. Comes after core.js, whose helpers it uses.
//
// Offered here:
//   askingOf(model, absorb)     ask(message) -> promise of the reply; every reply, also to another view, goes to absorb(reply)
//   answerNodes(nodes)          a student's answer as elements; text only ever goes in as text
//   pointsOf(n), ofPoints(n)    "2.5", "2.5 points"
//   choiceOf(label, options, value, change)   a labelled select
//   textArea(label, attrs)      a labelled text area

const SLOW_MS = 20_000;

function askingOf(model, absorb) {
  const waiting = new Map();
  const heard = (reply) => {
    const found = waiting.get(reply?.request);
    if (reply?.type !== "failed") absorb(reply);
    if (!found) return;
    waiting.delete(reply.request);
    clearTimeout(found.timer);
    if (reply.type === "failed") found.reject(reply);
    else found.resolve(reply);
  };
  model.on("msg:custom", heard);
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const request = uid("request");
      const timer = setTimeout(() => {
        waiting.delete(request);
        reject({
          message: "The notebook does not answer.",
          advice: "Look whether the kernel is busy or was stopped. If it was, run the cell again; what was saved is safe.",
          detail: "",
        });
      }, SLOW_MS);
      waiting.set(request, { resolve, reject, timer });
      try {
        model.send({ ...message, request });
      } catch (error) {
        clearTimeout(timer);
        waiting.delete(request);
        reject({ message: "The notebook is not connected.", advice: "Run the cell again; what was saved is safe.", detail: String(error) });
      }
    });
  const stop = () => {
    model.off?.("msg:custom", heard);
    for (const { timer } of waiting.values()) clearTimeout(timer);
  };
  return { ask, stop };
}

// What a student's answer may consist of. A kind that is not here becomes plain text.
const ANSWER_TAGS = { p: "p", h: "p", li: "li", ul: "ul", ol: "ol", quote: "blockquote", pre: "pre", code: "code", strong: "strong", em: "em" };

function answerNodes(nodes) {
  return (nodes ?? []).map((node) => {
    if (node.t === "br") return h("br", null);
    if (node.t === "hr") return h("hr", null);
    const inside = node.c ? answerNodes(node.c) : [String(node.text ?? "")];
    const tag = Object.hasOwn(ANSWER_TAGS, node.t) ? ANSWER_TAGS[node.t] : null;
    if (!tag) return inside;
    return h(tag, { class: node.t === "h" ? "smt-answer-heading" : null }, inside);
  });
}

const pointsOf = (n) => String(Math.round(n * 100) / 100);
const ofPoints = (n) => counted(pointsOf(n), "point", "points").replace(/^1 points$/, "1 point");

function choiceOf(label, options, value, change) {
  const id = uid("select");
  const select = h("select", { class: "smt-select", id, on: { change: () => change(select.value) } });
  const fill = (entries, chosen) => {
    select.replaceChildren(
      ...entries.map((entry) =>
        entry.options
          ? h("optgroup", { label: entry.label }, entry.options.map((one) => h("option", { value: one.value, text: one.text })))
          : h("option", { value: entry.value, text: entry.text }),
      ),
    );
    select.value = chosen;
  };
  fill(options, value);
  return { node: h("div", { class: "smt-field" }, h("label", { class: "smt-field-name", for: id, text: label }), select), select, fill };
}

function textArea(label, attrs) {
  const id = uid("text");
  const area = h("textarea", { class: "smt-text", id, rows: 3, ...attrs });
  return { label: h("label", { class: "smt-field-name", for: id, text: label }), area };
}

/** Who wrote an answer, as the marker may know it. */
function personOf(state, who) {
  const name = state.names[who];
  return name ? name : `Student ${who}`;
}

const button = (text, click, attrs = {}) => h("button", { type: "button", class: "smt-button", text, on: { click }, ...attrs });
