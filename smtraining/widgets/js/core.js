// The page, part 1: elements, text with marks, names, order, icons, and the registry of item kinds.
//
// All parts are plain scripts that page.py joins into one module (a notebook loads it from a blob, so it cannot import).
// Order: core, store, controls, question, artifact, vignette, kind_*, main. Names are shared; each part says what it offers.
//
// Offered here:
//   h(tag, attrs, ...children)   an element; text only ever goes in as text
//   icon(name)                   a small inline drawing, hidden from assistive technology
//   rich(text, opts), inlineRich(text, opts)   text with the four marks -> DocumentFragment
//   plain(text)                  the same text without marks -> string
//   uid(prefix)                  an id that no other view on the host's page has
//   shuffled(list, seed, salt)   the same order for the same seed and salt; as given without a seed
//   clockTime(iso)               "10:02", or with the day if it was not today
//   longDate(iso)                "January 15, 2026"
//   quoted(text), counted(n, one, many)   wording
//   addStyle(name, css)          a style sheet of a part, once for all pages, after the host's copy of the page's own
//   keepHostKeys()               Ctrl+S and Esc stay the host's; once is enough
//   registry                     kind -> factory(ctx)
//
// factory(ctx) builds the controls of one item. What it gets (made in main.js):
//   ctx.view      the item's view                     ctx.page      the page's view
//   ctx.mode      "formative" | "graded"              ctx.name      a radio-group name, unique to this view
//   ctx.order(list, salt)        the learner's own stable order of a list
//   ctx.answer(value, {done, debounce})   keep and send a value; debounce in ms (text: 600), flushed on blur and before a check
//   ctx.flush()                  send now what is still waiting
//   ctx.value()                  what the learner last gave (sent or not), else what is on record, else null
//   ctx.status()                 a node that always shows "Not answered" / "Saving…" / "Saved 10:02" / what went wrong and a way out
//   ctx.renderArtifact(id, {span, lenses})   the artifact's node, or null if the page has none of that id
//   ctx.announce(text)           say it through the view's live region
// What it returns: for a question {node, read(), write(value), …} (see question.js). A factory with `bare = true` (vignette)
// gets no fieldset, button or feedback and returns {node, update(record, reveal)}, called at once and on every change.

const registry = {};

