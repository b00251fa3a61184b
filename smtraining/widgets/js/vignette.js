// The page, part 6: the player of a vignette. Offered here: registry.vignette (bare: it draws its own frame).
//
// Python plays the vignette; the browser shows its reveal, which grows. The story is a row of parts (note, opening, first answer, thinking,
// one per scene, debrief, replays, policy), each made once and made anew only when what it shows has changed, so that what was chosen or
// typed and the focus stay where they are while answers are saved. After a decision the new part's heading takes the focus.
//
// A part is {node, heading?, patch?(record, reveal), keeps?}; one that `keeps` is put aside, not thrown away, when it is not shown.
// Every answer is the whole value (docs/architecture.md).

const VIGNETTE_EMPTY = { gut: null, think: {}, thought: false, path: [], replay: {}, patch: null };
const VIGNETTE_TYPING_MS = 600;

registry.vignette = (ctx) => vignettePlayer(ctx);
registry.vignette.bare = true;

function vignettePlayer(ctx) {
  const { view } = ctx;
  const node = h("div", { class: "smt-vignette", dataset: { item: view.id } });
  const made = new Map();
  // An ended vignette has nothing to give feedback on: its answer is saved, no more.
  const status = statusBlock({ ...ctx, state: () => (ctx.state().is === "revealed" ? { ...ctx.state(), is: "saved" } : ctx.state()) });
  const play = { ctx, status, give, go, open, opened: !view.content_note, acting: null, moved: false };
  const shown = { record: null, reveal: null, step: null };

  /** Send the whole value with some of it changed. */
  function give(changes, options) {
    ctx.answer({ ...VIGNETTE_EMPTY, ...ctx.value(), ...changes }, { done: shown.reveal?.stage === "ended" && !changes.path, ...options });
  }

  /** Send a decision: the part that comes of it takes the focus when it is there. */
  function go(changes) {
    play.moved = true;
    give(changes);
  }

  /** The content note was read. */
  function open() {
    play.opened = true;
    update(shown.record, shown.reveal);
    arrive("opening");
  }

  function update(record, reveal) {
    Object.assign(shown, { record, reveal });
    for (const key of ["replays", "patch"]) if (made.get(key)?.node.contains(document.activeElement)) play.acting = key;
    const wanted = reveal ? vignetteParts(play, record, reveal) : [];
    const keys = new Set(wanted.map((part) => part.key));
    for (const [key, part] of made) {
      if (keys.has(key)) continue;
      part.node.remove();
      if (!part.keeps) made.delete(key);
    }
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    let before = null;
    for (const { key, data, make } of wanted) {
      const signature = JSON.stringify(data ?? null);
      let part = made.get(key);
      if (part?.signature !== signature) {
        const next = { ...make(), signature };
        part?.node.replaceWith(next.node);
        part = next;
        made.set(key, part);
      }
      // A node that is where it belongs is not touched: putting it there again would take the focus out of it.
      if ((before ? before.nextSibling : node.firstChild) !== part.node) {
        if (before) before.after(part.node);
        else node.prepend(part.node);
      }
      before = part.node;
      part.patch?.(record, reveal);
    }
    // A part that changed its place lost the focus on the way: whoever pressed a button in it stays there.
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    status.update();
    const step = wanted.findLast((part) => part.step);
    const place = step ? `${step.key} ${reveal.scenes.length}` : null;
    if (play.moved && place !== shown.step) {
      play.moved = false;
      arrive(step.key);
    }
    shown.step = place;
  }

  function arrive(key) {
    const { heading } = made.get(key);
    heading.focus();
    ctx.announce(heading.textContent);
  }

  return { node, update };
}

