// The page, part 4: what surrounds the controls of every question.
//
//   questionCard(ctx, factory) -> {node, update()}     situation, stem, controls, hint, check button, status, feedback
//   statusBlock(ctx) -> {node, update()}               the line that always says what has become of the answer
//   sourceList(sources) -> node or null                 what the feedback rests on
//
// A kind's factory(ctx) returns {node, read(), write(value)} and may add:
//   missing(value)        a sentence that says what is still to be done before checking, or "" (default: nothing chosen yet)
//   labelledBy(stem, how) the ids of the stem and of the line below it, for a control that the group's name does not reach
//   focus()               put the focus on the first control ("Try again")
//   flushes               true if what was typed is sent when the focus leaves
//   words                 {mark: [text, icon, tone]} where the kind says it in its own words
//   feedback(reveal)      nodes instead of the list of options
//   checkLabel, againLabel   other words on the button
//   keepsFeedback         the feedback does not depend on the answer and stays while it is changed
//   showsArtifact         the controls draw the artifact themselves

const CHECK_FIRST = "Choose an answer first, then check it.";

/** What a mark on an option is called, its icon and its tone. Each says in words what the colour says. */
const MARK_WORDS = {
  hit: ["You chose this · right", "check", "right"],
  missed: ["You missed this", "missed", "note"],
  "false-alarm": ["You chose this · another answer is stronger", "other", "note"],
  "passed-over": ["You left this out · right", "dot", "plain"],
  close: ["You chose this · close", "near", "near"],
  none: ["", "dot", "plain"],
};

const OUTCOME_ICONS = {
  right: ["check", "right"],
  "partly-right": ["near", "near"],
  wrong: ["other", "note"],
  recorded: ["check", "plain"],
  "not-attempted": ["note", "plain"],
};

function statusBlock(ctx) {
  // It takes the focus only when a "Try again" button that had it goes away: nobody is thrown back to the top of the notebook.
  const line = h("p", { class: "smt-status", tabindex: "-1" });
  const trouble = h("div", { class: "smt-trouble" });
  const node = h("div", { class: "smt-status-box" }, line, trouble);
  let shown = null;

  const showTrouble = (problem) => {
    if (problem === shown) return;
    const hadFocus = trouble.contains(document.activeElement);
    shown = problem;
    trouble.replaceChildren();
    if (problem) {
      put(
        trouble,
        h("p", null, h("strong", { text: problem.message }), " ", problem.advice),
        problem.detail ? h("details", null, h("summary", { text: "Technical detail" }), h("p", { class: "smt-detail", text: problem.detail })) : null,
        h("button", { type: "button", class: "smt-button", text: "Try again", on: { click: () => ctx.retry() } }),
      );
      ctx.announce(`${problem.message} ${problem.advice}`);
    }
    if (hadFocus) line.focus();
  };

  return {
    node,
    update() {
      const status = ctx.state();
      node.dataset.is = status.is;
      const time = status.at ? clockTime(status.at) : "";
      line.textContent = {
        empty: "Not answered",
        saving: "Saving…",
        saved: `Saved ${time}`,
        revealed: `Feedback shown · saved ${time}`,
        failed: "Not saved",
      }[status.is];
      showTrouble(status.problem ?? null);
    },
  };
}

function sourceList(sources) {
  if (!sources?.length) return null;
  return h(
    "div",
    { class: "smt-sources" },
    h("p", { class: "smt-small-heading", text: sources.length === 1 ? "Source" : "Sources" }),
    h(
      "ul",
      null,
      sources.map((source) =>
        h(
          "li",
          null,
          /^https?:\/\//.test(source.url ?? "")
            ? h("a", { href: source.url, target: "_blank", rel: "noopener", text: source.label })
            : h("strong", { text: source.label }),
          source.text && source.text !== source.label ? [": ", inlineRich(source.text)] : null,
          source.as_of ? [" ", h("span", { class: "smt-as-of", text: `As of ${longDate(source.as_of)}.` })] : null,
          source.stale ? [" ", h("span", { class: "smt-stale", text: "This may be out of date: check before you rely on it." })] : null,
        ),
      ),
    ),
  );
}

function optionFeedback(entry, words) {
  const [text, name, tone] = entry.mark === "none" && entry.chosen ? ["You chose this", "dot", "plain"] : words[entry.mark];
  return h(
    "li",
    { class: "smt-said", dataset: { tone } },
    h("span", { class: "smt-gutter" }, icon(name)),
    text ? h("p", { class: "smt-said-mark", text }) : null,
    h("p", { class: "smt-said-label" }, inlineRich(entry.label)),
    h("div", { class: "smt-said-text" }, rich(entry.feedback)),
  );
}