const FOCUSABLE = new Set(["a", "button", "input", "select", "summary", "textarea"]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. attrs: `class`, `text`, `on: {event: fn}`, `dataset: {}`, `style: {}`; `value`, `checked`, `open` and the like are set as
 * properties; null, undefined and false leave an attribute out; true writes it empty.
 *
 * JupyterLab and Notebook 7 take arrow and letter keys away from any focused control in an output, unless that very element (not an
 * ancestor) carries data-lm-suppress-shortcuts. Every focusable element therefore gets it here, in one place.
 */
function h(tag, attrs, ...children) {
  const node = document.createElement(tag);
  const given = attrs ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "style") for (const [property, v] of Object.entries(value)) node.style.setProperty(property, v);
    else if (name === "value" || name === "checked" || name === "open" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  if (FOCUSABLE.has(tag) || "tabindex" in given) node.setAttribute("data-lm-suppress-shortcuts", "true");
  put(node, children);
  return node;
}

/** Append children: nodes as they are, arrays entry by entry, text as text; null, undefined and false are nothing. */
function put(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

const ICON_PATHS = {
  check: ["M3.5 8.5l3 3 6-7"],
  other: ["M3 8h10M9.5 4.5L13 8l-3.5 3.5"],
  missed: ["M8 2.5v6.5M8 12.8v.2"],
  near: ["M3 9c1.5-3 3.5-3 5-1s3.5 2 5-1"],
  dot: ["M8 7a1 1 0 1 0 .01 0z"],
  up: ["M8 13V3M3.5 7.5L8 3l4.5 4.5"],
  down: ["M8 3v10M3.5 8.5L8 13l4.5-4.5"],
  note: ["M8 7v5M8 4v.5"],
};

/** A line drawing of 16 by 16 in the text's own colour; decoration only, so it is hidden from assistive technology. */
function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true", focusable: "false" })) {
    svg.setAttribute(key, value);
  }
  svg.setAttribute("class", "smt-icon");
  for (const d of ICON_PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

// --- text with the four marks -------------------------------------------------------------------------------------------

const MARKS = /\*\*(?=\S)(.+?)\*\*|\*(?=[^\s*])([^*]+)\*|\[\[([a-z0-9.-]+)\|([^[\]]+)\]\]/g;

/** One run of text: *stress*, **strong** and spans `[[id|words]]` (plain words, or what opts.span(id, words) returns). */
function inlineRich(text, opts) {
  const out = document.createDocumentFragment();
  const source = String(text ?? "");
  let at = 0;
  for (const found of source.matchAll(MARKS)) {
    out.append(source.slice(at, found.index));
    at = found.index + found[0].length;
    const [, strong, stress, span, words] = found;
    if (strong !== undefined) out.append(h("strong", null, inlineRich(strong, opts)));
    else if (stress !== undefined) out.append(h("em", null, inlineRich(stress, opts)));
    else out.append(opts?.span?.(span, words) ?? words);
  }
  out.append(source.slice(at));
  return out;
}

/** Paragraphs (a blank line starts one) and lists (lines that start with `- `), with the marks of inlineRich. */
function rich(text, opts) {
  const out = document.createDocumentFragment();
  for (const block of String(text ?? "").split(/\n\s*\n/)) {
    let list = null;
    let words = [];
    const endParagraph = () => {
      if (words.length) out.append(h("p", null, inlineRich(words.join(" "), opts)));
      words = [];
    };
    for (const line of block.split("\n").map((entry) => entry.trim())) {
      if (line.startsWith("- ")) {
        endParagraph();
        if (!list) out.append((list = h("ul", null)));
        list.append(h("li", null, inlineRich(line.slice(2), opts)));
      } else if (line) {
        list = null;
        words.push(line);
      }
    }
    endParagraph();
  }
  return out;
}

/** The words of a text without its marks, for names and announcements. */
function plain(text) {
  return inlineRich(text).textContent.replace(/\s+/g, " ").trim();
}

const quoted = (text) => `“${plain(text)}”`;
const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// --- names, order, time -------------------------------------------------------------------------------------------------

// Each widget on a notebook page has its own copy of this module, so a counter alone would repeat ids between them.
const VIEW_TOKEN = Math.random().toString(36).slice(2, 8);
let uidCount = 0;

function uid(prefix) {
  uidCount += 1;
  return `smt-${prefix}-${VIEW_TOKEN}-${uidCount}`;
}

/** Numbers in [0, 1) that depend on the text only: FNV-1a for the start value, mulberry32 for the sequence. */
function seededNumbers(text) {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ character.codePointAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(list, seed, salt) {
  const out = [...list];
  if (!seed) return out;
  const next = seededNumbers(`${seed}|${salt}`);
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

function clockTime(iso) {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return "";
  const time = when.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (when.toDateString() === new Date().toDateString()) return time;
  return `${when.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

function longDate(iso) {
  const day = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? String(iso) : day.toLocaleDateString("en-US", { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
}

/**
 * Two keys stay the host's while a control has the focus: Ctrl+S (Cmd+S) saves the notebook, and Esc leads out of the page to its cell.
 * Heard before the host hears it (Notebook 7 listens while the event is on its way down), once for all pages.
 */
function keepHostKeys() {
  if (window.smtKeysKept) return;
  window.smtKeysKept = true;
  const quiet = "data-lm-suppress-shortcuts";
  const hear = (event) => {
    const node = event.target;
    if (!node.closest?.("section.smt")) return;
    if (event.key === "Escape") node.closest(".jp-Cell")?.focus();
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || !node.hasAttribute(quiet)) return;
    node.removeAttribute(quiet);
    setTimeout(() => node.setAttribute(quiet, "true"), 0);
  };
  window.addEventListener("keydown", hear, true);
}

/** The style sheet of a part, once for all pages. It stands after the page's own, which the host puts in before it runs the module. */
function addStyle(name, css) {
  const id = `smt-style-${name}`;
  const known = document.getElementById(id);
  if (known) {
    if (known.textContent !== css) known.textContent = css;
    return;
  }
  const style = document.createElement("style");
  style.id = id;
  style.textContent = css;
  document.head.append(style);
}
