// The workbench, part 1: what is known, what is under way, and what has become of it. One desk per widget model, shared by its views.
//
// Offered here: deskOf(model) -> the desk
//   desk.view, desk.state            what Python gave, and what has changed since
//   desk.listen(fn)                  fn() is called whenever anything may look different
//   desk.value(key)                  the text of a field: as typed, else as saved
//   desk.type(key, text)             it was typed; sent after a pause, at the latest after LONGEST_MS
//   desk.flush()                     send now what is still waiting
//   desk.status(keys)                what has become of these fields: {is, at, troubles: [{key, problem | theirs}]}
//   desk.retry(key), desk.settle(key, "mine" | "theirs" | "both")
//   desk.ask(message, {files, patience})   a promise of the reply; rejected with {message, advice, detail}
//   desk.look()                      ask for what has changed elsewhere (another window, the switchboard, a case)
//
// A field's way: it is typed, sent with the stamp of what was there before, and only a `kept` reply makes it "Saved". If somebody else has
// changed the same field meanwhile the reply is `conflict`: both texts are shown, nobody's is dropped.

const PAUSE_MS = 300;
const LONGEST_MS = 3000;
const REPLY_MS = 8000;
const LOOK_MS = 2000;

const SILENT = {
  silent: true,
  message: "Not saved yet: the notebook’s engine (kernel) is not answering.",
  advice: "Choose Run > Run All Cells; what you typed stays here and is saved then.",
};

/** This window. Two tabs on one notebook hear each other's replies. */
const CLIENT = Math.random().toString(36).slice(2, 10);

// What was typed and is not yet on disk, across the widgets of this window: when a cell is run again, its new page takes it over.
const UNSENT = (window.smtUnsent ??= new Map());

const DESKS = new WeakMap();

const sameJson = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

function deskOf(model) {
  const view = model.get("view");
  if (!DESKS.has(view)) DESKS.set(view, makeDesk(model, view));
  return DESKS.get(view);
}

