"use strict";
// A page of rows, and how far the search has come.

/** A text as nodes: hostile signs shown, found places marked; spans are counted in characters. */
function marked(text, spans, kind = "") {
  const letters = [...text];
  const nodes = [];
  let end = 0;
  for (const [start, stop] of [...spans].sort((one, other) => one[0] - other[0])) {
    if (start < end || stop > letters.length) continue;
    nodes.push(visible(letters.slice(end, start).join("")), make("mark", { class: kind }, visible(letters.slice(start, stop).join(""))));
    end = stop;
  }
  return [...nodes, visible(letters.slice(end).join(""))];
}

/** What the evidence quotes, as places in a text. */
function quoted(row, field) {
  const told = evidenceOf(row);
  const where = told?.column ?? told?.field;
  if (!told || (where && where !== field)) return [];
  const found = [];
  const quotes = "score" in told ? ["span"] : ["span", "found"];
  for (const part of quotes.map((name) => told[name])) {
    if (typeof part !== "string" || !part) continue;
    const at = row[field].indexOf(part);
    if (at >= 0) found.push([[...row[field].slice(0, at)].length, [...row[field].slice(0, at + part.length)].length]);
  }
  return found;
}

function evidenceOf(row) {
  try {
    const told = JSON.parse(row.evidence);
    return told && typeof told === "object" && !Array.isArray(told) ? told : null;
  } catch { return null; }
}

function languageOf(row) {
  const code = `${row.language ?? "und"}_${row.script ?? "Zyyy"}`;
  return about.languages.find((one) => one.code === code) ?? { name: row.language ?? "no known language", bcp47: row.language ?? "und", script: row.script, main: true };
}

function tagOf(row) {
  const tag = languageOf(row).bcp47;
  return tag.includes("-") || !row.script ? tag : `${tag}-${row.script}`;
}

function textOf(row, field, label, marks) {
  const size = row[`num_${field}`] ?? [...row[field]].length;
  const more = size - [...row[field]].length;
  const spans = quoted(row, field);
  const nodes = spans.length ? marked(row[field], spans) : marked(row[field], marks?.[field] ?? [], "hit");
  return make("div", {}, make("div", { class: "label" }, `${label}, ${number(size)} characters`),
    make("p", { class: "text", dir: "auto", lang: tagOf(row), "data-script": row.script }, ...nodes),
    more > 0 ? make("div", { class: "label" }, `… ${number(more)} more`) : "");
}

function textsOf(row, marks) {
  if (!row.inputs && !row.targets) return make("div", { class: "label" }, "it has no texts");
  return make("div", { class: "texts" }, textOf(row, "inputs", "prompt", marks), textOf(row, "targets", "completion", marks));
}

function whyOf(row) {
  if (!row.drop) return "";
  const told = evidenceOf(row);
  const value = (item) => (typeof item === "string" ? item : JSON.stringify(item));
  const pairs = told ? Object.entries(told).flatMap(([name, item]) => [make("dt", {}, name),
    make("dd", {}, name === "kept" ? inside({ row: item }, make("code", {}, item)) : make("bdi", {}, visible(value(item))))]) : [];
  return make("div", { class: "why" }, make("b", {}, "left: "), visible(row.drop), told ? make("dl", { class: "facts" }, pairs) : row.evidence ? make("div", {}, make("bdi", {}, visible(row.evidence))) : "");
}

function headOf(row) {
  const from = [row.source, row.template_id, row.origin, row.license].filter(Boolean).map(visible).join(" · ");
  return make("h4", {}, languageOf(row).name, " ", make("small", {}, `${from} · `, inside({ row: row.id }, make("code", {}, row.id))));
}

function scoresOf(row) {
  const found = about.scores.filter((name) => row[name] !== null && row[name] !== undefined);
  return found.length ? make("div", { class: "label" }, found.map((name) => `${name} ${Number(row[name].toPrecision(4))}`).join(" · ")) : "";
}

function drawList(answer) {
  const page = Number(asked().get("page") ?? 1);
  const size = Number(asked().get("size") ?? 25);
  const target = document.getElementById("rows");
  const last = Math.max(1, Math.ceil(answer.found / size));
  const turn = (to, text, enabled) => make("button", { type: "button", disabled: !enabled, click: () => { go({ page: String(to) }); target.focus(); scrollTo(0, 0); } }, text);
  const save = (form) => make("a", { href: `api/download.${form}?${filters()}`, download: `rows.${form}` }, form === "csv" ? "CSV" : "JSON Lines");
  const line = () => make("div", { class: "bar-line" }, turn(page - 1, "‹ before", page > 1),
    make("span", {}, `page ${number(page)} of ${number(last)}${answer.done ? "" : " or more"}`), turn(page + 1, "next ›", page < last),
    make("span", {}, "save: ", save("jsonl"), " · ", save("csv")));
  const none = answer.done ? "No row is like that." : asked().get("sort") ? "Looking for the best of all rows …" : "Looking …";
  const rows = answer.rows.map((row) => make("article", { class: "row" }, headOf(row), textsOf(row, row.marks), scoresOf(row), whyOf(row)));
  target.replaceChildren(line(), ...(rows.length ? rows : [make("p", { id: answer.done ? null : "looking" }, none)]), rows.length > 3 ? line() : "");
}

function drawStatus(answer) {
  const share = answer.of ? Math.floor((100 * answer.read) / answer.of) : 100;
  document.getElementById("status").textContent = answer.done ? `${number(answer.found)} of ${number(answer.of)} rows`
    : `${number(answer.found)} rows so far, ${share}% of ${number(answer.of)} read`;
}
