// The marking page, part 6: how far two markers agree.

/** The view "Agreement". Returns {node, show()}. */
function agreementView(desk) {
  const title = h("h3", { class: "smt-view-title", tabindex: "-1", text: "Agreement" });
  const box = h("div", { class: "smt-agreement" });
  const about = h(
    "details",
    { class: "smt-fold" },
    h("summary", { text: "How to read this" }),
    h(
      "div",
      { class: "smt-prose smt-small" },
      h("p", { text: "Same level: how often both chose the same level of a criterion. One level apart counts the near misses as well." }),
      h("p", { text: "Kappa is agreement with chance taken away: 1 is perfect, 0 is what chance would give, below 0 is less than that. Weighted kappa forgives a difference of one level more than one of two or three. In brackets stands the range in which the true figure lies with 95 per cent confidence; a wide range says: mark more answers twice." }),
      h("p", { text: "With few answers these figures mislead, so they are withheld. Counts are always shown. Where kappa is low, read some of those answers together and sharpen the words of the levels." }),
    ),
  );
  const node = h("div", null, title, box, about);
  const percent = (one) => (one.share === null ? "withheld" : `${Math.round(100 * one.share)} %`);
  const kappa = (one, value) => (value ? `${value[0].toFixed(2)} (${value[1].toFixed(2)} to ${value[2].toFixed(2)})` : one.none ? "none" : "withheld");
  const draw = (pairs) => {
    if (!pairs.length) {
      box.replaceChildren(h("p", { text: "No answer has been marked in full by two people yet. To mark with a colleague, each of you runs the cell under your own name." }));
      return;
    }
    box.replaceChildren(
      ...pairs.map((pair) =>
        h(
          "section",
          { class: "smt-pair" },
          h("div", { class: "smt-scroll", tabindex: "0", role: "group", "aria-label": `Agreement on ${plain(pair.title)}, ${pair.markers.join(" and ")}` },
          h(
            "table",
            { class: "smt-table" },
            h("caption", null, inlineRich(pair.title), `: ${pair.markers.join(" and ")}, ${counted(pair.n, "answer", "answers")} marked by both, totals ${ofPoints(pair.apart)} apart on average`),
            h("thead", null, h("tr", null, ["Criterion", "Same level", "Per cent", "At most one apart", "Kappa", "Weighted kappa"].map((text) => h("th", { scope: "col", text })))),
            h(
              "tbody",
              null,
              pair.criteria.map((one) =>
                h(
                  "tr",
                  null,
                  h("th", { scope: "row" }, inlineRich(one.title)),
                  [`${one.same} of ${one.n}`, percent(one), `${one.near} of ${one.n}`, kappa(one, one.kappa), kappa(one, one.weighted)].map((text) => h("td", { text })),
                ),
              ),
            ),
          )),
          pair.withheld.map((text) => h("p", { class: "smt-small", text })),
        ),
      ),
    );
  };
  return {
    node,
    async show() {
      const reply = await desk.look({ type: "agreement" });
      if (reply) draw(reply.pairs);
    },
    update() {},
    home: () => title.focus(),
    acts: {},
  };
}
