// The page, part 5: artifacts, the thing on the screen, drawn as a card of an invented platform.
//
// Offered here: renderArtifact(view, {span, lenses}) -> node, artifactName(view) -> its accessible name.
//
// A card is plain semantic HTML. Whatever a learner must be able to read stays text: what a picture shows is its caption, a rating is
// words beside its stars, the learner's own side of a conversation says so. Spans ([[id|words]]) are drawn by the caller's `span`.

const ARTIFACT_TYPES = {
  post: { label: "Post", at: "on", by: "by", draw: artifactPost },
  story: { label: "Story", at: "on", by: "by", draw: artifactStory },
  thread: { label: "Thread", at: "on", by: "by", draw: artifactThread },
  dm: { label: "Direct messages", at: "on", by: "from", draw: artifactConversation },
  review: { label: "Review", at: "on", by: "by", draw: artifactReview },
  profile: { label: "Profile", at: "on", by: "of", draw: artifactProfile },
  group: { label: "Group page", at: "on", by: "by", draw: artifactGroup },
  email: { label: "E-mail", at: "in", by: "from", draw: artifactEmail },
  form: { label: "Form page", at: "in", by: "by", draw: artifactForm },
  news: { label: "News item", at: "on", by: "by", draw: artifactNews },
};

// The card of an artifact view. `span(id, words)` draws a span (default: its words); `lenses` let the learner see it as somebody else.
function renderArtifact(view, { span, lenses = view.lenses ?? [] } = {}) {
  const type = ARTIFACT_TYPES[view.type];
  const name = artifactName(view);
  const drawSpan = lenses.length ? (id, words) => h("span", { class: "smt-span", "data-span": id }, span ? span(id, words) : words) : span;
  const ink = { rich: (text) => rich(text, { span: drawSpan }), line: (text) => inlineRich(text, { span: drawSpan }) };
  const card = h(
    "article",
    { class: `smt-card smt-card-${view.type}`, "aria-label": name },
    h(
      "header",
      { class: "smt-card-bar" },
      h("span", { class: "smt-card-platform", text: view.platform }),
      h("span", { class: "smt-card-type", text: type.label }),
    ),
    type.draw(view, ink),
  );
  const node = h("div", { class: "smt-artifact" }, card);
  if (lenses.length) node.append(artifactLenses(card, lenses, name));
  return node;
}

// "Post on ChatterBox by Dana": the static version gives the same name.
function artifactName(view) {
  const { label, at, by } = ARTIFACT_TYPES[view.type];
  const who = view.author ? ` ${by} ${view.author.name}` : view.title ? `: ${view.title}` : "";
  return plain(`${label} ${at} ${view.platform}${who}`);
}

// --- one function per type: the parts of the card, in reading order ---------------------------------------------------