/** The parts that a reveal asks for, in order. `step` marks where the learner is or was: the last one is where they go on. */
function vignetteParts(play, record, reveal) {
  const opened = play.opened || (record?.v ?? null) !== null;
  const parts = [];
  const add = (key, data, make, step = false) => parts.push({ key, data, make, step });
  if (play.ctx.view.content_note) add("note", opened, () => vignetteNote(play, opened));
  if (!opened) return parts;
  add("opening", null, () => vignetteOpening(play), true);
  const { gut, think, scenes, debrief, replays, patch } = reveal;
  if (gut) add("gut", gut, () => (gut.chosen ? vignetteGutDone(gut) : vignetteGut(play, gut)), true);
  if (think) {
    const data = [think.prompts, think.thought, think.thought && think.answers];
    add("think", data, () => (think.thought ? vignetteThoughtDone(think) : vignetteThink(play, think)), true);
  }
  scenes.forEach((scene, i) => {
    const path = scenes.slice(0, i).map((past) => past.chosen);
    add(`scene-${i}`, [scene, path], () => (scene.chosen ? vignettePast(play, scene) : vignetteScene(play, scene, path)), true);
  });
  if (debrief) add("debrief", debrief, () => vignetteDebrief(play, reveal));
  const employers = replays.map(({ setting, choices }) => [setting, choices]);
  if (replays.length) add("replays", employers, () => vignetteReplays(play, replays));
  if (patch) add("patch", [patch.element, patch.clauses], () => vignettePatch(play, patch));
  // The line that says what is saved stands where the learner is at work: at the end of the story, or below what they return to.
  const place = reveal.stage === "ended" ? (play.acting ?? (replays.length ? "replays" : "debrief")) : null;
  const at = parts.findIndex((part) => part.key === place);
  parts.splice(at < 0 ? parts.length : at + 1, 0, { key: "status", data: null, make: () => ({ node: play.status.node }), step: false });
  if (scenes.some((scene) => scene.chosen)) add("again", null, () => vignetteAgain(play));
  return parts;
}

// --- small pieces -------------------------------------------------------------------------------------------------------

/** A heading that can take the focus without being a stop for the Tab key. */
function vignetteHeading(text, eyebrow) {
  return h(
    "h4",
    { class: "smt-scene-title", tabindex: "-1" },
    eyebrow ? h("span", { class: "smt-kicker" }, eyebrow, h("span", { class: "smt-colon", text: ": " })) : null,
    inlineRich(text),
  );
}

// A group, not a landmark: a notebook may hold several cases, and landmarks of one name would be no help.
function vignetteSection(className, heading, ...content) {
  heading.id = uid("part");
  return { node: h("div", { class: `smt-part ${className}`, role: "group", "aria-labelledby": heading.id }, heading, content), heading };
}

function vignetteArtifact(play, artifact) {
  return artifact ? play.ctx.renderArtifact(artifact) : null;
}

/** A group of radio buttons under its question, a button, and the sentence that asks for a choice if there is none. */
function vignetteAsk({ ask, choices, label, decide }) {
  const rows = choiceRows(choices, { type: "radio", name: uid("choice"), change: () => (lack.textContent = "") });
  const lack = h("p", { class: "smt-lack", role: "status" });
  const click = () => {
    const [id] = rows.chosen();
    if (id) decide(id);
    else {
      lack.textContent = "Choose one first.";
      rows.focus();
    }
  };
  return {
    node: h(
      "div",
      { class: "smt-ask" },
      h("fieldset", { class: "smt-fieldset" }, h("legend", { class: "smt-stem" }, inlineRich(ask)), rows.node),
      h("div", { class: "smt-actions" }, h("button", { type: "button", class: "smt-button smt-primary", text: label, on: { click } })),
      lack,
    ),
    rows,
  };
}

/** What is past. Its heading is no place to arrive at any more, and must not take the focus from the fold that it is part of. */
function vignetteFolded(className, heading, aside, ...content) {
  heading.removeAttribute("tabindex");
  const node = h(
    "details",
    { class: `smt-part smt-part-past ${className}` },
    h("summary", null, heading, aside),
    h("div", { class: "smt-part-inside" }, content),
  );
  return { node, heading };
}

const vignetteText = (options, id) => options.find((option) => option.id === id)?.text ?? "";

// --- before the story ---------------------------------------------------------------------------------------------------

function vignetteNote(play, opened) {
  const { text, help } = play.ctx.view.content_note;
  const words = [rich(text), h("p", null, h("strong", { text: "Help: " }), inlineRich(help))];
  if (opened) return vignetteFolded("smt-note-past", vignetteHeading("Content note"), null, words);
  return vignetteSection(
    "smt-note",
    vignetteHeading("Before you read"),
    h("div", { class: "smt-prose" }, words, h("p", { text: "You may skip this case. The rest of the lesson does not depend on it." })),
    h(
      "div",
      { class: "smt-actions" },
      h("button", { type: "button", class: "smt-button smt-primary", text: "Continue to the case", on: { click: play.open } }),
    ),
  );
}

