// The page, part 2: what is known of the answers, one store per widget model, shared by all its views.
//
// Offered here: storeOf(model) -> the store. Views call store.answer / store.value / store.status and listen with store.listen(fn),
// which is called with the item concerned, or with null when anything may have changed.
//
// An answer's way: answer() keeps it as a draft and sends it; Python replies `saved` (it is on disk: only now does the page say so,
// and writes the notebook's metadata) or `failed` (the draft stays and the page says what to do). No reply in time counts as failed, too.

const REPLY_MS = 8000;
const SCHEMA = 1;
const METADATA_KEY = "smtraining";

const SILENT = {
  message: "Not saved yet: the notebook's engine (kernel) is not answering.",
  advice: "Choose Run > Run All Cells; what you typed stays here.",
};
const NEWER_NOTEBOOK = {
  message: "This notebook was saved by a newer version of smtraining.",
  advice: "The answers in it were not read and nothing was changed. Update smtraining, or go on here: your answers are still kept beside the notebook.",
};
const UNREADABLE_NOTEBOOK = {
  message: "The answers stored inside this notebook could not be read, so nothing in it was changed.",
  advice: "You can go on: your answers are kept beside the notebook.",
};
const UNWRITABLE_NOTEBOOK = {
  message: "Your answers could not be written into the notebook itself.",
  advice: "They are kept beside the notebook. Use “Download my answers” if you hand in a single file.",
};

// Keyed by the view object, which all proxies of one model share (a host gives initialize and render different proxies).
const STORES = new WeakMap();

function storeOf(model) {
  const view = model.get("view");
  if (!STORES.has(view)) STORES.set(view, makeStore(model, view));
  return STORES.get(view);
}

const sameJson = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const isRecord = (value) => isObject(value) && Number.isInteger(value.r) && typeof value.t === "string" && "v" in value;

/** Whether record a is newer than record b: the higher revision, then the later time; anything is newer than nothing. */
function isNewer(a, b) {
  if (!isRecord(a)) return false;
  if (!isRecord(b)) return true;
  return a.r > b.r || (a.r === b.r && Date.parse(a.t) > Date.parse(b.t));
}

/** The answers inside the notebook, through the host's notebook model where it has one; null on every other host. */
function notebookOf(model) {
  const notebook = model.widget_manager?.context?.model;
  if (typeof notebook?.getMetadata !== "function" || typeof notebook?.setMetadata !== "function") return null;
  return {
    /** {schema, seed, answers} ({} if there is none), or null if it is not ours to read; `problem` says why. */
    read() {
      const found = notebook.getMetadata(METADATA_KEY);
      if (found === undefined || found === null) return { data: {}, problem: null };
      if (!isObject(found)) return { data: null, problem: UNREADABLE_NOTEBOOK };
      if (typeof found.schema === "number" && found.schema > SCHEMA) return { data: null, problem: NEWER_NOTEBOOK };
      if (found.answers !== undefined && !isObject(found.answers)) return { data: null, problem: UNREADABLE_NOTEBOOK };
      return { data: found, problem: null };
    },
    write(data) {
      notebook.setMetadata(METADATA_KEY, data);
    },
  };
}

