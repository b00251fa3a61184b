// The marking page, last part: its frame, what was saved and what failed, and what the host calls.

const MARKING_VIEWS = [
  ["mark", "Mark answers", markView],
  ["moderation", "Disagreements", moderationView],
  ["agreement", "Agreement", agreementView],
  ["points", "Points of levels", pointsView],
];

function renderMarking({ model, el }) {
  const titleId = uid("title");
  const live = h("p", { class: "smt-live", role: "status" });
  const saved = h("p", { class: "smt-small smt-saved", role: "status" });
  const trouble = h("div", { class: "smt-marking-trouble", role: "alert" });
  const who = h("p", { class: "smt-intro" });
  const remarks = h("div", null);
  const stage = h("div", { class: "smt-stage" });
  let keys = keysAreOn();
  let shown = null;
  let undoWords = null;

  const desk = {
    state: null,
    place: null,
    announce(text) {
      live.textContent = "";
      setTimeout(() => (live.textContent = text), 30);
    },
    /** Ask for something to look at; null if that failed, which is told. */
    look: (message) => attempt(message, false),
    /** Ask for a change; null if that failed, which is told with a way to try again. */
    save: (message) => attempt(message, true),
    home: () => shown?.home(),
  };

  // Marked as unable, not disabled: a disabled button would drop the focus.
  const undoButton = button("Undo", () => undo(), { class: "smt-button smt-undo" });
  const tellUndo = () => {
    undoButton.setAttribute("aria-disabled", String(!undoWords));
    undoButton.title = undoWords ? `Take back ${undoWords}` : "There is nothing of yours to take back";
  };

  const absorb = (reply) => {
    if (reply.state) {
      desk.state = reply.state;
      undoWords = reply.state.undo;
      frame();
      if (!shown) show("mark"); // also where a slow kernel answers after the page has said so
    }
    if (!desk.state) return;
    for (const card of reply.cards ?? []) {
      const at = desk.state.cards.findIndex((one) => one.task === card.task && one.who === card.who);
      if (at >= 0) desk.state.cards[at] = card;
    }
    if (reply.phrases) desk.state.phrases = reply.phrases;
    if ("disputes" in reply) desk.state.disputes = reply.disputes;
    if ("undo" in reply) undoWords = reply.undo;
    tellUndo();
    tellViews();
    if (reply.cards) shown?.update();
  };

  const { ask, stop } = askingOf(model, absorb);

  async function attempt(message, change) {
    if (change) saved.textContent = "Saving…";
    try {
      const reply = await ask(message);
      if (change) saved.textContent = `Saved ${clockTime(reply.saved ?? new Date().toISOString())}`;
      trouble.replaceChildren();
      return reply;
    } catch (failure) {
      if (change) saved.textContent = "Not saved";
      const again = button("Try again", async () => {
        const reply = await attempt(message, change);
        if (reply && !change) show(shown.id);
      });
      trouble.replaceChildren(
        h(
          "div",
          { class: "smt-notice" },
          h("p", null, h("strong", { text: failure.message }), " ", failure.advice ?? ""),
          failure.detail ? h("details", null, h("summary", { text: "Technical detail" }), h("p", { class: "smt-detail", text: failure.detail })) : null,
          again,
        ),
      );
      return null;
    }
  }

  async function undo() {
    if (!undoWords) {
      desk.announce("There is nothing of yours to take back.");
      return;
    }
    const what = undoWords;
    views.get("mark").flush();
    const reply = await desk.save({ type: "undo" });
    if (!reply) return;
    if (reply.card) {
      if (shown.id !== "mark") show("mark", false);
      views.get("mark").draw(reply.card, true);
    } else show(shown.id, false);
    desk.announce(`Taken back: ${what}.`);
  }

  // --- the frame ------------------------------------------------------------------------------------------------------

  const views = new Map(MARKING_VIEWS.map(([id, , make]) => [id, Object.assign(make(desk), { id })]));
  const tabs = new Map(MARKING_VIEWS.map(([id, text]) => [id, button(text, () => show(id), { class: "smt-tab" })]));
  const tellViews = () => {
    const n = desk.state.disputes;
    tabs.get("moderation").textContent = n ? `Disagreements (${n})` : "Disagreements";
  };
  const show = (id, open = true) => {
    if (shown?.id === "mark" && id !== "mark") views.get("mark").flush();
    shown = views.get(id);
    for (const [name, tab] of tabs) {
      if (name === id) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    stage.replaceChildren(shown.node);
    if (open) shown.show();
  };

  const names = button("Show names", async () => {
    const asked = names.getAttribute("aria-pressed") !== "true";
    const reply = await desk.save({ type: "names", show: asked });
    if (reply) show(shown.id);
    if (reply) desk.announce(asked ? "Names are shown. The record of marking keeps that you asked for them." : "Names are hidden.");
    names.focus();
  });
  const put = button("Put marks into the gradebook", async () => {
    if (await desk.save({ type: "put" })) {
      show(shown.id);
      desk.announce("The gradebook is in step with the marks.");
    }
    put.focus();
  });
  const keySwitch = h("input", {
    type: "checkbox",
    checked: keys,
    on: {
      change() {
        keys = keySwitch.checked;
        keepKeys(keys);
      },
    },
  });
  const help = h(
    "details",
    { class: "smt-fold smt-help" },
    h("summary", { text: "Keys and settings" }),
    keyList(),
    h("label", { class: "smt-check" }, keySwitch, " Single keys work on this page"),
    h("p", { class: "smt-small", text: "Click anywhere on the page, or Tab into it, and the keys work. The number beside a level is its key." }),
    h("div", { class: "smt-actions" }, names, put),
    h("p", { class: "smt-small", text: "Marks go into the gradebook as you make them. The button brings both into step after trouble, and reads what was handed in since." }),
  );
  const frame = () => {
    const { state } = desk;
    who.replaceChildren("You mark as ", h("strong", { text: state.marker }), state.blind ? ". Names are hidden." : ". Names are shown.");
    names.setAttribute("aria-pressed", String(!state.blind));
    remarks.replaceChildren(...state.remarks.map((text) => h("p", { class: "smt-small smt-remark", text })));
  };

  const root = h(
    "section",
    { class: "smt smt-marking", lang: "en", tabindex: "-1", "aria-labelledby": titleId },
    h(
      "header",
      { class: "smt-header" },
      h("h2", { class: "smt-title", id: titleId }, "Marking: ", inlineRich(model.get("view").title)),
      h("div", { class: "smt-header-line" }, who, saved, undoButton),
      remarks,
      help,
      h("nav", { class: "smt-tabs", "aria-label": "Parts of the marking page" }, [...tabs.values()]),
    ),
    trouble,
    stage,
    live,
  );
  const acts = {
    undo() {
      undo();
      return true;
    },
    help() {
      help.open = !help.open;
      help.querySelector("summary").focus();
      return true;
    },
  };
  for (const name of ["digit", "clear", "move", "turn", "comment", "leaveComment", "phrases", "read"]) acts[name] = (given) => shown?.acts[name]?.(given);
  listenToKeys(root, acts, () => keys);
  // A click on plain text would leave the focus with the notebook, whose own keys delete cells: it goes to the page instead.
  root.addEventListener("click", () => {
    if (!root.contains(document.activeElement) && !String(getSelection())) root.focus({ preventScroll: true });
  });

  const leave = () => views.get("mark").flush();
  window.addEventListener("pagehide", leave);
  el.append(root);
  stage.append(h("p", { class: "smt-small", text: "Reading the answers…" }));
  attempt({ type: "start" }, false);

  return () => {
    leave();
    stop();
    window.removeEventListener("pagehide", leave);
    root.remove();
  };
}
