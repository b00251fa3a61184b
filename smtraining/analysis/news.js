// The line of news at the end of a part of the dashboard. It stays the same element when its text changes, so that screen readers read the
// change. It also keeps the keys of the controls around it: JupyterLab and Notebook 7 take arrow and letter keys away from any focused
// control in an output unless that very element carries data-lm-suppress-shortcuts. Esc still leads out to the cell, and Ctrl+S saves.

const QUIET = "data-lm-suppress-shortcuts";
const FOCUSABLE = "a, button, input, select, summary, textarea, [tabindex]";

function keepKeys(root) {
  const mark = () => root.querySelectorAll(FOCUSABLE).forEach((node) => node.setAttribute(QUIET, "true"));
  const observer = new MutationObserver(mark);
  const hear = (event) => {
    const node = event.target;
    if (!root.contains(node)) return;
    if (event.key === "Escape") node.closest(".jp-Cell")?.focus();
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || !node.hasAttribute(QUIET)) return;
    node.removeAttribute(QUIET);
    setTimeout(() => node.setAttribute(QUIET, "true"), 0);
  };
  mark();
  observer.observe(root, { childList: true, subtree: true });
  window.addEventListener("keydown", hear, true);
  return () => {
    observer.disconnect();
    window.removeEventListener("keydown", hear, true);
  };
}

function render({ model, el }) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.style.margin = "0.3em 4px";
  const say = () => {
    line.textContent = model.get("text");
  };
  model.on("change:text", say);
  el.append(line);
  say();

  let release = () => {};
  let waiting = 0;
  const begin = () => {
    const root = el.closest(".smt-part");
    if (root) release = keepKeys(root);
    else waiting = requestAnimationFrame(begin); // the host puts a widget into the page after it was drawn
  };
  begin();
  return () => {
    cancelAnimationFrame(waiting);
    release();
    model.off("change:text", say);
  };
}

export default { render };