function makeStore(model, view) {
  const state = model.get("state") ?? {};
  const ids = new Set((view.items ?? []).map((item) => item.id));
  const listeners = new Set();
  const items = new Map();
  const store = {
    view,
    // The order of options is fixed by the seed known at the start; what Python keeps may come later and counts from the next opening.
    seed: state.seed ?? view.seed ?? "",
    keptSeed: state.seed,
    answers: { ...(state.answers ?? {}) },
    reveals: { ...(state.reveals ?? {}) },
    notices: state.notice ? [state.notice] : [],
    notebook: notebookOf(model),
  };

  const tell = (item) => listeners.forEach((listener) => listener(item));

  const notify = (notice) => {
    if (!store.notices.some((known) => sameJson(known, notice))) store.notices.push(notice);
    tell(null);
  };

  /** What is going on with one item. `waiting` counts answers that Python has not replied to. */
  const item = (id) => {
    if (!items.has(id)) {
      items.set(id, { hasDraft: false, draft: null, done: false, waiting: 0, debounce: null, patience: null, problem: null });
    }
    return items.get(id);
  };

  // -- sending ---------------------------------------------------------------------------------------------------------

  const fail = (id, problem) => {
    const it = item(id);
    clearTimeout(it.patience);
    it.problem = problem;
    tell(id);
  };

  const transmit = (id) => {
    const it = item(id);
    clearTimeout(it.debounce);
    clearTimeout(it.patience);
    it.debounce = null;
    it.problem = null;
    it.waiting += 1;
    try {
      model.send({ type: "answer", item: id, value: it.draft, done: it.done });
    } catch (error) {
      it.waiting = 0;
      fail(id, { ...SILENT, detail: String(error) });
      return;
    }
    it.patience = setTimeout(() => fail(id, { ...SILENT, detail: `No reply within ${REPLY_MS / 1000} seconds.` }), REPLY_MS);
    tell(id);
  };

  store.answer = (id, value, { done = false, debounce = 0 } = {}) => {
    const it = item(id);
    it.hasDraft = true;
    it.draft = value ?? null;
    it.done = done;
    clearTimeout(it.debounce);
    if (debounce > 0) {
      it.debounce = setTimeout(() => transmit(id), debounce);
      tell(id);
    } else transmit(id);
  };

  store.flush = (id) => {
    for (const each of id === undefined ? items.keys() : [id]) if (item(each).debounce !== null) transmit(each);
  };

  /** Send the last answer once more, after a failure. Replies that never came are given up. */
  store.retry = (id) => {
    item(id).waiting = 0;
    transmit(id);
  };

  // -- reading ---------------------------------------------------------------------------------------------------------

  store.value = (id) => {
    const it = item(id);
    return it.hasDraft ? it.draft : (store.answers[id]?.v ?? null);
  };

  const settled = (id) => {
    const it = item(id);
    return it.waiting === 0 && it.debounce === null && it.problem === null;
  };

  /** The reveal that belongs to what the learner sees now; null while a newer answer is under way or failed. */
  store.reveal = (id) => (settled(id) && store.answers[id]?.done ? (store.reveals[id] ?? null) : null);

  /** {is: "empty" | "saving" | "saved" | "revealed" | "failed", at?, problem?} */
  store.status = (id) => {
    const it = item(id);
    const record = store.answers[id];
    if (it.problem) return { is: "failed", problem: it.problem };
    if (!settled(id)) return { is: "saving" };
    if (!record || record.v === null) return { is: "empty" };
    return { is: store.reveal(id) ? "revealed" : "saved", at: record.t };
  };

  store.listen = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  // -- the copy inside the notebook --------------------------------------------------------------------------------------

  const notebookAnswers = () => {
    if (!store.notebook) return null;
    try {
      const { data, problem } = store.notebook.read();
      if (problem) notify(problem);
      return data;
    } catch (error) {
      notify({ ...UNREADABLE_NOTEBOOK, detail: String(error) });
      return null;
    }
  };

  const writeNotebook = () => {
    const found = notebookAnswers();
    if (!found) return;
    const answers = { ...(found.answers ?? {}) };
    for (const id of ids) if (isNewer(store.answers[id], answers[id])) answers[id] = store.answers[id];
    const next = { ...found, schema: SCHEMA, seed: store.keptSeed ?? found.seed ?? store.seed, answers };
    if (sameJson(next, found)) return;
    try {
      store.notebook.write(next);
    } catch (error) {
      store.notebook = null;
      notify({ ...UNWRITABLE_NOTEBOOK, detail: String(error) });
    }
  };

  /** Everything the learner may want in one file: this page's answers and those of the notebook's other pages. */
  store.everything = () => {
    const found = notebookAnswers() ?? {};
    const answers = { ...(found.answers ?? {}) };
    for (const [id, record] of Object.entries(store.answers)) if (!isNewer(answers[id], record)) answers[id] = record;
    return { schema: SCHEMA, seed: store.keptSeed ?? store.seed, answers };
  };

  // -- what Python says --------------------------------------------------------------------------------------------------

  const settle = (id) => {
    const it = item(id);
    it.waiting = Math.max(0, it.waiting - 1);
    if (it.waiting === 0) clearTimeout(it.patience);
    return it;
  };

  const replies = {
    saved({ item: id, record, reveal, seed }) {
      // Nobody here waits for it: it was answered in another window of this notebook, which is what counts now.
      const elsewhere = settled(id);
      const it = settle(id);
      if (elsewhere) it.hasDraft = false;
      if (it.waiting === 0) it.problem = null;
      store.answers[id] = record;
      if (reveal === null || reveal === undefined) delete store.reveals[id];
      else store.reveals[id] = reveal;
      store.keptSeed = seed ?? store.keptSeed;
      writeNotebook();
      tell(id);
    },
    failed({ item: id, message, advice, detail }) {
      if (!ids.has(id)) return notify({ message, advice, detail });
      // A newer answer that is still under way decides; its own reply follows.
      return settle(id).waiting === 0 ? fail(id, { message, advice, detail }) : undefined;
    },
    restored({ answers, reveals, seed }) {
      // What Python did not take over (an answer that no longer fits its question) is not shown either.
      store.answers = { ...answers };
      store.reveals = { ...reveals };
      store.keptSeed = seed ?? store.keptSeed;
      writeNotebook();
      tell(null);
    },
  };

  model.on("msg:custom", (message) => {
    if (isObject(message) && Object.hasOwn(replies, message.type)) replies[message.type](message);
  });

  // What the notebook knows better than the side file is shown at once and sent to Python, which merges and replies `restored`.
  const found = notebookAnswers();
  if (found) {
    if (!store.seed && typeof found.seed === "string") store.seed = found.seed;
    const newer = Object.fromEntries(Object.entries(found.answers ?? {}).filter(([id, record]) => ids.has(id) && isNewer(record, store.answers[id])));
    if (Object.keys(newer).length) {
      Object.assign(store.answers, newer);
      try {
        model.send({ type: "restore", seed: found.seed ?? "", answers: newer });
      } catch (error) {
        notify({ ...SILENT, detail: String(error) });
      }
    } else if ([...ids].some((id) => isNewer(store.answers[id], found.answers?.[id]))) {
      // And what the side file knows better than the notebook (a tab that was closed without saving) goes into the notebook.
      writeNotebook();
    }
  }
  return store;
}