function artifactPost(view, ink) {
  return [
    artifactByline(view, ink),
    artifactTitle(view, ink),
    artifactBody(view, ink),
    artifactPicture(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactStory(view, ink) {
  return [
    h("div", { class: "smt-story-steps", "aria-hidden": "true" }, h("span"), h("span"), h("span")),
    artifactByline(view, ink),
    artifactPicture(view, ink),
    artifactTitle(view, ink),
    artifactBody(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactThread(view, ink) {
  const opening = [artifactByline(view, ink), artifactBody(view, ink), artifactPicture(view, ink), artifactReactions(view, ink)];
  return [
    artifactTitle(view, ink),
    h("div", { class: "smt-thread-start" }, opening),
    artifactFields(view, ink),
    artifactMessages(view, ink),
  ];
}

function artifactConversation(view, ink) {
  return [
    artifactByline(view, ink),
    artifactTitle(view, ink),
    artifactBody(view, ink),
    artifactPicture(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink, "smt-bubbles"),
    artifactReactions(view, ink),
  ];
}

function artifactReview(view, ink) {
  return [
    artifactTitle(view, ink),
    artifactRating(view),
    artifactByline(view, ink),
    artifactBody(view, ink),
    artifactPicture(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactProfile(view, ink) {
  return [
    artifactPicture(view, ink),
    artifactByline(view, ink),
    artifactTitle(view, ink),
    artifactBody(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactGroup(view, ink) {
  const head = [artifactTitle(view, ink), artifactByline(view, ink), artifactBody(view, ink)];
  return [
    h("div", { class: "smt-group-head" }, head),
    artifactPicture(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactEmail(view, ink) {
  const person = view.author;
  const rows = [
    [
      "From",
      person && [
        ink.line(person.name),
        person.handle && [" <", ink.line(person.handle), ">"],
        person.role && [", ", ink.line(person.role)],
      ],
    ],
    ["To", view.to && ink.line(view.to)],
    ["Sent", view.when && ink.line(view.when)],
    ["From where", view.place && ink.line(view.place)],
    ["Seen by", view.audience && ink.line(view.audience)],
    ["Subject", view.title && ink.line(view.title)],
  ].filter(([, value]) => value);
  return [
    artifactRows(rows, "smt-mail-head"),
    artifactBody(view, ink),
    artifactPicture(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactForm(view, ink) {
  return [
    artifactTitle(view, ink),
    artifactByline(view, ink),
    artifactBody(view, ink),
    artifactFields(view, ink),
    artifactPicture(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

function artifactNews(view, ink) {
  return [
    artifactTitle(view, ink),
    artifactByline(view, ink),
    artifactPicture(view, ink),
    artifactBody(view, ink),
    artifactFields(view, ink),
    artifactMessages(view, ink),
    artifactReactions(view, ink),
  ];
}

// --- parts ------------------------------------------------------------------------------------------------------------

function artifactByline(view, ink) {
  const meta = [
    view.type !== "email" && view.to && h("span", { class: "smt-meta-item" }, "To ", ink.line(view.to)),
    view.when && h("span", { class: "smt-meta-item" }, ink.line(view.when)),
    view.place &&
      h(
        "span",
        { class: "smt-meta-item smt-meta-place" },
        artifactIcon("pin"),
        h("span", { class: "smt-unseen", text: "Place: " }),
        ink.line(view.place),
      ),
    view.audience &&
      h(
        "span",
        { class: "smt-meta-item" },
        artifactIcon("eye"),
        h("span", { class: "smt-unseen", text: "Who can see it: " }),
        ink.line(view.audience),
      ),
  ].filter(Boolean);
  if (!view.author && !meta.length) return null;
  return h(
    "div",
    { class: "smt-byline" },
    view.author && artifactAvatar(view.author),
    h(
      "div",
      { class: "smt-byline-words" },
      view.author && h("p", { class: "smt-person" }, artifactPerson(view.author, ink)),
      meta.length > 0 &&
        h(
          "p",
          { class: "smt-meta" },
          meta.map((part) => [part, " "]),
        ),
    ),
  );
}

function artifactPerson(person, ink) {
  return [
    h("strong", { class: "smt-person-name" }, ink.line(person.name)),
    person.handle && [" ", h("span", { class: "smt-handle" }, ink.line(person.handle))],
    person.role && [" ", h("span", { class: "smt-role" }, ink.line(person.role))],
  ];
}

function artifactAvatar(person) {
  const words = plain(person.name)
    .replace(/[^\p{L}\p{N}\s]/gu, "")
    .split(/\s+/)
    .filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => (word ? [...word][0].toUpperCase() : "")).join("");
  return h("span", { class: "smt-avatar", "aria-hidden": "true", text: initials });
}

function artifactTitle(view, ink) {
  return view.title ? h("p", { class: "smt-card-title" }, ink.line(view.title)) : null;
}

function artifactBody(view, ink) {
  return view.body ? h("div", { class: "smt-card-body" }, ink.rich(view.body)) : null;
}

function artifactPicture(view, ink) {
  if (!view.picture) return null;
  const { alt, drawing = "none" } = view.picture;
  return h(
    "figure",
    { class: "smt-picture" },
    drawing !== "none" && artifactDrawing(drawing, plain(alt)),
    h("figcaption", null, h("span", { class: "smt-picture-label", text: "Picture: " }), ink.line(alt)),
  );
}

function artifactRating(view) {
  if (!view.rating) return null;
  return h(
    "p",
    { class: "smt-rating" },
    h(
      "span",
      { class: "smt-stars", "aria-hidden": "true" },
      [1, 2, 3, 4, 5].map((n) => artifactIcon("star", n <= view.rating ? "smt-star-on" : "")),
    ),
    h("span", { text: `${view.rating} of 5 stars` }),
  );
}

function artifactFields(view, ink) {
  if (!view.fields?.length) return null;
  return artifactRows(
    view.fields.map(({ label, value }) => [ink.line(label), ink.line(value)]),
    "smt-fields",
  );
}

function artifactRows(rows, className) {
  return h(
    "dl",
    { class: className },
    rows.map(([label, value]) => h("div", null, h("dt", null, label), h("dd", null, value))),
  );
}

function artifactMessages(view, ink, className = "smt-replies") {
  if (!view.messages?.length) return null;
  return h(
    "ol",
    { class: `smt-messages ${className}` },
    view.messages.map((message) => artifactMessage(message, ink)),
  );
}

function artifactMessage(message, ink) {
  const named = plain(message.sender.name).toLowerCase() === "you";
  return h(
    "li",
    { class: message.mine ? "smt-message smt-mine" : "smt-message" },
    h(
      "div",
      { class: "smt-message-head" },
      artifactAvatar(message.sender),
      h(
        "p",
        { class: "smt-person" },
        artifactPerson(message.sender, ink),
        message.mine && !named && [" ", h("span", { class: "smt-mine-tag", text: "your side" })],
        message.when && [" ", h("span", { class: "smt-message-when" }, ink.line(message.when))],
      ),
    ),
    h("div", { class: "smt-message-text" }, ink.rich(message.text)),
    message.reactions && h("p", { class: "smt-reactions" }, ink.line(message.reactions)),
  );
}

function artifactReactions(view, ink) {
  return view.reactions ? h("footer", { class: "smt-reactions" }, ink.line(view.reactions)) : null;
}

// --- lenses: the same card as somebody else sees it ---------------------------------------------------------------------

function artifactLenses(card, lenses, name) {
  const status = h("div", { class: "smt-lens-said", role: "status" });
  const show = (lens) => {
    const noticed = new Set(lens?.notices ?? []);
    const words = [];
    for (const found of card.querySelectorAll("[data-span]")) {
      const on = noticed.has(found.dataset.span);
      if (on) words.push(found.textContent);
      if (on !== (found.localName === "mark")) {
        const next = h(on ? "mark" : "span", { class: on ? "smt-span smt-noticed" : "smt-span", "data-span": found.dataset.span });
        next.append(...found.childNodes);
        found.replaceWith(next);
      }
    }
    status.replaceChildren();
    if (!lens) return;
    put(
      status,
      h("p", { class: "smt-lens-who", text: lens.who }),
      rich(lens.knows),
      words.length > 0 && h("p", { class: "smt-lens-words" }, h("strong", { text: "What stands out: " }), words.map(quoted).join(", ")),
    );
  };
  // The default is a row like the others, so that one can come back to it.
  const rows = choiceRows([{ id: "", text: "As you see it" }, ...lenses.map((lens, i) => ({ id: String(i), text: lens.who }))], {
    type: "radio",
    name: uid("lens"),
    change: () => show(lenses[rows.chosen()[0]]),
  });
  rows.choose([""]);
  rows.node.classList.add("smt-lens-row");
  return h(
    "div",
    { class: "smt-lenses" },
    h("fieldset", null, h("legend", null, "Through whose eyes?", h("span", { class: "smt-unseen", text: ` (${name})` })), rows.node),
    status,
  );
}

// --- line drawings ------------------------------------------------------------------------------------------------------
//
// Each drawing is a list of strokes on a 320 x 180 field, in the colour of the text. A stroke that starts with "~" is a light tint.

const ARTIFACT_ICONS = {
  pin: "M8 14.5 C4.5 10.6 3 8.4 3 6.4 A5 5 0 0 1 13 6.4 C13 8.4 11.5 10.6 8 14.5 Z M8 4.6 A1.9 1.9 0 1 1 7.99 4.6 Z",
  eye: "M1 8 C3.4 2.6 12.6 2.6 15 8 C12.6 13.4 3.4 13.4 1 8 Z M8 5.8 A2.2 2.2 0 1 1 7.99 5.8 Z",
  star: "M8 1.6 L9.9 5.9 L14.6 6.4 L11.1 9.5 L12.1 14.1 L8 11.7 L3.9 14.1 L4.9 9.5 L1.4 6.4 L6.1 5.9 Z",
};

const ARTIFACT_DRAWINGS = {
  window: [
    "~M84 26 H236 V142 H84 Z",
    "M62 18 H258 V150 H62 Z M70 26 H250 V142 H70 Z M46 150 H274 V159 H46 Z",
    "M84 142 V26 M236 142 V26",
    "M132 110 C118 104 122 86 138 78 C150 71 148 60 138 57 C130 55 128 47 134 42 C139 38 146 40 148 46",
    "M134 42 L106 50 L134 49 M140 44 h.1 M146 41 C152 38 160 40 166 46",
    "M148 46 C158 56 162 68 154 80 C176 78 194 90 210 114 C194 108 186 112 172 114 C156 116 144 116 132 110 M158 92 C172 92 184 98 194 106",
    "M152 115 L150 142 M166 115 L168 142 M122 134 q5 -5 10 0 M178 134 q5 -5 10 0 t10 0",
    "M208 46 C216 44 222 50 220 58 C218 66 206 66 204 57 C204 52 205 48 208 46 Z",
    "M70 150 L73 134 H91 L94 150 M82 134 C82 122 75 116 69 114 M82 134 C82 120 88 112 95 110 M82 134 V106",
  ],
  person: [
    "~M94 180 C94 138 122 122 160 122 C198 122 226 138 226 180 Z",
    "M94 180 C94 138 122 122 160 122 C198 122 226 138 226 180",
    "M160 36 C182 36 194 52 194 74 C194 98 178 114 160 114 C142 114 126 98 126 74 C126 52 138 36 160 36 Z",
    "M126 72 C138 70 150 62 156 50 C166 62 180 68 194 68",
    "M147 112 V124 C152 132 168 132 173 124 V112 M150 94 C156 99 164 99 170 94 M146 78 v4 M174 78 v4",
    "M20 150 H84 M236 150 H300 M40 150 V120 H64 V150 M252 150 V108 H284 V150 M262 119 v4 M274 119 v4 M262 132 v4 M274 132 v4 M48 130 h8",
  ],
  group: [
    "~M104 180 C104 146 128 132 160 132 C192 132 216 146 216 180 Z",
    "M104 180 C104 146 128 132 160 132 C192 132 216 146 216 180 M160 64 C176 64 186 76 186 92 C186 110 174 122 160 122 C146 122 134 110 134 92 C134 76 144 64 160 64 Z",
    "M134 90 C148 90 158 84 164 74 C170 82 178 86 186 86 M152 107 C157 111 163 111 168 107 M149 95 v3 M171 95 v3",
    "M28 180 C28 148 48 136 76 134 C88 134 98 137 106 142 M76 62 C90 62 99 73 99 88 C99 104 89 115 76 115 C63 115 53 104 53 88 C53 73 62 62 76 62 Z M53 84 C56 66 96 66 99 84 M69 102 C73 106 80 106 84 102 M66 90 v3 M87 90 v3",
    "M292 180 C292 148 272 136 244 134 C232 134 222 137 214 142 M244 62 C258 62 267 73 267 88 C267 104 257 115 244 115 C231 115 221 104 221 88 C221 73 230 62 244 62 Z M226 74 C236 58 262 62 264 80 M236 102 C240 106 247 106 251 102 M233 90 v3 M254 90 v3",
    "M40 36 H280 M40 36 L52 48 L64 36 M88 36 L100 48 L112 36 M136 36 L148 48 L160 36 M184 36 L196 48 L208 36 M232 36 L244 48 L256 36",
  ],
  hands: [
    "~M112 84 C136 70 184 70 208 84 L204 128 C176 140 144 140 116 128 Z",
    "M20 150 C56 146 76 134 92 116 L112 92 C122 82 138 78 152 80",
    "M20 108 C44 104 62 94 78 78 C92 64 112 58 132 60",
    "M300 150 C264 146 244 134 228 116 L208 92 C200 82 186 76 172 74 C156 72 140 84 132 96 C128 102 136 108 142 104 C150 98 158 94 166 94",
    "M300 108 C276 104 258 94 242 78 C226 62 204 56 184 60 L152 80",
    "M166 94 L196 122 C202 128 194 138 186 132 L168 116 M186 132 C188 140 178 146 170 140 L152 124 M170 140 C168 148 158 148 152 142 L138 128 M152 142 C146 148 138 144 132 138 L112 118",
  ],
  desk: [
    "~M30 128 H290 V138 H30 Z",
    "M30 128 H290 V138 H30 Z M48 138 V176 M272 138 V176",
    "M116 120 V66 H206 V120 M108 128 L116 120 H206 L214 128 M128 78 H176 M128 90 H194 M128 102 H162",
    "M62 128 H90 M76 128 V84 L96 52 M86 44 L112 60 L98 70 L84 60 Z",
    "M232 128 V106 H254 V128 M254 110 C264 110 264 122 254 122 M238 98 C236 92 242 90 240 84 M247 98 C245 92 251 90 249 84",
    "M226 30 H254 V58 H226 Z M260 36 H286 V62 H260 Z M232 40 H248 M232 48 H244 M266 46 H280",
  ],
  street: [
    "M10 152 H310 M10 164 H310",
    "M24 152 V78 L56 52 L88 78 V152 M46 152 V122 H66 V152 M40 90 H52 V104 H40 Z M62 90 H74 V104 H62 Z",
    "~M88 152 V60 H150 V152 Z",
    "M88 152 V60 H150 V152 M82 60 H156 M88 112 H150 M92 112 L88 124 M104 112 V124 M119 112 V124 M134 112 V124 M146 112 L150 124 M100 72 H114 V92 H100 Z M124 72 H138 V92 H124 Z M110 152 V130 H128 V152",
    "M176 152 V96 M176 100 C158 96 156 74 170 68 C168 52 190 48 194 62 C208 62 208 84 196 90 C192 100 182 102 176 100 M176 112 L186 102",
    "M222 152 V58 C222 46 240 46 240 56 M234 56 H246 L243 64 H237 Z",
    "M262 152 V92 M252 76 H272 V94 H252 Z M256 82 H268 M256 88 H264 M278 152 V128 H300 V152 M274 128 H304",
  ],
  bus: [
    "~M70 78 H250 C262 78 268 84 272 96 L278 118 H294 V146 H70 Z",
    "M10 158 H310 M24 158 V60 H104 V78 M18 60 L64 34 L110 60 Z M64 34 V20 L80 25 L64 30 M34 72 H48 V92 H34 Z",
    "M70 146 V84 C70 80 72 78 76 78 H250 C262 78 268 84 272 96 L278 118 H290 C293 118 294 120 294 123 V146 M70 146 H88 M124 146 H226 M262 146 H294",
    "M82 90 H106 V108 H82 Z M114 90 H138 V108 H114 Z M146 90 H170 V108 H146 Z M178 90 H202 V108 H178 Z M212 88 H234 V146 M212 88 V146 M242 90 H258 C263 90 264 94 266 100 L268 108 H242 Z",
    "M70 118 H208 M70 126 H208 M88 146 A18 18 0 0 1 124 146 A18 18 0 0 1 88 146 Z M100 146 A6 6 0 0 1 112 146 A6 6 0 0 1 100 146 Z",
    "M226 146 A18 18 0 0 1 262 146 A18 18 0 0 1 226 146 Z M238 146 A6 6 0 0 1 250 146 A6 6 0 0 1 238 146 Z M286 126 h4 M190 70 H214 V78 H190 Z",
  ],
  visit: [
    "~M34 166 C34 156 84 150 150 150 C216 150 266 156 266 166 C266 175 216 178 150 178 C84 178 34 175 34 166 Z",
    "M10 148 H140 M174 148 H210 M284 148 H310",
    "M24 20 H116 V104 H24 Z M18 104 H122 V111 H18 Z M92 20 V104 M36 104 L41 68 M62 104 L57 68 M38 88 H60 M32 54 H66 V68 H32 Z M32 54 L49 40 L66 54",
    "M157 74 C167 74 175 82 175 92 C175 102 167 110 157 110 C147 110 139 102 139 92 C139 82 147 74 157 74 Z M149 75 C152 69 161 68 166 75 M139 92 C137 90 136 96 140 97",
    "M149 111 C143 122 141 134 142 146 H173 C174 134 171 122 165 111 M148 146 V163 H140 M166 146 V163 H174 M148 117 C138 122 132 128 127 135 M167 115 C176 114 184 111 190 106",
    "M238 0 C238 16 232 22 220 28 C208 34 206 46 206 60 L208 160 H286 L290 60 C290 46 288 34 276 28 C264 22 258 16 258 0",
    "M206 60 C200 74 194 84 186 92 C180 98 184 108 192 106 C204 100 212 90 220 76 M290 60 C296 76 298 92 296 112 C294 118 288 118 287 112",
    "M226 160 V172 H212 M268 160 V172 H282 M199 84 q4 -4 6 0 q4 -3 6 1 M232 28 C240 36 256 36 264 28",
  ],
  chart: [
    "~M88 24 H232 V172 H88 Z",
    "M88 24 H232 V172 H88 Z M136 18 H184 V32 H136 Z",
    "M108 52 H170 M108 64 H196 M108 76 H152",
    "M108 156 H212 M108 156 V94 M122 156 V134 H136 V156 M148 156 V118 H162 V156 M174 156 V126 H188 V156",
    "M108 118 L129 124 L155 102 L181 108 L208 92",
    "M250 150 L284 70 L294 74 L260 154 L248 160 Z M281 78 L291 82",
  ],
  phone: [
    "~M112 10 H208 C214 10 218 14 218 20 V180 H102 V20 C102 14 106 10 112 10 Z",
    "M112 8 H208 C214 8 218 12 218 18 V180 M102 180 V18 C102 12 106 8 112 8 M148 18 H172",
    "M114 34 H176 C180 34 182 36 182 40 V54 C182 58 180 60 176 60 H126 L116 68 V60 H114 C112 60 110 58 110 56 V38 C110 36 112 34 114 34 Z",
    "M206 76 H150 C146 76 144 78 144 82 V96 C144 100 146 102 150 102 H194 L204 110 V102 C208 102 210 100 210 98 V80 C210 78 208 76 206 76 Z",
    "M114 118 H164 C168 118 170 120 170 124 V136 C170 140 168 142 164 142 H126 L116 150 V142 C112 142 110 140 110 138 V122 C110 120 112 118 114 118 Z",
    "M120 44 H166 M120 51 H148 M154 86 H200 M154 93 H186 M120 130 h2 M130 130 h2 M140 130 h2",
    "M236 40 C246 52 246 70 236 82 M250 30 C266 48 266 76 250 94",
  ],
  hospital: [
    "~M96 40 H224 V158 H96 Z",
    "M20 158 H300 M96 158 V40 H224 V158 M224 158 V84 H282 V158 M96 158 V84 H38 V158",
    "M144 158 V126 H176 V158 M160 126 V158 M136 126 H184",
    "M146 52 H174 V80 H146 Z M154 58 V74 M166 58 V74 M154 66 H166",
    "M108 92 H122 V106 H108 Z M134 92 H148 V106 H134 Z M172 92 H186 V106 H172 Z M198 92 H212 V106 H198 Z M108 118 H122 V132 H108 Z M198 118 H212 V132 H198 Z",
    "M52 98 H64 V112 H52 Z M74 98 H86 V112 H74 Z M52 124 H64 V138 H52 Z M74 124 H86 V138 H74 Z M236 98 H248 V112 H236 Z M258 98 H270 V112 H258 Z M236 124 H248 V138 H236 Z M258 124 H270 V138 H258 Z",
  ],
  "child-art": [
    "~M50 24 L268 18 L274 160 L54 166 Z",
    "M50 24 L268 18 L274 160 L54 166 Z M146 12 L176 11 L177 28 L147 29 Z",
    "M66 142 C100 138 130 146 168 141 C204 136 232 144 262 138",
    "M92 140 L90 100 L132 97 L135 141 M82 104 L110 70 L142 100 M106 140 L105 118 L118 117 L119 140 M96 106 L104 105 L104 113 L96 114 Z",
    "M232 56 C240 48 252 54 250 64 C248 74 234 74 231 65 C230 61 230 58 232 56 Z M240 42 L241 34 M256 50 L263 45 M258 64 L266 66 M252 76 L257 82 M238 80 L237 87 M224 70 L217 74 M225 54 L218 49",
    "M176 90 C183 88 187 93 185 98 C183 104 175 104 173 98 C172 94 173 91 176 90 Z M179 103 L180 124 L172 140 M180 124 L188 139 M168 116 L179 110 L192 113",
    "M206 108 C211 106 215 110 213 114 C211 118 205 118 204 113 C204 111 204 109 206 108 Z M209 118 L209 130 L204 140 M209 130 L214 140 M192 113 L209 123 L218 118",
    "M72 64 C70 56 80 52 84 58 C90 52 98 60 92 66 C88 70 76 70 72 64 Z",
  ],
};

function artifactStroke(d, className) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  if (className) path.setAttribute("class", className);
  return path;
}

function artifactSvg(viewBox, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  svg.setAttribute("focusable", "false");
  return svg;
}

function artifactDrawing(drawing, alt) {
  const svg = artifactSvg("0 0 320 180", "smt-drawing");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  svg.append(...ARTIFACT_DRAWINGS[drawing].map((d) => (d.startsWith("~") ? artifactStroke(d.slice(1), "smt-tint") : artifactStroke(d))));
  return svg;
}

function artifactIcon(icon, className = "") {
  const svg = artifactSvg("0 0 16 16", `smt-card-icon ${className}`.trim());
  svg.setAttribute("aria-hidden", "true");
  svg.append(artifactStroke(ARTIFACT_ICONS[icon]));
  return svg;
}
