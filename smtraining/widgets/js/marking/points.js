// The marking page, part 7: other points for the levels of this class. Marks are levels, so every total follows.

/** The view "Points of levels". Returns {node, show()}. */
function pointsView(desk) {
  const title = h("h3", { class: "smt-view-title", tabindex: "-1", text: "Points of levels" });
  const about = h("p", {
    class: "smt-prose smt-small",
    text: "A mark is a choice of levels. If a level earns other points, everybody who has it gets them, here and in the gradebook. The best levels must add up to what the task is worth.",
  });
  const box = h("div", null);
  const node = h("div", null, title, about, box);

  const taskForm = (task) => {
    const sum = h("p", { class: "smt-small", role: "status" });
    const effect = h("div", { class: "smt-effect", role: "status" });
    const inputs = new Map();
    const read = () => Object.fromEntries(task.criteria.map((c) => [c.id, inputs.get(c.id).map((input) => (input.value.trim() === "" ? null : Number(input.value)))]));
    const tell = () => {
      const best = Object.values(read()).reduce((all, points) => all + Math.max(...points), 0);
      sum.textContent = `The best levels add up to ${pointsOf(best)} of ${ofPoints(task.points)}.`;
      effect.replaceChildren();
    };
    const rows = task.criteria.map((criterion) => {
      const own = criterion.levels.map((level, place) =>
        h("input", { type: "number", class: "smt-number", min: "0", max: "100", step: "any", value: String(level.points), "aria-label": `${plain(criterion.title)}, level ${place + 1} of ${criterion.levels.length}: ${plain(level.text)}`, on: { input: tell } }),
      );
      inputs.set(criterion.id, own);
      return h(
        "fieldset",
        { class: "smt-criterion" },
        h("legend", { class: "smt-criterion-title" }, inlineRich(criterion.title)),
        h("div", { class: "smt-levels" }, criterion.levels.map((level, place) => h("div", { class: "smt-point-row" }, own[place], h("span", null, inlineRich(level.text))))),
      );
    });
    const changes = (list) =>
      list.length
        ? [
            h("p", { text: `This changes ${counted(list.length, "total", "totals")}:` }),
            h("ul", null, list.slice(0, 12).map((one) => h("li", { text: `${personOf(desk.state, one.who)}: ${pointsOf(one.before)} becomes ${pointsOf(one.after)}` }))),
            list.length > 12 ? h("p", { text: `… and ${list.length - 12} more.` }) : null,
          ].filter(Boolean)
        : [h("p", { text: "This changes no total that counts now." })];
    const look = async (points) => {
      const reply = await desk.look({ type: "points", task: task.id, points });
      if (!reply) return;
      effect.replaceChildren(
        ...changes(reply.effect),
        button(
          "Change the points",
          async () => {
            const done = await desk.save({ type: "points", task: task.id, points, apply: true });
            if (done) desk.announce(`The points are changed. ${counted(reply.effect.length, "total follows", "totals follow")}.`);
            if (done) draw();
            title.focus();
          },
          { class: "smt-button smt-primary" },
        ),
      );
    };
    tell();
    return h(
      "section",
      { class: "smt-task-points" },
      h("h4", { class: "smt-side-title" }, inlineRich(task.title)),
      task.changed ? h("p", { class: "smt-small", text: "This class has points of its own; the master notebook says otherwise." }) : null,
      task.lapsed ? h("p", { class: "smt-small", text: "Points that were set for this class have lapsed, because the rubric in the master notebook was changed." }) : null,
      rows,
      sum,
      h("div", { class: "smt-actions" }, button("See what this would change", () => look(read())), task.changed ? button("Back to the points of the master", () => look(null)) : null),
      effect,
    );
  };
  const draw = () => box.replaceChildren(...desk.state.tasks.map(taskForm));
  return { node, show: draw, update() {}, home: () => title.focus(), acts: {} };
}
