// The workbench, part 9: the builder. The draft on top, the way through it at the side, one page of it open at a time.

function builderPage(desk) {
  const stage = h("div", { class: "smt-desk-page" });
  const side = h("nav", { class: "smt-desk-nav", "aria-label": "Parts of your policy" });
  const body = h("div", { class: "smt-desk" }, side, stage);
  const start = h("div", { class: "smt-start" });
  const said = h("p", { class: "smt-live", role: "status" });
  const bar = draftsBar(desk, () => {
    build();
    page?.focus();
  });
  let way = null;
  let page = null;
  let at = "overview";
  let draft;

  const go = (id, { focus = true } = {}) => {
    desk.flush();
    at = id;
    page = openPage(id);
    stage.replaceChildren(page.node);
    page.update();
    way.update(at);
    if (focus) {
      page.focus();
      stage.scrollIntoView({ block: "nearest" });
    }
  };

  const openPage = (id) => {
    const stops = way.stops();
    const place = stops.findIndex((stop) => stop.id === id);
    const around = { go, previous: stops[place - 1], next: stops[place + 1] };
    const element = desk.view.elements.find((one) => one.id === id);
    if (element) return elementPage(desk, element, around);
    if (id === "gaps") return gapsPage(desk, go);
    if (id === "plan")
      return planPage(desk, {
        ...around,
        title: "Our plan for social media",
        intro: "Your own use of social media, planned like an intervention: from the need to the day you close the account.",
        fields: desk.view.plan,
      });
    if (id === "safety")
      return planPage(desk, {
        ...around,
        title: "Our safety plan",
        intro: "What happens when something goes wrong online. (This is the policy’s safety plan, not a client’s own.)",
        fields: desk.view.safety,
        extra: wallCard(desk),
      });
    if (id === "documents")
      return documentsPage(desk, {
        edited: (words) => {
          said.textContent = words;
          build("overview");
          page.focus();
        },
      });
    if (id === "compare") return comparePage(desk);
    return overviewPage(desk, { go, order: way.order() });
  };

  /** Everything anew, for the draft that is open now. */
  const build = (open = "overview") => {
    draft = desk.state.draft?.id ?? null;
    body.hidden = draft === null;
    start.hidden = draft !== null;
    if (draft === null) {
      page = newDraftForm(desk, bar.act, null);
      page.update = () => {};
      start.replaceChildren(page.node);
      return;
    }
    start.replaceChildren();
    way = wayThrough(desk, go);
    side.replaceChildren(way.node);
    go(open, { focus: false });
  };
  build();

  return {
    node: h("div", { class: "smt-builder" }, bar.node, start, body, said),
    update() {
      if ((desk.state.draft?.id ?? null) !== draft) build();
      bar.update();
      way?.update(at);
      page?.update();
    },
  };
}

/** The list of everything there is, by part, with what has become of it. Within a part what is required comes first. */
function wayThrough(desk, go) {
  const LEVELS = ["must", "should", "may"];
  const rank = (id) => LEVELS.indexOf(needOf(desk, id).is);
  const inOrder = (part) =>
    desk.view.elements.filter((element) => element.part === part).sort((a, b) => rank(a.id) - rank(b.id) || a.number - b.number);
  const items = new Map();
  let sorted = "";

  const item = (id, number, label) => {
    const state = h("span", { class: "smt-nav-state" });
    const mark = h("span", { class: "smt-nav-mark", "aria-hidden": "true" });
    const node = h(
      "button",
      { type: "button", class: "smt-nav-item", dataset: { page: id }, on: { click: () => go(id) } },
      mark,
      h("span", { class: "smt-nav-label" }, number ? `${number}. ` : null, inlineRich(label)),
      state,
    );
    items.set(id, { node, state, mark });
    return h("li", null, node);
  };

  const parts = desk.view.parts.map((part) => {
    const list = h("ul", { class: "smt-nav-list" });
    const count = h("span", { class: "smt-nav-count" });
    const node = h("details", { class: "smt-nav-part" }, h("summary", null, h("span", { text: part.label }), count), list);
    const extra = { "treatment-plan": ["plan", "Our plan for social media"], "safety-plan": ["safety", "Our safety plan and wall card"] }[part.id];
    const rows = new Map(inOrder(part.id).map((element) => [element.id, item(element.id, element.number, element.title)]));
    const last = extra ? item(extra[0], null, extra[1]) : null;
    return { part, node, list, count, rows, last, extra };
  });

  const top = h("ul", { class: "smt-nav-list" }, item("overview", null, "Overview"), item("gaps", null, "What is missing or risky"));
  const bottom = h("ul", { class: "smt-nav-list" }, item("documents", null, "Documents: write and read"), item("compare", null, "Compare drafts"));

  const sort = () => {
    const now = desk.view.elements.map((element) => rank(element.id)).join("");
    if (now === sorted) return;
    sorted = now;
    for (const { part, list, rows, last } of parts) {
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      list.replaceChildren(...inOrder(part.id).map((element) => rows.get(element.id)), ...(last ? [last] : []));
      focused?.focus();
    }
  };

  const mark = (id, is, words) => {
    const { node, state, mark: sign } = items.get(id);
    if (node.dataset.is !== is) {
      node.dataset.is = is;
      sign.replaceChildren(is === "written" ? icon("check") : is === "look" ? icon("missed") : "");
    }
    if (state.textContent !== words) state.textContent = words;
  };

  return {
    node: h("div", null, top, parts.map((part) => part.node), bottom),
    order: () => desk.view.parts.flatMap((part) => inOrder(part.id).map((element) => element.id)),
    stops: () =>
      parts.flatMap(({ part, extra }) => [
        ...inOrder(part.id).map((element) => ({ id: element.id, label: `${element.number}. ${plain(element.title)}` })),
        ...(extra ? [{ id: extra[0], label: extra[1] }] : []),
      ]),
    update(at) {
      sort();
      const open = findingsOf(desk);
      const inText = open.filter((finding) => !finding.kind.startsWith("missing"));
      for (const { part, count, rows, node, extra } of parts) {
        let done = 0;
        for (const id of rows.keys()) {
          const findings = inText.filter((finding) => finding.elements.includes(id)).length;
          const has = isWritten(desk, id);
          done += has;
          const level = needOf(desk, id).is;
          mark(id, has ? (findings ? "look" : "written") : level, has ? (findings ? counted(findings, "finding", "findings") : "written") : level);
        }
        const words = `${done} of ${rows.size}`;
        if (count.textContent !== words) count.textContent = words;
        if ((rows.has(at) || extra?.[0] === at) && node.dataset.opened !== at) {
          node.open = true;
          node.dataset.opened = at;
        }
      }
      for (const [id, fields] of [["plan", desk.view.plan], ["safety", desk.view.safety]]) {
        const has = fields.filter((field) => desk.value(field.key).trim()).length;
        mark(id, has === fields.length ? "written" : "may", `${has} of ${fields.length}`);
      }
      mark("gaps", open.length ? "look" : "written", String(open.length));
      for (const [id, { node }] of items) {
        if (id === at) node.setAttribute("aria-current", "page");
        else node.removeAttribute("aria-current");
      }
    },
  };
}