function makeDesk(model, view) {
  const given = model.get("state") ?? {};
  const desk = { view, state: { ...given }, savedAt: given.draft?.changed ?? null };
  const listeners = new Set();
  const fields = new Map();
  const asked = new Map();
  let count = 0;
  let looked = 0;

  const tell = () => listeners.forEach((listener) => listener());
  desk.tell = tell;
  desk.listen = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  // -- fields ------------------------------------------------------------------------------------------------------------

  const draftId = () => desk.state.draft?.id ?? "";
  const held = () => (desk.state.draft ? desk.state.draft.fields : (desk.state.fields ?? {}));
  const scope = (key) => `${view.page}|${draftId()}|${key}`;
  const saved = (key) => held()[key] ?? ["", view.empty];

  /** What is going on with one field of the draft that is open; nothing, for most of them. */
  const open = (key) => {
    const at = scope(key);
    if (!fields.has(at)) {
      fields.set(at, { at, key, draft: draftId(), local: null, sent: null, seen: null, timer: null, since: 0, waiting: 0, patience: null, problem: null, theirs: null, lost: null });
    }
    return fields.get(at);
  };

  desk.value = (key) => fields.get(scope(key))?.local ?? saved(key)[0];

  const transmit = (field) => {
    clearTimeout(field.timer);
    clearTimeout(field.patience);
    field.timer = null;
    if (field.local === null || field.waiting) return;
    field.since = 0;
    field.problem = null;
    field.sent = field.local;
    field.waiting = count += 1;
    asked.set(field.waiting, { field });
    const message = { type: "edit", item: field.key, value: field.local, seen: field.seen, n: field.waiting, by: CLIENT };
    if (field.draft) message.draft = field.draft;
    if (field.lost !== null) message.sent = field.lost;
    const fail = (problem) => {
      asked.delete(field.waiting);
      field.lost = field.sent;
      field.waiting = 0;
      field.problem = problem;
      tell();
    };
    try {
      model.send(message);
    } catch (error) {
      fail({ ...SILENT, detail: String(error) });
      return;
    }
    field.patience = setTimeout(() => fail({ ...SILENT, detail: `No reply within ${REPLY_MS / 1000} seconds.` }), REPLY_MS);
    tell();
  };

  desk.type = (key, text) => {
    const field = open(key);
    if (field.local === null) field.seen = saved(key)[1];
    field.local = text;
    UNSENT.set(field.at, { value: text, seen: field.seen });
    if (!field.since) field.since = Date.now();
    clearTimeout(field.timer);
    field.timer = setTimeout(() => transmit(field), Math.max(0, Math.min(PAUSE_MS, LONGEST_MS - (Date.now() - field.since))));
    tell();
  };

  desk.flush = () => {
    for (const field of fields.values()) if (field.timer !== null) transmit(field);
  };

  desk.retry = (key) => transmit(open(key));

  desk.settle = (key, how) => {
    const field = open(key);
    const { text, stamp } = field.theirs;
    field.theirs = null;
    field.seen = stamp;
    if (how === "theirs") done(field, [text, stamp]);
    else {
      if (how === "both") field.local = `${text}\n\n${field.local}`;
      transmit(field);
    }
    tell();
  };

  /** The field is on disk as `now`: [text, stamp]. */
  const done = (field, now) => {
    if (field.draft === draftId()) held()[field.key] = now;
    field.local = field.sent = field.lost = field.problem = null;
    UNSENT.delete(field.at);
  };

  desk.status = (keys) => {
    const here = keys.map((key) => fields.get(scope(key))).filter(Boolean);
    const troubles = here.filter((field) => field.problem || field.theirs);
    const busy = here.some((field) => field.local !== null);
    const written = keys.some((key) => saved(key)[0].trim());
    return { is: troubles.length ? "failed" : busy ? "saving" : written ? "saved" : "empty", at: desk.savedAt, troubles };
  };

  /** The same for everything that was typed in this window, also in drafts that are closed by now. */
  desk.overall = () => {
    const troubles = [...fields.values()].filter((field) => field.problem || field.theirs);
    const busy = [...fields.values()].some((field) => field.local !== null);
    return { is: troubles.length ? "failed" : busy ? "saving" : "saved", at: desk.savedAt, troubles };
  };

  // -- asking ------------------------------------------------------------------------------------------------------------

  desk.ask = (message, { files, patience = REPLY_MS } = {}) =>
    new Promise((resolve, reject) => {
      desk.flush();
      const n = (count += 1);
      const timer = setTimeout(() => {
        asked.delete(n);
        reject({ ...SILENT, detail: `No reply within ${patience / 1000} seconds.` });
      }, patience);
      asked.set(n, { resolve, reject, timer });
      try {
        model.send({ ...message, n, by: CLIENT }, undefined, files);
      } catch (error) {
        clearTimeout(timer);
        asked.delete(n);
        reject({ ...SILENT, detail: String(error) });
      }
    });

  desk.look = () => {
    if (Date.now() - looked < LOOK_MS) return;
    looked = Date.now();
    try {
      model.send({ type: "look", by: CLIENT });
    } catch {
      // The next edit says that the kernel is gone.
    }
  };

  // -- what Python says --------------------------------------------------------------------------------------------------

  const WHOLE = ["profile", "needs", "notice", "kept", "drafts", "answers", "told"];

  const learn = (news) => {
    for (const name of WHOLE) if (name in news) desk.state[name] = news[name];
    if (news.draft !== undefined && news.draft !== draftId() && typeof news.draft === "string") return;
    for (const [key, now] of Object.entries(news.fields ?? {})) held()[key] = now;
    for (const name of ["findings", "overruled"]) {
      for (const [id, finding] of Object.entries(news[name] ?? {})) {
        if (finding === null) delete desk.state[name][id];
        else desk.state[name][id] = finding;
      }
    }
    if (news.card) desk.state.draft.card = news.card;
  };

  const replies = {
    kept(message, field) {
      if (!field) {
        // Written in another tab on this notebook; what it says is asked for, since replies do not repeat what was sent.
        learn(message);
        if (message.draft === undefined || message.draft === draftId()) {
          model.send({ type: "get", item: message.item, draft: draftId(), by: CLIENT });
        }
        return;
      }
      const now = [message.value ?? field.sent, message.stamp];
      desk.savedAt = message.at;
      if (field.local === field.sent) done(field, now);
      else {
        if (field.draft === draftId()) held()[field.key] = now;
        field.seen = message.stamp;
        field.lost = null;
        if (field.timer === null) transmit(field);
      }
      learn(message);
    },
    conflict(message, field) {
      if (field) field.theirs = { text: message.theirs, stamp: message.stamp };
    },
    failed(message, field) {
      if (field) field.problem = message;
    },
    changed(message) {
      if (message.at) desk.savedAt = message.at;
      learn(message);
    },
    answered: learn,
    opened(message) {
      // Each tab stays with the draft that it has opened.
      if (message.by !== CLIENT && desk.state.draft && message.drafts.some((draft) => draft.id === draftId())) {
        desk.state.drafts = message.drafts;
        return;
      }
      Object.assign(desk.state, message);
      desk.savedAt = message.draft?.changed ?? null;
      takeOver();
    },
  };
  replies.fresh = replies.changed;

  model.on("msg:custom", (message, files) => {
    const mine = message?.by === CLIENT ? asked.get(message.n) : undefined;
    if (mine) {
      asked.delete(message.n);
      clearTimeout(mine.timer);
      if (mine.field) {
        clearTimeout(mine.field.patience);
        mine.field.waiting = 0;
      }
    }
    // A reply that comes after all: what it answers was given up. The kernel was only busy, so it is sent once more.
    const late = message?.by === CLIENT && !mine && ["kept", "conflict", "failed"].includes(message.type);
    if (late) for (const field of fields.values()) if (field.problem?.silent) transmit(field);
    if (!late && Object.hasOwn(replies, message?.type)) replies[message.type](message, mine?.field);
    if (mine?.resolve) message.type === "failed" ? mine.reject(message) : mine.resolve({ ...message, files });
    tell();
  });

  /** What a page before this one could not save, and this draft does not hold. */
  const takeOver = () => {
    const prefix = scope("");
    for (const [at, { value, seen }] of [...UNSENT]) {
      if (!at.startsWith(prefix) || fields.get(at)?.local) continue;
      const key = at.slice(prefix.length);
      if (saved(key)[0] === value) UNSENT.delete(at);
      else {
        const field = open(key);
        Object.assign(field, { local: value, seen });
        transmit(field);
      }
    }
  };
  takeOver();
  return desk;
}
