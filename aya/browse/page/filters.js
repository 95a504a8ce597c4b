"use strict";
// The filters: texts, lists with the rows of each entry, a range of a score, an order.

let about = null;

function nameOf(language) {
  return language.main ? language.name : `${language.name} (${language.script})`;
}

function label(text, control) {
  return make("label", {}, text, control);
}

function choiceOf(name, options) {
  const chosen = asked().get(name) ?? DEFAULTS[name] ?? "";
  return make("select", { name, change: (event) => go({ [name]: event.target.value, page: null }) },
    options.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
}

function typed(name, given) {
  const input = make("input", { name, ...given, change: () => go({ [name]: input.value, page: null }) });
  input.value = asked().get(name) ?? "";
  return input;
}

/** Rows of each entry of one list under the choices of the other lists. */
function countsOf(part) {
  const wanted = LISTS.map((name) => new Set(asked().getAll(name)));
  const rows = asked().get("rows") ?? "kept";
  const codes = [about.languages.map((one) => one.code), about.sources, about.reasons];
  const counts = new Map();
  for (const cell of about.cells) {
    const outcome = cell[2] < 0 ? "kept" : "dropped";
    if (rows !== "all" && rows !== outcome && part !== 2 && !wanted[2].size) continue;
    if (part === 2 && outcome === "kept") continue;
    const fits = LISTS.every((_, at) => at === part || !wanted[at].size || (at === 0 ? languageFits(wanted[0], codes[0][cell[0]]) : wanted[at].has(codes[at][cell[at]])));
    if (fits) counts.set(codes[part][cell[part]], (counts.get(codes[part][cell[part]]) ?? 0) + cell[3]);
  }
  return counts;
}

function languageFits(wanted, code) {
  return wanted.has(code) || wanted.has(code.split("_")[0]);
}

function listOf(part, title, entries) {
  const name = LISTS[part];
  const chosen = new Set(asked().getAll(name));
  const counts = countsOf(part);
  const shown = entries.filter(([code]) => counts.has(code) || chosen.has(code))
    .sort((one, other) => chosen.has(other[0]) - chosen.has(one[0]) || (counts.get(other[0]) ?? 0) - (counts.get(one[0]) ?? 0) || one[1].localeCompare(other[1]));
  const box = make("div", { class: "options" }, shown.map(([code, text]) => {
    const input = make("input", { type: "checkbox", value: code, name, checked: chosen.has(code),
      change: () => go({ [name]: [...box.querySelectorAll("input:checked")].map((item) => item.value), page: null }) });
    return make("label", {}, input, make("span", {}, text), make("b", {}, number(counts.get(code) ?? 0)));
  }));
  const narrow = entries.length < 9 ? "" : make("input", { type: "search", placeholder: `find one of ${entries.length}`, "aria-label": `Find in ${title}`, input: (event) => {
    const part_ = event.target.value.toLowerCase();
    for (const item of box.children) item.hidden = !item.textContent.toLowerCase().includes(part_);
  } });
  const few = chosen.size ? ` · ${chosen.size} chosen` : "";
  const details = make("details", { open: opened.has(name) || chosen.size > 0, toggle: () => opened[details.open ? "add" : "delete"](name) },
    make("summary", {}, `${title}${few}`), narrow, box);
  return make("fieldset", {}, details);
}

const opened = new Set(["language"]);

function drawFilters() {
  const form = document.getElementById("filters");
  const focus = form.contains(document.activeElement) ? [document.activeElement.name, document.activeElement.value, document.activeElement.type] : null;
  const scrolled = [form.scrollTop, ...[...form.querySelectorAll(".options")].map((box) => box.scrollTop)];
  const scores = [["", "any score"], ...about.scores.map((name) => [name, name])];
  const score = asked().get("score");
  const orders = [["", "as stored"], ["id", "mixed (by id)"], ["inputs", "length of prompt"], ["targets", "length of completion"], ...scores.slice(1)];
  form.replaceChildren(
    make("fieldset", {}, label("Text", typed("text", { type: "search", placeholder: "word, sentence or id", maxlength: 1000 })),
      make("div", { class: "pair" },
        choiceNamed("How texts are compared", "match", [["loose", "any accents"], ["exact", "exactly"], ["pattern", "pattern (regex)"]]),
        choiceNamed("Where", "field", [["either", "in both"], ["inputs", "in prompts"], ["targets", "in completions"]]))),
    make("fieldset", {}, label("Rows", choiceOf("rows", [["kept", `kept (${number(about.kept)})`], ["dropped", `dropped (${number(about.dropped)})`], ["all", "both"]]))),
    listOf(0, "Languages", about.languages.map((one) => [one.code, `${nameOf(one)}${one.endonym ? ` · ${one.endonym}` : ""}`])),
    listOf(1, "Sources", about.sources.map((name) => [name, name])),
    about.reasons.length ? listOf(2, "Why it left", about.reasons.map((name) => [name, name])) : "",
    about.scores.length ? make("fieldset", {}, label("Score", choiceOf("score", scores)),
      score ? make("div", { class: "pair" }, label("at least", typed("least", { type: "number", step: "any" })), label("at most", typed("most", { type: "number", step: "any" }))) : "") : "",
    make("fieldset", {}, label("Order", choiceOf("sort", orders)),
      asked().get("sort") ? choiceNamed("Direction", "order", [["up", "lowest first"], ["down", "highest first"]]) : ""),
    make("fieldset", {}, make("button", { type: "button", click: () => { history.pushState(null, "", location.pathname); show(); } }, "Clear all filters")),
  );
  form.scrollTop = scrolled[0];
  form.querySelectorAll(".options").forEach((box, at) => { box.scrollTop = scrolled[at + 1] ?? 0; });
  if (focus) [...form.elements].find((item) => item.name === focus[0] && (item.type !== "checkbox" || item.value === focus[1]))?.focus();
}

function choiceNamed(title, name, options) {
  const made = choiceOf(name, options);
  made.setAttribute("aria-label", title);
  return made;
}