function vignetteOpening(play) {
  const { view } = play.ctx;
  return vignetteSection(
    "smt-opening",
    vignetteHeading("The case"),
    h(
      "p",
      { class: "smt-you" },
      inlineRich(view.role),
      " ",
      h("span", { class: "smt-you-more", text: `${view.setting} · about ${counted(view.minutes, "minute", "minutes")}` }),
    ),
    h("div", { class: "smt-prose" }, rich(view.opening)),
    vignetteArtifact(play, view.artifact),
  );
}

// --- first answer, thinking ---------------------------------------------------------------------------------------------

function vignetteGut(play, gut) {
  return vignetteSection(
    "smt-gut",
    vignetteHeading("Your first answer", "Gut first"),
    h("p", { class: "smt-how", text: "Nobody grades this. You will see it again at the end." }),
    vignetteAsk({ ask: gut.prompt, choices: gut.choices, label: "Record my first answer", decide: (id) => play.go({ gut: id }) }).node,
  );
}

function vignetteGutDone(gut) {
  const heading = vignetteHeading("Your first answer", "Gut first");
  return vignetteSection(
    "smt-part-line",
    heading,
    h(
      "p",
      { class: "smt-chose" },
      h("span", { class: "smt-chose-label", text: "You said: " }),
      inlineRich(vignetteText(gut.choices, gut.chosen)),
    ),
  );
}

function vignetteThink(play, think) {
  const controls = new Map();
  const read = () => Object.fromEntries([...controls].map(([id, control]) => [id, control.read()]).filter(([, value]) => value));
  const one = (prompt) => {
    const step = h("span", { class: "smt-kicker" }, prompt.step_label, h("span", { class: "smt-colon", text: ": " }));
    if (!prompt.options.length) {
      const area = h("textarea", {
        class: "smt-text smt-one-line",
        rows: 2,
        spellcheck: "true",
        id: uid("think"),
        on: { input: () => play.give({ think: read() }, { debounce: VIGNETTE_TYPING_MS }) },
      });
      controls.set(prompt.id, { read: () => (area.value.trim() ? area.value : null), write: (text) => (area.value = text ?? "") });
      return h(
        "div",
        { class: "smt-think-step", on: { focusout: () => play.ctx.flush() } },
        h("label", { for: area.id, class: "smt-stem" }, step, inlineRich(prompt.prompt)),
        area,
      );
    }
    const rows = choiceRows(prompt.options, { type: "radio", name: uid("think"), change: () => play.give({ think: read() }) });
    const reply = h("div", { class: "smt-reply", role: "status" });
    controls.set(prompt.id, { read: () => rows.chosen()[0] ?? null, write: (id) => rows.choose([id]), reply });
    return h(
      "div",
      { class: "smt-think-step" },
      h("fieldset", { class: "smt-fieldset" }, h("legend", { class: "smt-stem" }, step, inlineRich(prompt.prompt)), rows.node),
      reply,
    );
  };
  const steps = think.prompts.map(one);
  const part = vignetteSection(
    "smt-think",
    vignetteHeading("Take a minute", "Think"),
    h("p", { class: "smt-how", text: "One click or one sentence each. Leave out what you cannot answer yet." }),
    steps,
    h(
      "div",
      { class: "smt-actions" },
      h("button", {
        type: "button",
        class: "smt-button smt-primary",
        text: "Decide again",
        on: { click: () => play.go({ think: read(), thought: true }) },
      }),
    ),
  );
  return {
    ...part,
    patch(record, reveal) {
      const given = play.ctx.value()?.think ?? {};
      for (const [id, control] of controls) {
        if (control.read() !== (given[id] ?? null)) control.write(given[id]);
        if (!control.reply) continue;
        // A reply belongs to the option that it was written for; while another one is on its way there is none.
        const said = reveal.think.answers[id] === given[id] ? (reveal.think.replies[id] ?? "") : "";
        if (control.said === said) continue;
        control.said = said;
        control.reply.replaceChildren(rich(said));
      }
    },
  };
}

