// The page, last part: its frame (title, progress, notices, items, foot) and what the host calls.

const ABOUT_ANSWERS = {
  notebook: "Your answers are kept in this notebook and in a file beside it, and sent nowhere else.",
  beside: "Answers are kept beside the notebook; use “Download my answers” if you hand in a single file.",
};

function pageHeader(view) {
  const titleId = uid("title");
  const progress = h("p", { class: "smt-progress-text" });
  const bar = h("span", { class: "smt-progress-done" });
  const node = h(
    "header",
    { class: "smt-header" },
    h("h3", { class: "smt-title", id: titleId }, inlineRich(view.title)),
    view.intro ? h("div", { class: "smt-intro smt-prose" }, rich(view.intro)) : null,
  );
  const questions = view.items.filter((item) => !registry[item.kind]?.bare);
  if (questions.length > 1) node.append(h("div", { class: "smt-progress" }, h("div", { class: "smt-progress-bar", "aria-hidden": "true" }, bar), progress));
  return {
    node,
    titleId,
    update(store) {
      const states = questions.map((item) => store.status(item.id).is);
      const checked = states.filter((is) => is === "revealed").length;
      const answered = states.filter((is) => is === "saved").length + checked;
      progress.textContent = `${answered} of ${questions.length} answered${checked ? ` · ${checked} checked` : ""}`;
      bar.style.setProperty("inline-size", `${(100 * answered) / Math.max(1, questions.length)}%`);
    },
  };
}

function pageNotices() {
  const node = h("div", { class: "smt-notices", role: "status" });
  let shown = 0;
  return {
    node,
    update(store) {
      for (const notice of store.notices.slice(shown)) {
        node.append(
          h(
            "div",
            { class: "smt-notice" },
            h("p", null, h("strong", { text: notice.message }), " ", notice.advice),
            notice.detail ? h("details", null, h("summary", { text: "Technical detail" }), h("p", { class: "smt-detail", text: notice.detail })) : null,
          ),
        );
      }
      shown = store.notices.length;
    },
  };
}

function pageFooter(store) {
  const download = () => {
    const blob = new Blob([`${JSON.stringify(store.everything(), null, 2)}\n`], { type: "application/json" });
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: "smtraining-answers.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  const about = h("p", { class: "smt-small" });
  return {
    node: h("footer", { class: "smt-footer" }, about, h("button", { type: "button", class: "smt-button", text: "Download my answers", on: { click: download } })),
    update() {
      about.textContent = store.notebook ? ABOUT_ANSWERS.notebook : ABOUT_ANSWERS.beside;
    },
  };
}

/** What cannot be shown says so in its place; the rest of the page goes on. */
function brokenItem(view, why) {
  return {
    node: h(
      "div",
      { class: "smt-question smt-notice" },
      h("p", null, h("strong", { text: "This part of the page could not be shown." }), " The rest works. Tell your instructor which part it is:"),
      h("p", { class: "smt-detail", text: `${view.id} (${view.kind}): ${why}` }),
    ),
    update() {},
  };
}

function pageItem(store, view, { place, announce }) {
  const page = store.view;
  const factory = registry[view.kind];
  const statuses = [];
  const ctx = {
    view,
    page,
    place,
    mode: page.mode,
    name: uid(`name-${view.id}`),
    order: (list, salt) => shuffled(list, store.seed, `${view.id}|${salt}`),
    answer: (value, options) => store.answer(view.id, value, options),
    flush: () => store.flush(view.id),
    retry: () => store.retry(view.id),
    value: () => store.value(view.id),
    state: () => store.status(view.id),
    reveal: () => store.reveal(view.id),
    status() {
      const block = statusBlock(ctx);
      statuses.push(block);
      block.update();
      return block.node;
    },
    renderArtifact: (id, options) => (page.artifacts?.[id] ? renderArtifact(page.artifacts[id], options) : null),
    announce,
  };
  if (!factory) return brokenItem(view, "this version of smtraining does not know this kind");
  try {
    const item = factory.bare ? factory(ctx) : questionCard(ctx, factory);
    return {
      node: item.node,
      update() {
        item.update(store.answers[view.id] ?? null, store.reveals[view.id] ?? null);
        for (const block of statuses) block.update();
      },
    };
  } catch (error) {
    return brokenItem(view, String(error));
  }
}

const AT_ONCE = 3; // questions that fit into a window

/** Layout is most of the work of a long page: the first questions are there at once, the others as soon as the browser has time. */
function layOutLater(nodes) {
  const later = nodes.slice(AT_ONCE);
  for (const node of later) node.classList.add("smt-later");
  const layOut = () => later.forEach((node) => node.classList.remove("smt-later"));
  if (window.requestIdleCallback) window.requestIdleCallback(layOut, { timeout: 1000 });
  else setTimeout(layOut, 100);
}

function renderPage(model, el) {
  const store = storeOf(model);
  const { view } = store;
  const live = h("p", { class: "smt-live", role: "status" });
  // The same sentence twice in a row is news, too ("is already first"): the region is emptied first.
  const announce = (text) => {
    live.textContent = "";
    setTimeout(() => (live.textContent = text), 30);
  };
  const header = pageHeader(view);
  const notices = pageNotices();
  const footer = pageFooter(store);
  const questions = view.items.filter((item) => !registry[item.kind]?.bare);
  const items = new Map(
    view.items.map((item) => {
      const place = questions.length > 1 && questions.includes(item) ? `Question ${questions.indexOf(item) + 1} of ${questions.length}` : "";
      return [item.id, pageItem(store, item, { place, announce })];
    }),
  );
  const shown = view.page === "artifact" ? Object.values(view.artifacts).map((artifact) => renderArtifact(artifact, { lenses: artifact.lenses })) : [];

  const root = h(
    "section",
    { class: "smt", lang: "en", "aria-labelledby": header.titleId, dataset: { id: view.id, page: view.page, mode: view.mode } },
    header.node,
    notices.node,
    shown,
    [...items.values()].map((item) => item.node),
    items.size ? footer.node : null,
    live,
  );

  const update = (id) => {
    for (const [key, item] of items) if (id === null || id === key) item.update();
    header.update(store);
    notices.update(store);
    footer.update();
  };
  const stop = store.listen(update);
  const leave = () => store.flush();
  const hide = () => (document.visibilityState === "hidden" ? leave() : null);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hide);
  update(null);
  layOutLater([...items.values()].map((item) => item.node));
  el.append(root);

  return () => {
    leave();
    stop();
    window.removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", hide);
    root.remove();
  };
}

function initialize({ model }) {
  keepHostKeys();
  storeOf(model);
}

function render({ model, el }) {
  return renderPage(model, el);
}
