// The workbench, part 7: documents out and in, and two drafts beside each other.

const LONG_MS = 150000;

function documentsPage(desk, { edited }) {
  const head = heading(4, "Documents");
  const rows = desk.view.exports.map((kind) => exportRow(desk, kind));
  const reading = importBox(desk, edited);
  return {
    node: h(
      "div",
      null,
      head,
      h("p", { class: "smt-how", text: "Each file is written beside this notebook; one that is there already is never replaced." }),
      h("ul", { class: "smt-cards" }, rows.map((row) => row.node)),
      reading.node,
    ),
    focus: () => head.focus(),
    update() {},
  };
}

function exportRow(desk, kind) {
  const result = h("div", { class: "smt-troubles", role: "status" });
  let busy = false;
  const write = async () => {
    if (busy) return;
    busy = true;
    go.setAttribute("aria-disabled", "true");
    result.replaceChildren(h("p", { text: "Writing…" }));
    try {
      const reply = await desk.ask({ type: "export", kind: kind.id, draft: desk.state.draft.id }, { patience: LONG_MS });
      result.replaceChildren(h("p", null, "Written beside this notebook: ", h("strong", { dir: "auto", text: reply.name }), ". "), downloadButton(reply, kind.media));
    } catch (problem) {
      result.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
    }
    busy = false;
    go.removeAttribute("aria-disabled");
  };
  const go = button(`Write the ${kind.label}`, write);
  return {
    node: h(
      "li",
      { class: "smt-card", dataset: { export: kind.id } },
      h("p", { class: "smt-card-title", text: kind.label[0].toUpperCase() + kind.label.slice(1) }),
      h("p", { text: kind.about }),
      h("div", { class: "smt-row" }, go),
      result,
    ),
  };
}