function vignetteThoughtDone(think) {
  const answered = think.prompts.filter((prompt) => think.answers[prompt.id]);
  const aside = h("span", {
    class: "smt-chose",
    text: `${answered.length} of ${counted(think.prompts.length, "prompt", "prompts")} answered`,
  });
  return vignetteFolded(
    "smt-think-past",
    vignetteHeading("What you thought about", "Think"),
    aside,
    h(
      "ul",
      { class: "smt-thoughts" },
      think.prompts.map((prompt) => {
        const given = think.answers[prompt.id];
        return h(
          "li",
          null,
          h("p", { class: "smt-thought-ask" }, inlineRich(prompt.prompt)),
          h(
            "p",
            { class: "smt-thought" },
            given ? (prompt.options.length ? inlineRich(vignetteText(prompt.options, given)) : given) : "Not answered.",
          ),
          think.replies[prompt.id] ? h("div", { class: "smt-reply" }, rich(think.replies[prompt.id])) : null,
        );
      }),
    ),
  );
}

// --- the story ----------------------------------------------------------------------------------------------------------

function vignetteScene(play, scene, path) {
  const decide = (id) => play.go({ path: [...path, id] });
  return vignetteSection(
    scene.ending ? "smt-scene smt-ending" : "smt-scene",
    vignetteHeading(scene.title, scene.ending ? "How it ends" : null),
    h("div", { class: "smt-prose" }, rich(scene.text)),
    vignetteArtifact(play, scene.artifact),
    scene.choices.length ? vignetteAsk({ ask: scene.ask, choices: scene.choices, label: "Decide", decide }).node : null,
  );
}

function vignettePast(play, scene) {
  return vignetteFolded(
    "smt-scene-past",
    vignetteHeading(scene.title),
    h(
      "span",
      { class: "smt-chose" },
      h("span", { class: "smt-chose-label", text: "You chose: " }),
      inlineRich(vignetteText(scene.choices, scene.chosen)),
    ),
    h("div", { class: "smt-prose" }, rich(scene.text)),
    vignetteArtifact(play, scene.artifact),
    h("p", { class: "smt-thought-ask" }, inlineRich(scene.ask)),
    h(
      "ul",
      null,
      scene.choices.map((choice) =>
        h("li", null, inlineRich(choice.text), choice.id === scene.chosen ? h("strong", { text: " (your choice)" }) : null),
      ),
    ),
  );
}

function vignetteAgain(play) {
  const click = () => play.go({ path: [] });
  return {
    node: h(
      "div",
      { class: "smt-again" },
      h("button", { type: "button", class: "smt-button", text: "Start over from the first decision", on: { click } }),
      h("p", { class: "smt-small", text: "Your first answer, your thoughts and your policy wording are kept." }),
    ),
  };
}

// --- looking back -------------------------------------------------------------------------------------------------------

function vignetteDebrief(play, { debrief, sources, lenses }) {
  const part = (title, text) =>
    text
      ? h(
          "div",
          { class: "smt-debrief-part" },
          h("h5", { class: "smt-small-title", text: title }),
          h("div", { class: "smt-prose" }, rich(text)),
        )
      : null;
  return vignetteSection(
    "smt-debrief",
    vignetteHeading("Looking back", "Debrief"),
    vignetteTwoAnswers(debrief),
    part("What happened", debrief.what_happened),
    lenses?.length
      ? h(
          "details",
          { class: "smt-debrief-part" },
          h("summary", { text: "See what was on the screen through other people’s eyes" }),
          play.ctx.renderArtifact(play.ctx.view.artifact, { lenses }),
        )
      : null,
    part("What law and code say, and what they leave open", debrief.law_and_code),
    part("Where experts differ", debrief.experts_differ),
    h(
      "div",
      { class: "smt-debrief-part" },
      h("h5", {
        class: "smt-small-title",
        text: debrief.decisions.length > 1 ? "Your decisions, and the ways not taken" : "Your decision, and the ways not taken",
      }),
      debrief.decisions.map(vignetteWeighed),
    ),
    h(
      "div",
      { class: "smt-take-away" },
      part("What to write in the record", debrief.record),
      part("What to take to supervision", debrief.supervision),
    ),
    vignetteSources(sources),
  );
}

