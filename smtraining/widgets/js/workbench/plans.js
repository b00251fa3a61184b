// The workbench, part 6: pages of fields (overview, treatment plan, safety plan) and the wall card.

function planPage(desk, { title, intro, fields, go, previous, next, extra }) {
  const head = heading(4, title);
  const made = fields.map((field) => ({ field, control: makeField(desk, field), status: statusOf(desk, [field.key]) }));
  return {
    node: h(
      "div",
      null,
      head,
      h("div", { class: "smt-prose smt-how" }, rich(intro)),
      h("div", { class: "smt-fields" }, made.map(({ control, status }) => h("div", { class: "smt-write" }, control.node, status.node))),
      extra?.node,
      walk(go, previous, next),
    ),
    focus: () => head.focus(),
    update() {
      for (const { control, status } of made) {
        control.update();
        status.update();
      }
      extra?.update();
    },
  };
}

function wallCard(desk) {
  const titleId = uid("card");
  const body = h("div", { class: "smt-wall-card" });
  let shown = null;
  return {
    node: h("section", { "aria-labelledby": titleId }, h("h5", { class: "smt-part-title", id: titleId, text: "Your wall card" }), body),
    update() {
      const { card } = desk.state.draft;
      if (sameJson(card, shown)) return;
      shown = card;
      body.replaceChildren(
        ...(card.length
          ? card.map((block) => h("div", { dir: "auto" }, h("p", { class: "smt-card-title", text: block.heading }), h("ol", null, block.lines.map((line) => h("li", { text: line })))))
          : [h("p", { text: "Fill in “Immediate steps” and “Who to call”: they become a card for the wall. Write one on each line." })]),
      );
    },
  };
}

function overviewPage(desk, { go, order }) {
  const head = heading(4, "Overview");
  const progress = h("p", { class: "smt-summary-line" });
  const done = h("span", { class: "smt-progress-done" });
  const bar = h("div", { class: "smt-progress-bar", "aria-hidden": "true" }, done);
  const ahead = h("div", { class: "smt-row" });
  const profile = h("div", { class: "smt-prose" });
  const patches = h("div", { class: "smt-card" });
  const problems = h("div", { class: "smt-troubles", role: "status" });
  const made = desk.view.details.map((field) => makeField(desk, field));
  const status = statusOf(desk, desk.view.details.map((field) => field.key));
  let profileShown = null;
  let aheadShown = null;
  let patchesShown = null;

  const showProfile = () => {
    const now = desk.state.profile;
    if (sameJson(now, profileShown)) return;
    profileShown = now;
    profile.replaceChildren(
      h("p", { text: now.said || "The switchboard has no answers yet, so the builder keeps the stricter rule in view everywhere." }),
      now.open.length
        ? h(
            "details",
            null,
            h("summary", { text: `${counted(now.open.length, "question is", "questions are")} open` }),
            h("ul", null, now.open.map((one) => h("li", null, h("strong", null, inlineRich(one.question)), " ", inlineRich(one.find_out)))),
          )
        : "",
      h("p", { class: "smt-small", text: "To change this, use the switchboard: run smt.switchboard() in a cell. What is required here follows it." }),
    );
  };
  const putIn = async () => {
    problems.replaceChildren();
    try {
      await desk.ask({ type: "patches", draft: desk.state.draft.id });
      head.focus();
    } catch (problem) {
      problems.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
    }
  };
  const showPatches = () => {
    const waiting = Object.keys(desk.state.kept).filter((id) => !isWritten(desk, id));
    if (sameJson(waiting, patchesShown)) return;
    patchesShown = waiting;
    patches.hidden = !waiting.length;
    patches.replaceChildren(
      h("p", { text: `In your cases you kept wordings for ${counted(waiting.length, "element", "elements")} that this draft does not have yet.` }),
      button("Put them into this draft", putIn),
    );
  };
  const showAhead = () => {
    const missing = (level) => order.find((id) => needOf(desk, id).is === level && !isWritten(desk, id));
    const id = missing("must") ?? missing("should");
    if (id === aheadShown) return;
    aheadShown = id;
    const element = desk.view.elements.find((one) => one.id === id);
    const label = element ? `Go on with ${element.number}. ${element.title}` : "See what is left to look at";
    ahead.replaceChildren(button(label, () => go(element ? id : "gaps"), { primary: true }), button("What is missing or risky", () => go("gaps")));
  };

  return {
    node: h(
      "div",
      null,
      head,
      progress,
      bar,
      ahead,
      patches,
      problems,
      h("h5", { class: "smt-part-title", text: "Your agency" }),
      profile,
      h("h5", { class: "smt-part-title", text: "On the first page" }),
      h("div", { class: "smt-write" }, h("div", { class: "smt-facts" }, made.map((field) => field.node)), status.node),
    ),
    focus: () => head.focus(),
    update() {
      for (const field of made) field.update();
      status.update();
      showProfile();
      showPatches();
      showAhead();
      const count = (level) => {
        const wanted = order.filter((id) => needOf(desk, id).is === level);
        return [wanted.filter((id) => isWritten(desk, id)).length, wanted.length];
      };
      const [must, musts] = count("must");
      const [should, shoulds] = count("should");
      const words = `Written: ${must} of the ${counted(musts, "element", "elements")} that your policy must have, ${should} of the ${shoulds} it should have.`;
      if (progress.textContent !== words) progress.textContent = words;
      done.style.inlineSize = `${musts + shoulds ? ((must + should) / (musts + shoulds)) * 100 : 0}%`;
    },
  };
}