function questionCard(ctx, factory) {
  const { view } = ctx;
  const control = factory(ctx);
  const words = { ...MARK_WORDS, ...control.words };
  const formative = ctx.mode === "formative";
  const worth = typeof view.points === "number" ? view.points : 0; // the points of a scale are something else
  const status = statusBlock(ctx);
  const stemId = uid("stem");
  const howId = uid("how");

  // -- the feedback, in two parts: what is read out at once, and what is there to be looked up -----------------------------

  const said = h("div", { class: "smt-feedback-said", role: "status" });
  const more = h("div", { class: "smt-feedback-more" });
  const feedback = h("div", { class: "smt-feedback" }, said, more);
  let shownReveal = null;

  const showFeedback = (reveal) => {
    if (sameJson(reveal, shownReveal)) return;
    shownReveal = reveal;
    feedback.classList.toggle("smt-filled", Boolean(reveal));
    said.replaceChildren();
    more.replaceChildren();
    if (!reveal) return;
    const entries = reveal.items ?? [];
    const first = entries.filter((entry) => entry.chosen || !["passed-over", "none"].includes(entry.mark));
    const others = entries.filter((entry) => !first.includes(entry));
    const [name, tone] = OUTCOME_ICONS[reveal.outcome] ?? OUTCOME_ICONS.recorded;
    put(
      said,
      h("p", { class: "smt-summary", dataset: { tone } }, h("span", { class: "smt-gutter" }, icon(name)), h("span", null, inlineRich(reveal.summary))),
      control.feedback ? control.feedback(reveal) : first.length ? h("ul", { class: "smt-said-list" }, first.map((entry) => optionFeedback(entry, words))) : null,
      reveal.rationale ? h("div", { class: "smt-rationale" }, rich(reveal.rationale)) : null,
    );
    put(
      more,
      others.length && !control.feedback
        ? h(
            "details",
            null,
            h("summary", { text: `About the other choices (${others.length})` }),
            h("ul", { class: "smt-said-list" }, others.map((entry) => optionFeedback(entry, words))),
          )
        : null,
      reveal.lenses?.length && view.artifact
        ? h("details", null, h("summary", { text: "See it through other people’s eyes" }), ctx.renderArtifact(view.artifact, { lenses: reveal.lenses }))
        : null,
      reveal.rule
        ? h("p", {
            class: "smt-rule",
            text: `${reveal.fraction === null ? "" : "How this is scored: "}${reveal.rule}${reveal.outcome === "partly-right" ? ` This answer earns ${Math.round(reveal.fraction * 100)}%.` : ""}`,
          })
        : null,
      sourceList(reveal.sources),
    );
  };

  // -- checking ------------------------------------------------------------------------------------------------------------

  const lack = h("p", { class: "smt-lack" });
  let lackedWith = null;
  const labels = [control.checkLabel ?? "Check my answer", control.againLabel ?? "Try again"];

  const check = () => {
    if (ctx.reveal()) {
      control.focus();
      ctx.announce("Change your answer, then check it again.");
      return;
    }
    const value = control.read();
    lack.textContent = control.missing?.(value) || (value === null ? CHECK_FIRST : "");
    lackedWith = value;
    if (lack.textContent) ctx.announce(lack.textContent);
    else ctx.answer(value, { done: true });
  };

  const button = formative ? h("button", { type: "button", class: "smt-button smt-primary", text: labels[0], on: { click: check } }) : null;

  const node = h(
    "div",
    { class: "smt-question", dataset: { item: view.id, kind: view.kind }, on: control.flushes ? { focusout: () => ctx.flush() } : {} },
    ctx.place || worth
      ? h(
          "p",
          { class: "smt-eyebrow" },
          ctx.place ? h("span", { text: ctx.place }) : null,
          worth ? h("span", { class: "smt-points", text: counted(worth, "point", "points") }) : null,
        )
      : null,
    view.context ? h("div", { class: "smt-context smt-prose" }, rich(view.context)) : null,
    view.artifact && !control.showsArtifact ? ctx.renderArtifact(view.artifact, {}) : null,
    h(
      "fieldset",
      { class: "smt-fieldset", "aria-describedby": howId },
      h("legend", { class: "smt-stem", id: stemId }, inlineRich(view.stem)),
      h("p", { class: "smt-how", id: howId }, inlineRich(view.how)),
      control.node,
    ),
    view.hint
      ? h("details", { class: "smt-hint" }, h("summary", { text: "Hint" }), h("div", { class: "smt-prose" }, rich(view.hint)))
      : null,
    h("div", { class: "smt-actions" }, button, status.node),
    lack,
    feedback,
  );
  control.labelledBy?.(stemId, howId);

  return {
    node,
    update() {
      const value = ctx.value();
      if (!sameJson(control.read(), value)) control.write(value);
      const reveal = formative ? ctx.reveal() : null;
      if (button) button.textContent = labels[reveal ? 1 : 0];
      button?.classList.toggle("smt-primary", !reveal);
      if (!sameJson(value, lackedWith)) lack.textContent = "";
      showFeedback(reveal ?? (control.keepsFeedback ? shownReveal : null));
      status.update();
    },
  };
}
