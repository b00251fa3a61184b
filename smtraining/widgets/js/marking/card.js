// The marking page, part 4: one answer, its rubric, the comment, and the way to the next one.

const STANDS = {
  open: "not marked",
  part: "begun",
  marked: "marked",
  changed: "changed since you marked it",
  empty: "no answer, 0 points",
};
const COMMENT_MS = 900;

/** The view "Mark answers". desk is made in main.js. Returns {node, show(), acts}. */
function markView(desk) {
  const heading = h("h3", { class: "smt-card-title", tabindex: "-1" });
  const box = h("div", { class: "smt-card" });
  const jump = choiceOf("Answer", [], "", (value) => open(...value.split("|")));
  const order = choiceOf(
    "Order",
    [
      { value: "question", text: "one question, all students" },
      { value: "student", text: "one student, all questions" },
    ],
    "question",
    () => refill(),
  );
  const wanted = choiceOf(
    "n and p go to",
    [
      { value: "answered", text: "every answer" },
      { value: "todo", text: "answers still to mark" },
      { value: "all", text: "everybody, also without an answer" },
    ],
    "answered",
    () => refill(),
  );
  const count = h("p", { class: "smt-small smt-count-line" });
  const toolbar = h("div", { class: "smt-toolbar" }, jump.node, order.node, wanted.node);
  const node = h("div", { class: "smt-mark-view" }, toolbar, count, box);
  let shown = null; // the answer on the page: {card, rubric, area, answer, flush, phrases, update}
  let going = null; // the answer that was asked for and is not there yet: {task, who}

  const key = (card) => `${card.task}|${card.who}`;
  const cards = () => {
    const { state } = desk;
    const task = (card) => state.tasks.findIndex((one) => one.id === card.task);
    const who = (card) => state.people.indexOf(card.who);
    const first = order.select.value === "student" ? who : task;
    const second = order.select.value === "student" ? task : who;
    return [...state.cards].sort((a, b) => first(a) - first(b) || second(a) - second(b));
  };
  const wants = (card) => {
    if (wanted.select.value === "all") return true;
    if (wanted.select.value === "todo") return ["open", "part", "changed"].includes(card.is);
    return card.is !== "empty";
  };
  const label = (card) => {
    const points = card.total === null ? "" : `, ${ofPoints(card.total)}`;
    return `${personOf(desk.state, card.who)}: ${STANDS[card.is]}${points}${card.hand ? ", marked in Formgrader" : ""}`;
  };
  const refill = () => {
    const { state } = desk;
    const list = cards();
    const byStudent = order.select.value === "student";
    const groups = byStudent ? state.people : state.tasks.map((task) => task.id);
    const options = groups.map((group) => ({
      label: byStudent ? personOf(state, group) : plain(state.tasks.find((task) => task.id === group).title),
      options: list
        .filter((card) => (byStudent ? card.who : card.task) === group)
        .map((card) => ({
          value: key(card),
          text: byStudent ? `${plain(state.tasks.find((task) => task.id === card.task).title)}: ${STANDS[card.is]}` : label(card),
        })),
    }));
    jump.fill(options, shown ? key(shown.card) : "");
    order.node.hidden = state.tasks.length < 2;
    const answered = list.filter((card) => card.is !== "empty");
    const done = answered.filter((card) => card.is === "marked").length;
    const empty = list.length - answered.length;
    const none = empty ? ` ${counted(empty, "student", "students")} gave no answer and ${empty === 1 ? "has" : "have"} 0 points.` : "";
    count.textContent = `You have marked ${done} of ${counted(answered.length, "answer", "answers")}.${none}`;
  };

  const turn = (by) => {
    const list = cards();
    const here = going ?? shown?.card;
    const at = here ? list.findIndex((card) => key(card) === key(here)) : by > 0 ? -1 : list.length;
    const ahead = by > 0 ? list.slice(at + 1) : list.slice(0, Math.max(0, at)).reverse();
    const next = ahead.find(wants);
    if (!next) {
      const left = list.filter((card) => ["open", "part", "changed"].includes(card.is)).length;
      const rest = left ? `${counted(left, "answer is", "answers are")} still to mark.` : "Every answer is marked.";
      desk.announce(`This is the ${by > 0 ? "last" : "first"} one. ${rest}`);
      return true;
    }
    open(next.task, next.who, true);
    return true;
  };

  // Only who asks to go on is taken to the top of the new answer; opening the page or turning the list of answers leaves the focus alone.
  async function open(task, who, toTop = false) {
    shown?.flush();
    const aim = { task, who: Number(who) };
    going = aim;
    box.setAttribute("aria-busy", "true");
    if (toTop) heading.focus({ preventScroll: true }); // at once, or what is typed next would end in the comment that was left
    const reply = await desk.look({ type: "card", ...aim });
    if (going !== aim) return; // the marker has gone on since
    going = null;
    box.removeAttribute("aria-busy");
    if (reply) draw(reply.card, toTop);
  }

  /** What is pressed before the next answer is there must not land on the one before. */
  const ready = () => {
    if (going) desk.announce("The answer is being opened. Press the key again when it is there.");
    return Boolean(shown) && !going;
  };

  const draw = (card, toTop) => {
    going = null;
    box.removeAttribute("aria-busy");
    shown?.flush();
    const { state } = desk;
    const task = state.tasks.find((one) => one.id === card.task);
    heading.replaceChildren(h("bdi", { text: personOf(state, card.who) }), h("span", { class: "smt-card-task" }, " · ", inlineRich(task.title)));
    const status = h("p", { class: "smt-total" });
    const notes = h("div", { class: "smt-card-notes" });
    const send = (message) => desk.save({ ...message, task: card.task, who: card.who });

    const rubric = rubricForm(task.criteria, {
      announce: desk.announce,
      choose(criterion, level) {
        send({ type: "level", criterion, level });
        update();
      },
    });
    rubric.write(card.levels);

    const { label: commentLabel, area } = textArea("Comment to the student", { rows: 4, value: card.comment });
    let waiting = null;
    let sent = card.comment;
    const flush = () => {
      clearTimeout(waiting);
      waiting = null;
      if (area.value === sent) return;
      sent = area.value;
      send({ type: "comment", text: sent });
    };
    area.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(flush, COMMENT_MS);
    });
    area.addEventListener("blur", flush);
    const insert = (text) => {
      area.value = area.value.trim() ? `${area.value.trimEnd()}\n\n${text}` : text;
      flush();
      area.focus();
    };
    const phrases = phraseList(desk, card.task, insert, () => area.value);

    // What is told above the answer, and what can be done about it.
    const update = () => {
      const now = desk.state.cards.find((one) => key(one) === key(card)) ?? card;
      const left = task.criteria.length - Object.keys(rubric.levels()).length;
      const sum = `${pointsOf(rubric.total())} of ${ofPoints(task.points)}`;
      status.textContent = left ? `${sum} so far, ${counted(left, "criterion", "criteria")} to go` : sum;
      const told = [];
      if (now.is === "changed") {
        told.push(
          noteWith(
            "This answer was handed in again and has changed since you marked it. Your mark does not count until you say that it holds, or mark it anew and then say so.",
            button("My mark holds for this version", () => send({ type: "confirm" })),
          ),
        );
      }
      if (now.hand) {
        const score = now.hand.score === null ? "a comment" : ofPoints(now.hand.score);
        told.push(
          noteWith(
            `In Formgrader somebody gave ${score} by hand. That stays until you decide.`,
            button("Use the mark from here instead", () => send({ type: "replace" })),
          ),
        );
      }
      notes.replaceChildren(...told);
    };

    const asTyped = h("pre", { class: "smt-as-typed", text: card.answer.text });
    const laidOut = h("div", { class: "smt-written", dir: "auto" }, answerNodes(card.answer.nodes));
    asTyped.hidden = true;
    const typed = h("button", {
      type: "button",
      class: "smt-link",
      "aria-pressed": "false",
      text: "Show the source",
      on: {
        click() {
          asTyped.hidden = !asTyped.hidden;
          laidOut.hidden = !asTyped.hidden;
          typed.setAttribute("aria-pressed", String(!asTyped.hidden));
        },
      },
    });
    const answer = h(
      "section",
      { class: "smt-answer-side", tabindex: "0", "aria-label": "The student's answer" },
      h("div", { class: "smt-answer-head" }, h("h4", { class: "smt-side-title", text: "Answer" }), h("span", { class: "smt-small", text: counted(card.answer.words, "word", "words") }), typed),
      card.answer.remarks.map((remark) => h("p", { class: "smt-small smt-remark", text: remark })),
      card.is === "empty" ? h("p", { class: "smt-remark", text: "Nothing was written here. It has 0 points already." }) : null,
      laidOut,
      asTyped,
      card.answer.policy.length
        ? h(
            "details",
            { class: "smt-fold", open: true },
            h("summary", { text: "The policy that was handed in" }),
            h("div", { class: "smt-written", dir: "auto" }, answerNodes(card.answer.policy)),
          )
        : null,
      h("details", { class: "smt-fold" }, h("summary", { text: "The task" }), h("div", { class: "smt-prose" }, rich(task.prompt))),
      h("details", { class: "smt-fold" }, h("summary", { text: "A model answer" }), h("div", { class: "smt-prose" }, rich(task.model_answer))),
    );
    const marking = h(
      "section",
      { class: "smt-rubric-side", "aria-label": "Your mark" },
      h("div", { class: "smt-answer-head" }, h("h4", { class: "smt-side-title", text: "Your mark" }), status),
      rubric.node,
      commentLabel,
      area,
      phrases.node,
    );
    const moves = h(
      "div",
      { class: "smt-actions" },
      button("Previous answer", () => turn(-1)),
      button("Next answer", () => turn(1), { class: "smt-button smt-primary" }),
    );
    box.replaceChildren(heading, notes, h("div", { class: "smt-two" }, answer, marking), moves);
    shown = { card, rubric, area, answer, flush, phrases, update };
    desk.place = { task: card.task, who: card.who };
    update();
    refill();
    if (toTop) {
      heading.focus({ preventScroll: true });
      heading.scrollIntoView({ block: "nearest" });
    }
  };

  return {
    node,
    draw,
    flush: () => shown?.flush(),
    show() {
      refill();
      const place = desk.place;
      const list = cards();
      const first = (place && list.find((card) => card.task === place.task && card.who === place.who)) ?? list.find((card) => ["open", "part", "changed"].includes(card.is)) ?? list[0];
      if (first) open(first.task, first.who);
      else box.replaceChildren(h("p", { text: "Nobody's work is in the gradebook yet. Collect and autograde this assignment first, then run this cell again." }));
    },
    update() {
      shown?.update();
      refill();
    },
    home: () => heading.focus({ preventScroll: true }),
    acts: {
      digit: (n) => !ready() || shown.rubric.digit(n),
      clear: () => !ready() || shown.rubric.clear(),
      move: (by) => !ready() || shown.rubric.move(by),
      turn,
      comment() {
        if (ready()) shown.area.focus();
        return true;
      },
      leaveComment() {
        shown?.rubric.focus();
        return Boolean(shown);
      },
      phrases: () => !ready() || shown.phrases.open(),
      read() {
        if (ready()) shown.answer.focus();
        return true;
      },
    },
  };
}