/** All sources of the case, folded; open if one of them may be out of date, for that must be seen. */
function vignetteSources(sources) {
  if (!sources?.length) return null;
  const stale = sources.some((source) => source.stale);
  return h(
    "details",
    { class: "smt-all-sources", open: stale },
    h("summary", { text: `Everything this case rests on (${counted(sources.length, "source", "sources")})` }),
    sourceList(sources),
  );
}

function vignetteTwoAnswers({ gut, second, changed }) {
  const answer = (label, text) => h("div", { class: "smt-answer" }, h("dt", { text: label }), h("dd", null, inlineRich(text)));
  return h(
    "div",
    { class: "smt-two-answers" },
    h("dl", null, gut ? answer("Your first answer", gut) : null, answer(gut ? "Your answer after thinking" : "Your answer", second)),
    changed === null || changed === undefined
      ? null
      : h("p", { class: "smt-changed", text: changed ? "You changed your mind." : "You stayed with it." }),
  );
}

/** One decision: the learner's choice open, the others folded. */
function vignetteWeighed({ ask, choices }) {
  const weighed = (choice) => [
    h(
      "dl",
      { class: "smt-weighed" },
      [
        ["Protects", choice.protects],
        ["Risks", choice.risks],
      ].map(([label, text]) => h("div", null, h("dt", { text: label }), h("dd", null, inlineRich(text)))),
    ),
    h("div", { class: "smt-prose" }, rich(choice.comment)),
    sourceList(choice.sources),
  ];
  return h(
    "div",
    { class: "smt-decision" },
    h("p", { class: "smt-thought-ask" }, inlineRich(ask)),
    [...choices]
      .sort((a, b) => Number(b.chosen) - Number(a.chosen))
      .map((choice) =>
        choice.chosen
          ? h(
              "div",
              { class: "smt-way smt-way-own" },
              h("p", { class: "smt-way-title" }, h("span", { class: "smt-chose-label", text: "You chose: " }), inlineRich(choice.text)),
              weighed(choice),
            )
          : h(
              "details",
              { class: "smt-way" },
              h("summary", null, inlineRich(choice.text)),
              h("div", { class: "smt-part-inside" }, weighed(choice)),
            ),
      ),
  );
}

// --- replay as another employer -----------------------------------------------------------------------------------------

function vignetteReplays(play, replays) {
  const panels = new Map(replays.map((replay) => [replay.setting, vignetteReplay(play, replay)]));
  const stage = h("div", { class: "smt-replay-stage" });
  const show = (setting) => stage.replaceChildren(panels.get(setting).node);
  const rows = choiceRows(
    replays.map(({ setting, label }) => ({ id: setting, text: label })),
    { type: "radio", name: uid("replay"), change: () => show(rows.chosen()[0]) },
  );
  rows.node.classList.add("smt-choices-row");
  const begun = replays.find((replay) => replay.chosen);
  if (begun) {
    rows.choose([begun.setting]);
    show(begun.setting);
  }
  const part = vignetteSection(
    "smt-replays",
    vignetteHeading("The same case, another employer", "Replay"),
    h("p", { class: "smt-how", text: "The ethics stay the same. The law and the rules of the house do not." }),
    h("fieldset", { class: "smt-fieldset" }, h("legend", { class: "smt-stem", text: "Where do you work this time?" }), rows.node),
    stage,
  );
  return { ...part, patch: (record, reveal) => reveal.replays.forEach((replay) => panels.get(replay.setting)?.patch(replay)) };
}

function vignetteReplay(play, replay) {
  const verdict = h("div", { class: "smt-reply smt-verdict", role: "status" });
  let said = null;
  const decide = (id) => play.give({ replay: { ...play.ctx.value()?.replay, [replay.setting]: id } });
  const asked = vignetteAsk({ ask: replay.ask, choices: replay.choices, label: "Decide here", decide });
  const node = h(
    "div",
    { class: "smt-replay" },
    h("div", { class: "smt-prose" }, rich(replay.opening)),
    h("p", { class: "smt-small-title", text: "What changes" }),
    h("div", { class: "smt-prose" }, rich(replay.what_changes)),
    asked.node,
    verdict,
  );
  return {
    node,
    patch(now) {
      const next = now.chosen && now.verdict ? [now.chosen, now.verdict] : null;
      if (sameJson(next, said)) return;
      said = next;
      if (now.chosen) asked.rows.choose([now.chosen]);
      verdict.replaceChildren();
      if (!next) return;
      put(
        verdict,
        h(
          "p",
          { class: "smt-chose" },
          h("span", { class: "smt-chose-label", text: "You chose: " }),
          inlineRich(vignetteText(now.choices, now.chosen)),
        ),
        rich(now.verdict),
        h("p", { class: "smt-same", text: "Same duty to the client; other rules around it." }),
        sourceList(now.sources),
      );
    },
  };
}

