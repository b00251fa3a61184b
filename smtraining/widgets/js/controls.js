// The page, part 3: controls that several kinds share.
//
//   choiceRows(options, {type, name, change})    radio buttons or checkboxes, one row each -> {node, chosen(), choose(ids), focus()}
//   sortable(ctx, entries, {label, ends})           an order made with buttons: all that "put in order" and "rank" need

/** Rows of native radio buttons or checkboxes; the whole row is the label. `options` are {id, text}. */
function choiceRows(options, { type, name, change }) {
  const inputs = options.map((option) => h("input", { type, name, value: option.id, on: { change } }));
  const node = h(
    "div",
    { class: "smt-choices" },
    options.map((option, i) => h("label", { class: "smt-choice" }, inputs[i], h("span", { class: "smt-choice-text" }, inlineRich(option.text)))),
  );
  return {
    node,
    chosen: () => inputs.filter((input) => input.checked).map((input) => input.value),
    choose(ids) {
      for (const input of inputs) input.checked = ids.includes(input.value);
    },
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
  };
}

/**
 * A list that is put in order with "Move up" and "Move down" buttons, so without dragging. The first order is nobody's answer: until
 * something is moved, or the learner says that this order is meant, the list counts as not answered.
 */
function sortable(ctx, entries, { label, ends }) {
  const start = ctx.order(entries, "entries");
  const list = h("ol", { class: "smt-sort", "aria-label": label });
  const rows = new Map();
  let touched = false;

  const order = () => [...list.children].map((row) => row.dataset.id);
  const read = () => (touched ? order() : null);
  const answer = () => {
    touched = true;
    refresh();
    ctx.answer(read());
  };

  const meant = h("button", { type: "button", class: "smt-button smt-sort-meant", on: { click: () => (touched ? null : answer()) } });

  // Buttons that can do nothing are marked so, not disabled: a disabled button would drop the focus.
  const refresh = () => {
    const ids = order();
    ids.forEach((id, i) => {
      const { place, up, down } = rows.get(id);
      place.textContent = String(i + 1);
      up.setAttribute("aria-disabled", String(i === 0));
      down.setAttribute("aria-disabled", String(i === ids.length - 1));
    });
    meant.replaceChildren(...(touched ? [icon("check"), "This order is your answer"] : ["This order is my answer"]));
    meant.setAttribute("aria-disabled", String(touched));
  };

  const move = (entry, by) => {
    const from = order().indexOf(entry.id);
    const to = from + by;
    if (to < 0 || to >= entries.length) {
      ctx.announce(`${quoted(entry.text)} is already ${by < 0 ? "first" : "last"}.`);
      return;
    }
    // The neighbour is moved past the row, not the row itself: the focused button never leaves the document.
    const { row } = rows.get(entry.id);
    const neighbour = list.children[to];
    if (by < 0) row.after(neighbour);
    else row.before(neighbour);
    list.querySelector(".smt-moved")?.classList.remove("smt-moved");
    row.classList.add("smt-moved");
    ctx.announce(`${quoted(entry.text)} is now ${to + 1} of ${entries.length}.`);
    answer();
  };

  for (const entry of start) {
    const button = (name, by, title) =>
      h(
        "button",
        { type: "button", class: "smt-move", title, "aria-label": `${title}: ${plain(entry.text)}`, on: { click: () => move(entry, by) } },
        icon(name),
      );
    const place = h("span", { class: "smt-place", "aria-hidden": "true" });
    const up = button("up", -1, "Move up");
    const down = button("down", 1, "Move down");
    const text = h("span", { class: "smt-sort-text" }, inlineRich(entry.text));
    const row = h("li", { class: "smt-sort-row", dataset: { id: entry.id } }, place, text, h("span", { class: "smt-sort-moves" }, up, down));
    rows.set(entry.id, { row, place, up, down });
    list.append(row);
  }
  refresh();

  return {
    node: h(
      "div",
      { class: "smt-sort-box" },
      ends ? h("p", { class: "smt-sort-end", text: ends[0] }) : null,
      list,
      ends ? h("p", { class: "smt-sort-end", text: ends[1] }) : null,
      meant,
    ),
    read,
    write(value) {
      touched = Array.isArray(value);
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      for (const id of touched ? value : start.map((entry) => entry.id)) if (rows.has(id)) list.append(rows.get(id).row);
      refresh();
      focused?.focus();
    },
    focus: () => rows.get(order()[0]).down.focus(),
    missing: (value) => (value ? "" : "Move something first, or say “This order is my answer”."),
    words: {
      hit: ["In place", "check", "right"],
      close: ["One place off", "near", "near"],
      missed: ["Further off", "other", "note"],
    },
  };
}
