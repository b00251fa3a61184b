// The marking page, part 2: keys. Single letters and digits work while the focus is on the page and not in a text or a list, and can be
// switched off (WCAG 2.2, 2.1.4). Every focusable element carries data-lm-suppress-shortcuts (core.js), so the notebook takes none of them.

const KEY_HELP = [
  ["0 to 9", "choose the level with this number, then go to the next criterion"],
  ["Delete or Backspace", "take the level of this criterion back"],
  ["j, k", "next, previous criterion"],
  ["n, p", "next, previous answer"],
  ["c", "write a comment; Escape leads back to the criteria, Ctrl+Enter to the next answer"],
  ["s", "open the saved comments"],
  ["r", "read: go to the answer, where the arrow keys scroll"],
  ["u", "undo your last step"],
  ["?", "open and close this list"],
];

const KEY_SETTING = "smtraining-marking-keys";

function keysAreOn() {
  try {
    return localStorage.getItem(KEY_SETTING) !== "off";
  } catch {
    return true; // a host without storage
  }
}

function keepKeys(on) {
  try {
    localStorage.setItem(KEY_SETTING, on ? "on" : "off");
  } catch {
    // a host without storage: the switch holds until the page is closed
  }
}

const isField = (node) => node.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");

/**
 * acts: {digit(n), clear(), move(by), turn(by), comment(), leaveComment(), phrases(), read(), undo(), help()}; each may be absent.
 * An act that returns false leaves the key to the browser.
 */
function listenToKeys(root, acts, on) {
  const LETTERS = {
    j: () => acts.move?.(1),
    k: () => acts.move?.(-1),
    n: () => acts.turn?.(1),
    p: () => acts.turn?.(-1),
    c: () => acts.comment?.(),
    s: () => acts.phrases?.(),
    r: () => acts.read?.(),
    u: () => acts.undo?.(),
    "?": () => acts.help?.(),
    Delete: () => acts.clear?.(),
    Backspace: () => acts.clear?.(),
  };
  root.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    let did;
    if (isField(event.target)) {
      if (event.key === "Escape" && !event.ctrlKey) did = acts.leaveComment?.(event.target);
      else if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea")) did = acts.turn?.(1);
    } else if (on() && !event.ctrlKey) {
      if (/^[0-9]$/.test(event.key)) did = acts.digit?.(Number(event.key));
      else if (Object.hasOwn(LETTERS, event.key)) did = LETTERS[event.key]();
    }
    if (did) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

function keyList() {
  return h(
    "dl",
    { class: "smt-keys" },
    KEY_HELP.map(([key, does]) => h("div", null, h("dt", null, h("kbd", { text: key })), h("dd", { text: does }))),
  );
}
