"use strict";
// Draws two versions beside one another.

const data = JSON.parse(document.getElementById("data").textContent);
let language = "";

const nameOf = (code) => data.languages[code]?.name ?? (code === "und" ? "no known language" : code);
const chosen = (code) => !language || code === language;
const kindOf = (before, after) => (before === "kept" || after === "kept" ? (before === after ? "stayed" : before === "kept" ? "lost" : "gained") : "elsewhere");
const moves = () => data.moves.filter(([code, , before, after]) => chosen(code) && before !== after);

/** Sums of the last number of rows by a text. */
function sums(rows, key) {
  const found = new Map();
  for (const row of rows) found.set(key(row), (found.get(key(row)) ?? 0) + row.at(-1));
  return [...found].sort((one, other) => other[1] - one[1]);
}

function sideOf(row, title, kept) {
  if (!row) return make("div", { class: "without" }, make("h5", {}, title), make("div", { class: "label" }, "is not in this version"));
  const tag = data.languages[row.language]?.bcp47 ?? "und";
  const text = (field, label) => make("div", {}, make("div", { class: "label" }, `${label}, ${number(row[`num_${field}`] ?? 0)} characters`),
    make("p", { class: "text", dir: "auto", lang: tag.includes("-") || !row.script ? tag : `${tag}-${row.script}`, "data-script": row.script }, visible(row[field] ?? "")));
  return make("div", { class: kept ? null : "without" }, make("h5", {}, title), text("inputs", "prompt"), text("targets", "completion"),
    row.drop ? make("div", { class: "evidence" }, visible(row.drop), " ", make("bdi", {}, visible(row.evidence ?? ""))) : "");
}

function sampleOf(item) {
  const [before, after] = item.rows;
  const row = before ?? after;
  const same = before && after && before.inputs === after.inputs && before.targets === after.targets;
  const sides = same ? [sideOf(after, `in both: ${item.before} before, ${item.after} after`, item.after === "kept")]
    : [sideOf(before, `before: ${item.before}`, item.before === "kept"), sideOf(after, `after: ${item.after}`, item.after === "kept")];
  return make("article", { class: "row" }, make("h4", {}, nameOf(item.language), " ",
    make("small", {}, [row?.source, row?.template_id].filter(Boolean).map(visible).join(" · "), " · ", make("code", {}, item.id))),
    make("div", { class: "sides" }, sides));
}

function opening(summary, content) {
  const body = make("div", { class: "opened" });
  const details = make("details", { class: "reason", toggle: () => { if (details.open && !body.hasChildNodes()) body.append(...content()); } }, make("summary", {}, summary), body);
  return details;
}

function drawKind(kind, title) {
  const rows = moves().filter(([, , before, after]) => kindOf(before, after) === kind);
  const key = ([, , before, after]) => JSON.stringify([before, after]);
  const groups = sums(rows, key);
  const most = groups.length ? groups[0][1] : 1;
  fill(kind, groups.length ? groups.map(([pair, num]) => {
    const [before, after] = JSON.parse(pair);
    const content = () => {
      const of = rows.filter((row) => key(row) === pair);
      const list = (at) => sums(of, (row) => (at ? row[1] : nameOf(row[0]))).slice(0, 8).map(([name, count]) => `${name} ${number(count)}`).join(", ");
      const shown = data.samples.filter((item) => item.kind === kind && item.before === before && item.after === after && chosen(item.language)).slice(0, 20);
      return [make("p", { class: "hint" }, `Languages: ${list(0)}. Sources: ${list(1)}.`), ...shown.map(sampleOf)];
    };
    return opening(weighed(num, num / most, kind === "gained" ? "kept" : "gone", title(before, after)), content);
  }) : make("p", {}, "None."));
}

function drawChanged() {
  const places = data.changed.filter(([code]) => chosen(code));
  if (!places.length) { fill("changed", make("p", {}, "None.")); return; }
  const columns = table([{ name: "column", of: (row) => row[0] }, { name: "rows, all languages", of: (row) => number(row[1]), number: true }], Object.entries(data.changed_columns), { caption: "Columns that differ", wide: false });
  fill("changed", columns, opening([make("b", {}, number(sums(places, () => "")[0][1])), " rows"], () =>
    data.samples.filter((item) => item.kind === "changed" && chosen(item.language)).slice(0, 20).map(sampleOf)));
}