/** The file is in memory only as long as the page is open. */
function downloadButton({ name, files }, media) {
  const node = button("Download it", () => {
    const url = URL.createObjectURL(new Blob(files, { type: media }));
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
  node.setAttribute("aria-label", `Download it: ${name}`);
  return node;
}

function importBox(desk, edited) {
  const id = uid("file");
  const titleId = uid("import");
  const result = h("div", { class: "smt-import", tabindex: "-1" });
  const said = h("p", { class: "smt-live", role: "status" });
  const fail = (problem) => {
    result.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
    said.textContent = `${problem.message} ${problem.advice}`;
  };
  const read = async () => {
    const file = input.files[0];
    if (!file) return;
    if (file.size > 8000000) {
      fail({ message: `${file.name} is too large: at most 8 megabytes can be read.`, advice: "Take the pictures out of it and try again.", detail: "" });
      return;
    }
    result.replaceChildren(h("p", { text: "Reading…" }));
    try {
      const reply = await desk.ask({ type: "import", name: file.name }, { files: [await file.arrayBuffer()], patience: LONG_MS });
      result.replaceChildren(readBack(desk, reply, { fail, edited }));
      said.textContent = `${file.name} was read.`;
      result.focus();
    } catch (problem) {
      fail(problem.message ? problem : { message: "The file could not be read.", advice: "Choose it again.", detail: String(problem) });
    }
    input.value = "";
  };
  const input = h("input", { type: "file", id, class: "smt-file", accept: ".docx,.md", on: { change: read } });
  return {
    node: h(
      "section",
      { class: "smt-import-box", "aria-labelledby": titleId },
      h("h5", { class: "smt-part-title", id: titleId, text: "Read an edited document back" }),
      h("p", {
        class: "smt-how",
        text: "Somebody has changed the Word document or the Markdown file? Choose it here. You see what was read before anything in your draft changes.",
      }),
      h("label", { for: id, class: "smt-field-label", text: "Document (.docx or .md)" }),
      input,
      result,
      said,
    ),
  };
}

/** What a document holds, to be looked at and taken over. */
function readBack(desk, read, { fail, edited }) {
  const draft = desk.state.draft?.id ?? null;
  const boxes = read.changes.map((change) => h("input", { type: "checkbox", checked: true, value: change.key }));
  const rows = read.changes.map((change, i) =>
    h(
      "li",
      { class: "smt-card" },
      h("label", { class: "smt-take" }, boxes[i], h("strong", { text: change.label })),
      change.before ? h("details", null, h("summary", { text: "In your draft now" }), written("div", change.before, { class: "smt-prose" })) : null,
      change.after ? written("div", change.after, { class: "smt-prose" }) : h("p", { class: "smt-small", text: "(empty in the document)" }),
    ),
  );
  const take = async (into) => {
    const keys = boxes.filter((box) => box.checked).map((box) => box.value);
    try {
      await desk.ask({ type: "take", keys, into });
      edited(into ? `${counted(keys.length, "text was", "texts were")} put into this draft.` : "A new draft was made of the document.");
    } catch (problem) {
      fail(problem);
    }
  };
  const total = read.same + read.changes.length;
  return h(
    "div",
    null,
    h("p", { class: "smt-summary-line" }, h("strong", { dir: "auto", text: read.name }), ` holds ${counted(total, "text", "texts")} of a policy: ${read.changes.length} differ from this draft, ${read.same} are the same.`),
    rows.length ? h("ul", { class: "smt-cards" }, rows) : null,
    read.absent.length
      ? [
          h("p", { class: "smt-small-heading", text: "In your draft, but not in the document (nothing is deleted)" }),
          h("ul", null, read.absent.map((title) => h("li", { text: title }))),
        ]
      : null,
    read.unplaced.length
      ? [
          h("p", { class: "smt-small-heading", text: `Words that belong to no field (${read.unplaced.length}): copy from here what you want to keep` }),
          h("ul", { class: "smt-unplaced" }, read.unplaced.map((one) => h("li", { dir: "auto" }, h("span", { class: "smt-kicker", text: one.where }), " ", one.text))),
        ]
      : null,
    h(
      "div",
      { class: "smt-row" },
      draft && rows.length ? button("Put the chosen texts into this draft", () => take(draft), { primary: true }) : null,
      button("Make a new draft of the document", () => take(null)),
    ),
  );
}

function comparePage(desk) {
  const head = heading(4, "Compare with another draft");
  const id = uid("other");
  const select = h("select", { id, class: "smt-select" });
  const result = h("div", { tabindex: "-1" });
  const note = h("p", { class: "smt-how" });
  const run = async () => {
    if (!select.value) return;
    result.replaceChildren(h("p", { text: "Comparing…" }));
    try {
      const { changes } = await desk.ask({ type: "compare", draft: desk.state.draft.id, with: select.value });
      const title = select.selectedOptions[0].textContent;
      result.replaceChildren(
        h("p", { class: "smt-summary-line", text: changes.length ? `${counted(changes.length, "difference", "differences")}: from “${title}” to the draft that is open.` : "Both drafts say the same." }),
        h("ul", { class: "smt-cards" }, changes.map(changeCard)),
      );
    } catch (problem) {
      result.replaceChildren(put(h("div", { class: "smt-trouble" }), trouble(problem)));
    }
    result.focus();
  };
  const form = h("div", null, h("label", { for: id, class: "smt-field-label", text: "The other draft" }), select, h("div", { class: "smt-row" }, button("Compare", run, { primary: true })));
  let shown = null;
  return {
    node: h("div", null, head, note, form, result),
    focus: () => head.focus(),
    update() {
      const others = desk.state.drafts.filter((draft) => draft.id !== desk.state.draft.id && !draft.problem);
      if (sameJson(others, shown)) return;
      shown = others;
      form.hidden = !others.length;
      note.textContent = others.length
        ? "Words that went are struck through, words that came are underlined."
        : "There is only one draft. Duplicate it before a meeting, and you can see later what has changed.";
      select.replaceChildren(...others.map((draft) => h("option", { value: draft.id, text: `${draft.title} (${draft.version})` })));
    },
  };
}

function changeCard(change) {
  const piece = ([kind, text]) => {
    if (kind === "same") return text;
    const space = text.match(/^\s*/)[0];
    return [space, h(kind === "added" ? "ins" : "del", { text: text.slice(space.length) })];
  };
  return h(
    "li",
    { class: "smt-card" },
    h("p", { class: "smt-card-title", text: `${change.label}: ${change.field}` }),
    h("p", { class: "smt-kicker", text: { added: "New", removed: "Taken out", changed: "Changed" }[change.kind] }),
    h("p", { class: "smt-pieces", dir: "auto" }, change.pieces.map(piece)),
  );
}