function noteWith(text, action) {
  return h("div", { class: "smt-notice" }, h("p", { text }), action);
}

/** Saved comments: each can be put into the comment or removed; the comment of now can be saved. */
function phraseList(desk, task, insert, written) {
  const list = h("ul", { class: "smt-phrases" });
  const summary = h("summary", null);
  const node = h("details", { class: "smt-fold" }, summary, list);
  const keep = button("Save this comment for reuse", async () => {
    if (!written().trim()) {
      desk.announce("Write the comment first, then save it for reuse.");
      return;
    }
    await desk.save({ type: "phrase", text: written(), task });
    fill();
  });
  const fill = () => {
    const { phrases } = desk.state;
    summary.textContent = `Saved comments (${phrases.length})`;
    list.replaceChildren(
      ...(phrases.length
        ? phrases.map((phrase) =>
            h(
              "li",
              null,
              h("button", { type: "button", class: "smt-phrase", "aria-label": `Insert: ${phrase.text}`, text: phrase.text, on: { click: () => insert(phrase.text) } }),
              button(
                "Remove",
                async () => {
                  await desk.save({ type: "phrase", id: phrase.id, task });
                  fill();
                  summary.focus();
                },
                { class: "smt-link", "aria-label": `Remove: ${phrase.text}` },
              ),
            ),
          )
        : [h("li", { class: "smt-small", text: "None yet. Write a comment above, then save it for reuse." })]),
    );
  };
  fill();
  return {
    node: h("div", { class: "smt-phrase-box" }, keep, node),
    open() {
      node.open = true;
      (list.querySelector("button") ?? summary).focus();
      return true;
    },
  };
}