function drawSummary() {
  const rows = data.moves.filter(([code]) => chosen(code));
  const count = (test) => rows.filter(([, , before, after]) => test(before, after)).reduce((sum, row) => sum + row[4], 0);
  const changed = data.changed.filter(([code]) => chosen(code)).reduce((sum, row) => sum + row[2], 0);
  const figures = [["kept before", count((before) => before === "kept")], ["gained", count((b, a) => kindOf(b, a) === "gained")], ["lost", count((b, a) => kindOf(b, a) === "lost")],
    ["kept after", count((_, after) => after === "kept")], ["changed", changed]];
  fill("summary", make("dl", { class: "figures" }, figures.map(([name, num]) => make("div", {}, make("dt", {}, name), make("dd", {}, number(num))))),
    ["before", "after"].map((side) => (data[side].complete ? "" : make("p", { class: "warn" }, `${data[side].name} is not complete: parts of its input could not be read.`))),
    data.before.sample === data.after.sample ? "" : make("p", { class: "warn" }, "One of them is a sample, or they are samples of different size: most differences come from that."));
  document.getElementById("status").textContent = `${language ? nameOf(language) : "All languages"}: ${number(figures[1][1])} gained, ${number(figures[2][1])} lost, ${number(changed)} changed`;
}

function drawRecipe() {
  const cell = (value) => (value === null ? "–" : visible(value));
  const extra = [["columns that are new", data.new_columns], ["columns that are gone", data.gone_columns]].filter(([, names]) => names.length);
  fill("recipe", data.recipe.length ? table([{ name: "setting", of: (row) => visible(row.place) }, { name: "before", of: (row) => cell(row.before) }, { name: "after", of: (row) => cell(row.after) }], data.recipe, { caption: "Settings that differ" })
    : make("p", {}, "The recipes are the same."), extra.map(([title, names]) => make("p", {}, `${title}: ${names.join(", ")}`)));
}

function drawPlaces() {
  const places = new Map();
  for (const [code, source, before, after, num] of data.moves) {
    if (!chosen(code)) continue;
    const key = JSON.stringify([code, source]);
    const row = places.get(key) ?? { code, source, before: 0, gained: 0, lost: 0, after: 0 };
    if (before === "kept") row.before += num;
    if (after === "kept") row.after += num;
    const kind = kindOf(before, after);
    if (kind in row) row[kind] += num;
    places.set(key, row);
  }
  const rows = [...places.values()].filter((row) => row.gained || row.lost).sort((one, other) => other.gained + other.lost - one.gained - one.lost).slice(0, 200);
  const column = (name) => ({ name, of: (row) => number(row[name]), number: true });
  fill("places", rows.length ? table([{ name: "language", of: (row) => nameOf(row.code) }, { name: "source", of: (row) => row.source }, ...["before", "gained", "lost", "after"].map(column)], rows, { caption: "Kept rows, where they differ" }) : make("p", {}, "No language of no source gained or lost a row."));
}

function drawMixture() {
  const rows = data.mixture.filter(([code, , before, after]) => chosen(code) && before !== after).sort((one, other) => Math.abs(other[3] - other[2]) - Math.abs(one[3] - one[2])).slice(0, 200);
  const totals = [2, 3].map((at) => data.mixture.reduce((sum, row) => sum + row[at], 0));
  const draws = (at) => ({ name: at === 2 ? "draws before" : "after", of: (row) => `${number(row[at])} (${percent(row[at], totals[at - 2])})`, number: true });
  fill("mixture", !data.mixture.length ? make("p", {}, "Neither has a mixture.") : rows.length ? table([{ name: "language", of: (row) => nameOf(row[0]) }, { name: "source", of: (row) => row[1] }, draws(2), draws(3)], rows, { caption: "Draws that differ" }) : make("p", {}, "All draws are the same."));
}

function draw() {
  drawSummary();
  drawRecipe();
  const was = (name) => (name === "absent" ? "no candidate" : name);
  drawKind("gained", (before) => (before === "absent" ? "new candidates" : `dropped before: ${before}`));
  drawKind("lost", (_, after) => (after === "absent" ? "no candidates any more" : after));
  drawKind("elsewhere", (before, after) => `${was(before)} → ${was(after)}`);
  drawChanged();
  drawPlaces();
  drawMixture();
}

const select = document.getElementById("language");
const differing = [...new Set([...data.moves.filter(([, , before, after]) => before !== after), ...data.changed].map((row) => row[0]))];
select.append(make("option", { value: "" }, "All languages"), ...differing.sort((one, other) => nameOf(one).localeCompare(nameOf(other))).map((code) => make("option", { value: code }, nameOf(code))));
select.addEventListener("change", () => { language = select.value; draw(); });
draw();
