"use strict";
// Sections that are tables: summary, heat map, mixture, sources and licences, time.

function drawSummary() {
  const [came, stayed] = [total(data.candidates), total(data.kept)];
  const draws = d3.sum(groups(), (row) => row.quota);
  const figures = [["Candidates", number(came), ""], ["Kept", number(stayed), percent(stayed, came)],
    ["Dropped", number(came - stayed), percent(came - stayed, came)]];
  if (state.language === null) figures.push(["Languages", number(sums(data.kept, 0).size), "with kept rows"]);
  figures.push(["Sources", number(sums(data.kept, 1).size), "with kept rows"]);
  if (data.mixture) figures.push(["Draws", number(draws), `${percent(draws, data.mixture.total)} of the mixture`]);
  const list = figures.map(([name, value, more]) => make("div", {}, make("dt", {}, name), make("dd", {}, value, make("small", {}, more))));
  fill("summary", warnings(), make("dl", { class: "figures" }, list));
}

function warnings() {
  const found = data.quarantined.map((item) => `Left out: ${item.source} ${item.part}: ${item.message}`);
  if (!data.complete) found.unshift("This version is not complete: parts of the input could not be read.");
  if (data.sample) found.unshift(`This is a sample: about ${number(data.sample)} items of each source were read, not all.`);
  return found.map((text) => make("p", { class: "warn" }, text));
}

const MEASURES = { kept: "rows kept", candidates: "candidates", gone: "share dropped", draws: "draws of the mixture" };

function drawHeat() {
  const choices = Object.entries(MEASURES).filter(([name]) => name !== "draws" || data.mixture).map(([name, text]) => make("label", {},
    make("input", { type: "radio", name: "measure", value: name, checked: state.measure === name, change: () => remeasure(name) }), ` ${text}`));
  const fieldset = make("fieldset", { class: "choice" }, make("legend", {}, "Show"), choices);
  fill("heat", fieldset, heatTable());
}

function remeasure(name) {
  state.measure = name;
  drawHeat();
  document.querySelector(`#heat input[value="${name}"]`).focus();
}

/** Amounts by language, then by source. */
function matrix(cells) {
  const rows = new Map();
  for (let at = 0; at < cells.length; at += 3) {
    if (!chosen(cells[at])) continue;
    if (!rows.has(cells[at])) rows.set(cells[at], new Map());
    rows.get(cells[at]).set(cells[at + 1], cells[at + 2]);
  }
  return rows;
}

function heatTable() {
  const [came, stayed] = [matrix(data.candidates), matrix(data.kept)];
  const draws = matrix(groups().flatMap((row) => [row.language, row.source, row.quota]));
  const amount = (rows, language, source) => rows.get(language)?.get(source) ?? 0;
  const value = (language, source) => {
    if (!amount(came, language, source)) return null;
    if (state.measure === "gone") return 1 - amount(stayed, language, source) / amount(came, language, source);
    return amount({ kept: stayed, candidates: came, draws }[state.measure], language, source);
  };
  const sums = (language) => d3.sum((state.measure === "candidates" ? came : stayed).get(language)?.values() ?? []);
  const order = d3.sort(came.keys(), (language) => -sums(language), (language) => language);
  const most = state.measure === "gone" ? 1 : d3.max(order, (language) => d3.max(came.get(language).keys(), (source) => value(language, source))) || 1;
  const heat = (shown) => (state.measure === "gone" ? shown : Math.log1p(shown) / Math.log1p(most));
  const cell = (language, source) => {
    const shown = value(language, source);
    if (shown === null) return make("td", { class: "number" }, make("span", { "aria-label": "none" }, "·"));
    return make("td", { class: "number", "--heat": heat(shown).toFixed(3) }, state.measure === "gone" ? percent(shown, 1) : number(shown));
  };
  const head = ["Language", ...data.sources.map((source) => source.name)].map((name, at) => make("th", { scope: "col", class: at ? "number" : null }, name));
  const rows = order.map((language) => make("tr", {}, make("th", { scope: "row" }, languageButton(language)),
    data.sources.map((_, source) => cell(language, source))));
  const caption = make("caption", {}, `${MEASURES[state.measure]}, by language and source`);
  const made = make("table", { class: `heat ${state.measure}` }, caption, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows));
  return scrolling(made, "Languages and sources", true);
}

function amounts(rows, name) {
  const [size, quota, asked, natural] = ["size", "quota", "asked", "natural"].map((key) => d3.sum(rows, (row) => row[key]));
  return { name, size, quota, asked, natural, drawn: quota / (data.mixture.total || 1), groups: rows.length, capped: d3.sum(rows, (row) => row.capped) };
}