// --- the policy patch ---------------------------------------------------------------------------------------------------

function vignettePatch(play, patch) {
  const texts = new Map(patch.clauses.map((clause) => [clause.id, clause.text]));
  const said = h("p", { class: "smt-status", role: "status" });
  const state = h("div", { class: "smt-status-box" }, said);
  const lack = h("p", { class: "smt-lack", role: "status" });
  let saved = null;
  let savedAt = "";
  let seen = false;

  const area = h("textarea", { class: "smt-text", rows: 5, spellcheck: "true", id: uid("wording"), on: { input: () => refresh() } });
  const rows = choiceRows(patch.clauses, { type: "radio", name: uid("clause"), change: () => choose() });
  const clause = () => rows.chosen()[0] ?? null;
  const words = () => area.value.trim();
  const untouched = () => !words() || [...texts.values()].some((text) => plain(text) === words());

  const replace = h("button", { type: "button", class: "smt-button", text: "Put this clause in its place", on: { click: () => fill() } });
  const kept = h("div", { class: "smt-kept" }, h("p", { text: "Your own wording stays as it is." }), replace);
  kept.hidden = true;
  const fill = () => {
    area.value = plain(texts.get(clause()));
    kept.hidden = true;
    refresh();
    area.focus();
  };
  const choose = () => {
    kept.hidden = untouched();
    if (untouched()) area.value = plain(texts.get(clause()));
    refresh();
  };
  const refresh = () => {
    lack.textContent = "";
    const same = saved !== null && saved.text.trim() === words() && saved.clause === clause();
    state.dataset.is = same ? "saved" : "empty";
    const unsaved = saved ? "Changed since you saved it" : "Your wording is not saved yet";
    const now = same ? `Saved${savedAt ? ` ${savedAt}` : ""} · kept in my policy so far` : unsaved;
    // Written only when it changes, or it would be read out at every key.
    if (said.textContent !== now) said.textContent = now;
  };
  const save = () => {
    if (words()) play.give({ patch: { clause: clause(), text: words() } });
    else {
      lack.textContent = "Choose a clause or write your own wording first.";
      area.focus();
    }
  };
  const part = vignetteSection(
    "smt-patch",
    vignetteHeading("Mend your policy", "Policy patch"),
    h(
      "div",
      { class: "smt-element" },
      h(
        "p",
        { class: "smt-element-title" },
        h("span", { class: "smt-kicker", text: `Policy element ${patch.element.number}` }),
        " ",
        inlineRich(patch.element.title),
      ),
      h("div", { class: "smt-prose" }, rich(patch.element.why)),
    ),
    h(
      "fieldset",
      { class: "smt-fieldset" },
      h("legend", { class: "smt-stem" }, inlineRich(patch.prompt)),
      h("p", { class: "smt-how", text: "Pick the clause that comes closest, then make it yours." }),
      rows.node,
    ),
    kept,
    h("label", { class: "smt-stem", for: area.id, text: "Your wording" }),
    area,
    h(
      "div",
      { class: "smt-actions" },
      h("button", { type: "button", class: "smt-button smt-primary", text: "Save my wording", on: { click: save } }),
      state,
    ),
    lack,
  );
  refresh();
  return {
    ...part,
    keeps: true,
    patch(record, reveal) {
      const now = reveal.patch.saved;
      const late = seen;
      seen = true;
      if (sameJson(now, saved)) return;
      // The time is known only of a wording that was saved while this page was open; a record's time is that of its latest change.
      savedAt = late && record ? clockTime(record.t) : "";
      if (now && (!words() || words() === saved?.text.trim())) {
        area.value = now.text;
        rows.choose([now.clause]);
      }
      saved = now;
      refresh();
    },
  };
}
