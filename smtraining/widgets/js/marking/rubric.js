// The marking page, part 3: a rubric as radio buttons, one group for each criterion.

/** The digit of each level: its points where these are different whole numbers from 0 to 9 in every criterion, else its place from 1. */
function digitsOf(criteria) {
  const byPoints = criteria.every(({ levels }) => {
    const points = levels.map((level) => level.points);
    return points.every((n) => Number.isInteger(n) && n >= 0 && n <= 9) && new Set(points).size === points.length;
  });
  return (level, place) => (byPoints ? level.points : place < 9 ? place + 1 : null);
}

/**
 * choose(criterion id, level index or null) is called on every choice. Returns {node, levels(), write(levels), digit(n), clear(), move(by),
 * focus(), total()}.
 */
function rubricForm(criteria, { choose, announce }) {
  const digit = digitsOf(criteria);
  let current = 0;
  const groups = criteria.map((criterion, at) => {
    const name = uid(`criterion-${criterion.id}`);
    const inputs = criterion.levels.map((_, place) =>
      h("input", { type: "radio", name, value: String(place), on: { change: () => take(at, place), focus: () => point(at) } }),
    );
    const rows = criterion.levels.map((level, place) =>
      h(
        "label",
        { class: "smt-level" },
        inputs[place],
        h("kbd", { class: "smt-keycap", "aria-hidden": "true", text: digit(level, place) ?? "" }),
        h("span", { class: "smt-level-text" }, h("strong", { text: ofPoints(level.points) }), " ", inlineRich(level.text)),
      ),
    );
    const back = button("Take back", () => clear(at), { class: "smt-link", hidden: true, "aria-label": `Take back: ${plain(criterion.title)}` });
    const legend = h("legend", { class: "smt-criterion-title" }, inlineRich(criterion.title));
    const node = h("fieldset", { class: "smt-criterion" }, legend, back, h("div", { class: "smt-levels" }, rows));
    return { criterion, inputs, node, back };
  });
  const chosen = (at) => {
    const found = groups[at].inputs.findIndex((input) => input.checked);
    return found < 0 ? null : found;
  };
  const levels = () => Object.fromEntries(groups.map((group, at) => [group.criterion.id, chosen(at)]).filter(([, level]) => level !== null));
  const total = () => groups.reduce((sum, group, at) => sum + (chosen(at) === null ? 0 : group.criterion.levels[chosen(at)].points), 0);
  const refresh = () => groups.forEach((group, at) => (group.back.hidden = chosen(at) === null));
  const point = (at) => {
    current = at;
    groups.forEach((group, i) => group.node.classList.toggle("smt-current", i === at));
  };
  const focusOn = (at) => {
    point(at);
    const { inputs } = groups[at];
    (inputs.find((input) => input.checked) ?? inputs[0]).focus();
  };
  const take = (at, place) => {
    point(at);
    groups[at].inputs[place].checked = true;
    refresh();
    choose(groups[at].criterion.id, place);
  };
  const clear = (at) => {
    if (chosen(at) === null) return;
    groups[at].inputs.forEach((input) => (input.checked = false));
    focusOn(at);
    refresh();
    choose(groups[at].criterion.id, null);
    announce(`${plain(groups[at].criterion.title)}: taken back.`);
  };
  const firstOpen = (from) => {
    const order = [...groups.keys()].map((i) => (from + i) % groups.length);
    return order.find((at) => chosen(at) === null) ?? null;
  };
  return {
    node: h("div", { class: "smt-rubric" }, groups.map((group) => group.node)),
    levels,
    total,
    write(given) {
      groups.forEach((group) => group.inputs.forEach((input, place) => (input.checked = given[group.criterion.id] === place)));
      point(firstOpen(0) ?? 0);
      refresh();
    },
    digit(n) {
      const { criterion } = groups[current];
      const place = criterion.levels.findIndex((level, i) => digit(level, i) === n);
      if (place < 0) {
        announce(`${plain(criterion.title)} has no level ${n}.`);
        return true;
      }
      take(current, place);
      const next = firstOpen(current);
      const said = `${plain(criterion.title)}: ${ofPoints(criterion.levels[place].points)}.`;
      if (next === null) {
        focusOn(current);
        announce(`${said} All criteria are marked: ${ofPoints(total())}.`);
      } else {
        focusOn(next);
        announce(said);
      }
      return true;
    },
    clear() {
      clear(current);
      return true;
    },
    move(by) {
      focusOn((current + by + groups.length) % groups.length);
      return true;
    },
    focus: () => focusOn(current),
  };
}