function drawMixture() {
  if (!data.mixture) return fill("mixture", make("p", {}, "The recipe has no mixture."));
  const of = (key, name) => d3.sort([...d3.group(groups(), (row) => row[key])].map(([at, rows]) => ({ at, ...amounts(rows, name(at)) })), (row) => -row.drawn);
  const bySource = of("source", (at) => data.sources[at].name);
  const byLanguage = of("language", (at) => data.languages[at].name);
  const columns = [{ name: "rows", number: true, of: (row) => number(row.size) },
    { name: "natural share", number: true, of: (row) => percent(row.natural, 1) }, { name: "asked", number: true, of: (row) => percent(row.asked, 1) },
    { name: "drawn", number: true, of: (row) => percent(row.drawn, 1) }, { name: "draws", number: true, of: (row) => number(row.quota) },
    { name: "epochs", number: true, of: (row) => (row.size ? (row.quota / row.size).toFixed(2) : "–") },
    { name: "held back by max_epochs", of: (row) => (row.capped ? `${row.capped} of ${row.groups}` : "") }];
  const chart = make("figure", {}, legend([["natural", "natural share of the rows"], ["drawn", "share of the draws"]]), shareDots(bySource, widthOf("mixture")));
  const languages = make("details", { class: "more" }, make("summary", {}, `By language (${byLanguage.length})`),
    table([{ name: "language", of: (row) => languageButton(row.at) }, ...columns], byLanguage, { caption: "Mixture by language" }));
  fill("mixture", data.mixture.notes.map((note) => make("p", { class: "warn" }, note)), chart,
    table([{ name: "source", of: (row) => row.name }, ...columns], bySource, { caption: "Mixture by source" }), languages);
}

function drawContamination() {
  if (!data.contamination) return fill("contamination", make("p", {}, "No stage of this build looked for evaluation sets."));
  const rows = data.contamination.map((item) => ({ ...item, stayed: total(item.kept), left: total(item.dropped) }));
  const columns = [{ name: "evaluation set", of: (row) => row.set },
    { name: "items found, in all languages", number: true, of: (row) => number(row.items) },
    { name: "kept rows that hold some", number: true, of: (row) => number(row.stayed) },
    { name: "dropped rows that hold some", number: true, of: (row) => number(row.left) }];
  fill("contamination", rows.length ? table(columns, rows, { caption: "Evaluation sets found" }) : make("p", {}, "No item of an evaluation set was found."));
}

function drawLicences() {
  const [came, stayed] = [sums(data.candidates, 1), sums(data.kept, 1)];
  const rows = data.sources.map((source, at) => ({ ...source, came: came.get(at) ?? 0, stayed: stayed.get(at) ?? 0 })).filter((row) => row.came);
  const columns = [{ name: "source", of: (row) => (row.url ? link(row.url, row.name) : row.name) }, { name: "licence", of: (row) => make("span", { class: "licence" }, row.license ?? "–") },
    { name: "revision", of: (row) => make("span", { class: "revision" }, row.revision ?? "–") }, { name: "origin", of: (row) => row.origin ?? "–" },
    ...(rows.some((row) => row.not_taken) ? [{ name: "not taken (only)", number: true, of: (row) => number(row.not_taken) }] : []),
    { name: "candidates", number: true, of: (row) => number(row.came) }, { name: "kept", number: true, of: (row) => number(row.stayed) },
    { name: "citation", of: (row) => make("span", { class: "citation" }, row.citation ?? "") }];
  const licences = data.licenses.map((item) => ({ name: item.license || "no licence", rows: total(item.cells), sources: [...sums(item.cells, 1).keys()] }))
    .filter((item) => item.rows).sort((one, other) => other.rows - one.rows);
  const all = d3.sum(licences, (item) => item.rows);
  const ofRows = [{ name: "licence of the row", of: (item) => item.name }, { name: "kept rows", number: true, of: (item) => number(item.rows) },
    { name: "share", number: true, of: (item) => percent(item.rows, all) }, { name: "from", of: (item) => item.sources.map((at) => data.sources[at].name).join(", ") }];
  fill("licences", table(columns, rows, { caption: "What the recipe says of each source" }), table(ofRows, licences, { caption: "What the kept rows say" }));
}

function drawTime() {
  if (!data.time) return fill("time", make("p", {}, "No record of the build lies beside this version."));
  const note = state.language === null ? null : make("p", { class: "hint" }, "Time is that of all languages.");
  const rows = data.time.stages.map((stage, at) => ({ ...stage, rows: d3.sum(data.stages[at].rows_in) }));
  const most = d3.max(rows, (row) => row.seconds) || 1;
  const ofStages = [{ name: "stage", of: (row) => row.stage }, { name: "rows in", number: true, of: (row) => number(row.rows) },
    { name: "time", number: true, of: (row) => seconds(row.seconds) }, { name: "share of the longest", of: (row) => bar(row.seconds / most) },
    { name: "rows per second", number: true, of: (row) => (row.seconds ? number(Math.round(row.rows / row.seconds)) : "–") }];
  const ofPasses = [{ name: "pass", of: (row) => row.name }, { name: "tasks", number: true, of: (row) => number(row.tasks) },
    { name: "time of the tasks", number: true, of: (row) => seconds(row.seconds) },
    { name: "time on the clock", number: true, of: (row) => seconds(row.wall) }, { name: "written", number: true, of: (row) => bytes(row.bytes) }];
  fill("time", note, table(ofStages, rows, { caption: "Time inside each stage" }),
    table(ofPasses, data.time.passes, { caption: "Passes of the last build; work that was done before took no time on its clock" }));
}
