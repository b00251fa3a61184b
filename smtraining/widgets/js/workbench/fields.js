// The workbench, part 2: the controls that its pages share.
//
//   makeField(desk, {key, label, help, kind, rows})   a text, a line or a date that is saved as it is typed -> {node, update(), focus()}
//   statusOf(desk, keys)            the line that says what has become of these fields, and what to do if it went wrong -> {node, update()}
//   button(label, click, {primary})
//   confirmed({question, label, act})   a second step before something that cannot be undone -> {node, open(from)}
//   trouble(problem)                a problem in words
//   grounds(sources)                standards and laws with their dates, or null
//   heading(level, text)            a heading that can take the focus

const button = (label, click, { primary = false } = {}) =>
  h("button", { type: "button", class: `smt-button${primary ? " smt-primary" : ""}`, on: { click } }, label);

const heading = (level, text, attrs) => h(`h${level}`, { class: "smt-desk-heading", tabindex: "-1", ...attrs }, text);

const detail = (text) => (text ? h("details", null, h("summary", { text: "Technical detail" }), h("p", { class: "smt-detail", text })) : null);

const trouble = (problem) => [h("p", null, h("strong", { text: problem.message }), " ", problem.advice), detail(problem.detail)];

/** Text that people wrote, in whatever direction its language runs. */
const written = (tag, text, attrs) => h(tag, { dir: "auto", ...attrs }, rich(text));

function grow(area) {
  if (!area.isConnected || CSS.supports("field-sizing", "content")) return;
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
}

function makeField(desk, { key, label, help, kind, rows = 3 }) {
  const id = uid("field");
  const helpId = help ? uid("help") : null;
  const input = h(kind === "text" ? "textarea" : "input", {
    id,
    class: kind === "text" ? "smt-text" : "smt-line",
    type: { line: "text", date: "date" }[kind],
    rows: kind === "text" ? rows : null,
    dir: kind === "date" ? null : "auto",
    spellcheck: kind === "date" ? null : "true",
    autocomplete: kind === "text" ? null : "off",
    maxlength: kind === "text" ? 40000 : kind === "line" ? 300 : null,
    "aria-describedby": helpId,
    dataset: { key },
    on: {
      input: () => {
        grow(input);
        desk.type(key, input.value);
      },
      blur: () => desk.flush(),
    },
  });
  return {
    node: h(
      "div",
      { class: `smt-field smt-field-${kind}` },
      h("label", { for: id, class: "smt-field-label", text: label }),
      help ? h("p", { class: "smt-field-help", id: helpId }, inlineRich(help)) : null,
      input,
    ),
    input,
    update() {
      const now = desk.value(key);
      if (input.value !== now) input.value = now;
      grow(input);
    },
    focus: () => input.focus(),
  };
}

function statusOf(desk, keys, { empty = "Not written yet" } = {}) {
  const line = h("p", { class: "smt-status", tabindex: "-1" });
  const said = h("div", { class: "smt-live", role: "status" });
  const boxes = h("div", { class: "smt-troubles" });
  const node = h("div", { class: "smt-status-box" }, line, boxes, said);
  let shown = "";

  const conflict = (field) => [
    h("p", null, h("strong", { text: "This was changed in another window while you wrote." }), " Both texts are here; which one stays?"),
    h("p", { class: "smt-small-heading", text: "The other window says" }),
    field.theirs.text ? written("blockquote", field.theirs.text) : h("p", { text: "(nothing: the text was deleted there)" }),
    h(
      "div",
      { class: "smt-row" },
      button("Keep mine", () => settle(field, "mine"), { primary: true }),
      button("Take the other", () => settle(field, "theirs")),
      button("Keep both, one after the other", () => settle(field, "both")),
    ),
  ];
  const settle = (field, how) => {
    desk.settle(field.key, how);
    line.focus();
  };
  const failed = (field) => [
    trouble(field.problem),
    button("Try again", () => {
      desk.retry(field.key);
      line.focus();
    }),
  ];

  return {
    node,
    update() {
      const status = desk.status(keys);
      node.dataset.is = status.is;
      const words = {
        empty,
        saving: "Saving…",
        saved: status.at ? `Saved ${clockTime(status.at)}` : "Saved",
        failed: status.troubles.some((field) => field.problem) ? "Not saved" : "Not saved yet: choose",
      }[status.is];
      if (line.textContent !== words) line.textContent = words;
      const now = JSON.stringify(status.troubles.map(({ key, problem, theirs }) => [key, problem, theirs]));
      if (now === shown) return;
      shown = now;
      boxes.replaceChildren(...status.troubles.map((field) => put(h("div", { class: "smt-trouble" }), field.theirs ? conflict(field) : failed(field))));
      said.textContent = status.troubles.map((field) => field.problem?.message ?? "This was changed in another window.").join(" ");
    },
  };
}

/** A second step: the question with two buttons takes the place of nothing, right behind the button that asked. */
function confirmed({ question, label, act }) {
  const node = h("div", { class: "smt-confirm", role: "group", "aria-label": "Please confirm" });
  let opener = null;
  const close = () => {
    node.replaceChildren();
    opener?.focus();
  };
  return {
    node,
    open(from) {
      opener = from;
      const words = h("p", { tabindex: "-1", text: question() });
      const yes = async () => {
        const problem = await act();
        if (problem) node.replaceChildren(...put(h("div", { class: "smt-trouble" }), trouble(problem), button("Close", close)).childNodes);
        else node.replaceChildren();
      };
      node.replaceChildren(words, h("div", { class: "smt-row" }, button(label, yes, { primary: true }), button("Keep it", close)));
      words.focus();
    },
  };
}

function grounds(sources, title = "What this rests on") {
  if (!sources?.length) return null;
  const stale = sources.some((source) => source.stale);
  const lines = sources.map((source) =>
    h(
      "li",
      null,
      /^https?:\/\//.test(source.url ?? "")
        ? h("a", { href: source.url, target: "_blank", rel: "noopener", text: source.label })
        : h("strong", { text: source.label }),
      source.text && source.text !== source.label ? [": ", inlineRich(source.text)] : null,
      source.as_of ? [" ", h("span", { class: "smt-as-of", text: `As of ${longDate(source.as_of)}.` })] : null,
      source.stale ? [" ", h("span", { class: "smt-stale", text: "Past its review date: look it up before you rely on it." })] : null,
    ),
  );
  // What may be out of date must be seen.
  return h(
    "details",
    { class: "smt-grounds", open: stale },
    h("summary", { text: `${title} (${counted(sources.length, "source", "sources")}${stale ? ", some past review" : ""})` }),
    h("ul", { class: "smt-sources" }, lines),
  );
}

/** A list of cards by key: what stays is left alone, so that nobody loses the focus or what they are typing in it. */
function keyedList(node, make) {
  const cards = new Map();
  return (entries) => {
    const wanted = new Map(entries.map((entry) => [entry.id, entry]));
    for (const [id, card] of [...cards]) {
      if (JSON.stringify(card.entry) === JSON.stringify(wanted.get(id))) continue;
      card.node.remove();
      cards.delete(id);
    }
    let before = null;
    for (const entry of [...entries].reverse()) {
      if (!cards.has(entry.id)) cards.set(entry.id, { entry, node: make(entry) });
      const card = cards.get(entry.id).node;
      if (card.nextSibling !== before || card.parentNode !== node) node.insertBefore(card, before);
      before = card;
    }
  };
}
