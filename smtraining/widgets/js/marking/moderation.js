// The marking page, part 5: answers on which two people disagree, and the mark that settles them.

/** The view "Disagreements". Returns {node, show()}. */
function moderationView(desk) {
  const title = h("h3", { class: "smt-view-title", tabindex: "-1", text: "Disagreements" });
  const people = choiceOf(
    "Every answer is marked by",
    [
      { value: "1", text: "one person" },
      { value: "2", text: "two people" },
    ],
    "1",
    (value) => desk.save({ type: "people", needed: Number(value) }),
  );
  const about = h("p", {
    class: "smt-prose smt-small",
    text: "With two people, a mark counts once both have chosen the same levels, or somebody has settled it. Where two marks differ, neither is in the gradebook until it is settled. Mark first, look here later: this list shows what others gave.",
  });
  const list = h("div", { class: "smt-disputes" });
  const node = h("div", null, title, people.node, about, list);

  const draw = (disputes) => {
    people.select.value = String(desk.state.needed);
    const open = disputes.filter((one) => !one.settled);
    const settled = disputes.filter((one) => one.settled);
    const words = open.length ? `${counted(open.length, "answer waits", "answers wait")} to be settled, the widest apart first.` : "Nothing waits to be settled.";
    list.replaceChildren(
      h("p", { text: words }),
      ...open.map((one) => disputeFold(desk, one, draw)),
      ...(settled.length ? [h("h4", { class: "smt-side-title", text: "Settled" }), ...settled.map((one) => disputeFold(desk, one, draw))] : []),
    );
  };

  return {
    node,
    async show() {
      list.replaceChildren();
      const reply = await desk.look({ type: "disputes" });
      if (reply) draw(reply.list);
    },
    update() {
      people.select.value = String(desk.state.needed);
    },
    home: () => title.focus(),
    acts: {},
  };
}

function disputeFold(desk, dispute, redraw) {
  const { state } = desk;
  const task = state.tasks.find((one) => one.id === dispute.task);
  const name = `${personOf(state, dispute.who)} · ${plain(task.title)}`;
  const how = dispute.settled ? `settled at ${ofPoints(dispute.settled.total)} by ${dispute.settled.by}` : dispute.apart ? `${ofPoints(dispute.apart)} apart` : "same total, other levels";
  const node = h("details", { class: "smt-fold smt-dispute", dataset: { who: dispute.who } }, h("summary", null, h("bdi", { text: name }), ` · ${how}`));
  let asked = false;
  node.addEventListener("toggle", async () => {
    if (!node.open || asked) return;
    asked = true;
    const reply = await desk.look({ type: "card", task: dispute.task, who: dispute.who });
    if (reply) node.append(disputeBody(desk, { ...dispute, nodes: reply.card.answer.nodes }, task, name, redraw));
    asked = Boolean(reply);
  });
  return node;
}

function disputeBody(desk, dispute, task, name, redraw) {
  const differs = (criterion) => new Set(dispute.marks.map((mark) => mark.levels[criterion.id])).size > 1;
  const cell = (criterion, mark) => h("td", null, h("strong", { text: pointsOf(criterion.levels[mark.levels[criterion.id]].points) }), " ", inlineRich(criterion.levels[mark.levels[criterion.id]].text));
  const table = h(
    "table",
    { class: "smt-table" },
    h("caption", { text: "What each of you gave" }),
    h("thead", null, h("tr", null, h("th", { scope: "col", text: "Criterion" }), dispute.marks.map((mark) => h("th", { scope: "col", text: `${mark.marker}: ${ofPoints(mark.total)}` })))),
    h(
      "tbody",
      null,
      task.criteria.map((criterion) =>
        h("tr", { class: differs(criterion) ? "smt-differs" : null }, h("th", { scope: "row" }, inlineRich(criterion.title), differs(criterion) ? h("span", { class: "smt-flag", text: " differ" }) : null), dispute.marks.map((mark) => cell(criterion, mark))),
      ),
      h("tr", null, h("th", { scope: "row", text: "Comment" }), dispute.marks.map((mark) => h("td", { class: "smt-as-written", text: mark.comment || "none" }))),
    ),
  );
  const total = h("p", { class: "smt-total", role: "status" });
  const tell = () => {
    const left = task.criteria.length - Object.keys(rubric.levels()).length;
    total.textContent = left ? `${counted(left, "criterion", "criteria")} to choose` : `${pointsOf(rubric.total())} of ${ofPoints(task.points)}`;
  };
  const rubric = rubricForm(task.criteria, { announce: desk.announce, choose: tell });
  const { label, area } = textArea("Comment to the student", { rows: 3 });
  const take = (levels, comment) => {
    rubric.write(levels);
    area.value = comment;
    tell();
  };
  const agreed = Object.fromEntries(task.criteria.filter((criterion) => !differs(criterion)).map((criterion) => [criterion.id, dispute.marks[0].levels[criterion.id]]));
  const both = [...new Set(dispute.marks.map((mark) => mark.comment.trim()).filter(Boolean))].join("\n\n");
  if (dispute.settled) take(dispute.settled.levels, dispute.settled.comment);
  else take(agreed, both);
  const settle = async () => {
    const levels = rubric.levels();
    if (Object.keys(levels).length < task.criteria.length) {
      desk.announce("Choose a level for every criterion first.");
      rubric.focus();
      return;
    }
    const reply = await desk.save({ type: "settle", task: dispute.task, who: dispute.who, levels, comment: area.value });
    if (reply) {
      desk.announce(`Settled at ${ofPoints(rubric.total())}.`);
      redraw(reply.list);
      desk.home();
    }
  };
  return h(
    "div",
    { class: "smt-dispute-body" },
    h("div", { class: "smt-written", dir: "auto" }, answerNodes(dispute.nodes)),
    table,
    h(
      "fieldset",
      { class: "smt-settle" },
      h("legend", { class: "smt-side-title", text: "The mark that counts" }),
      h("div", { class: "smt-actions" }, dispute.marks.map((mark) => button(`Take what ${mark.marker} gave`, () => take(mark.levels, mark.comment)))),
      rubric.node,
      label,
      area,
      h("div", { class: "smt-actions" }, button("Settle this mark", settle, { class: "smt-button smt-primary", "aria-label": `Settle this mark: ${name}` }), total),
    ),
  );
}
