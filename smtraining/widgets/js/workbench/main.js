// The workbench, last part: its frame, and what the host calls.

const WORKBENCH = { switchboard: switchboardPage, builder: builderPage, "my-policy": myPolicyPage };

function renderWorkbench(model, el) {
  const desk = deskOf(model);
  const { view } = desk;
  const titleId = uid("title");
  const notices = h("div", { class: "smt-notices", role: "status" });
  const page = WORKBENCH[view.page](desk);
  let noticed = null;

  const update = () => {
    page.update();
    const notice = desk.state.notice ?? null;
    if (notice === noticed) return;
    noticed = notice;
    notices.replaceChildren(...(notice ? [h("div", { class: "smt-notice" }, h("p", { text: notice }))] : []));
  };
  const look = () => desk.look();
  const root = h(
    "section",
    { class: "smt", lang: "en", "aria-labelledby": titleId, dataset: { id: view.id, page: view.page }, on: { focusin: look, pointerenter: look } },
    h(
      "header",
      { class: "smt-header" },
      h("h3", { class: "smt-title", id: titleId }, inlineRich(view.title)),
      h("div", { class: "smt-intro smt-prose" }, rich(view.intro)),
    ),
    notices,
    page.node,
  );
  const stop = desk.listen(update);
  const leave = () => desk.flush();
  const hide = () => (document.visibilityState === "hidden" ? leave() : null);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hide);
  update();
  el.append(root);
  update();

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
  deskOf(model);
}

function render({ model, el }) {
  return renderWorkbench(model, el);
}
