"use strict";
// Rows to look at: of every reason, and of the largest groups of duplicates.

const MOST_ROWS = 20;

/** The language of a row as browsers know it, with its script. */
function tagOf({ language, script }) {
  const tag = data.languages[language].bcp47;
  return tag.includes("-") || !script ? tag : `${tag}-${script}`;
}

/** A text of a row, in its own direction, with fonts of its script. */
function textOf(row, field, label) {
  const more = row[`num_${field}`] - [...row[field]].length;
  return make("div", {}, make("div", { class: "label" }, `${label}, ${number(row[`num_${field}`])} characters`),
    make("p", { class: "text", dir: "auto", lang: tagOf(row), "data-script": row.script }, visible(row[field])),
    more > 0 ? make("div", { class: "label" }, `… ${number(more)} more`) : "");
}

/** Evidence as names and values where it is JSON, else as it is. */
function evidenceOf(row) {
  if (!row.evidence) return "";
  let pairs = null;
  try { pairs = Object.entries(JSON.parse(row.evidence)); } catch { pairs = null; }
  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const content = pairs ? pairs.map(([name, value], at) => [at ? "; " : "", `${name}: `, make("bdi", {}, visible(text(value)))]).flat()
    : [make("bdi", {}, visible(row.evidence))];
  return make("div", { class: "evidence" }, ...content);
}

function rowOf(row, heading = null) {
  const language = data.languages[row.language];
  const from = [data.sources[row.source].name, row.template].filter(Boolean).join(" · ");
  const texts = row.inputs || row.targets ? make("div", { class: "texts" }, textOf(row, "inputs", "prompt"), textOf(row, "targets", "completion"))
    : make("div", { class: "label" }, "it has no texts");
  return make("article", { class: "row" },
    make("h4", {}, heading ? `${heading}: ` : "", language.name, " ", make("small", {}, `${from} · `, make("code", {}, row.id))),
    texts, evidenceOf(row));
}

/** A part that makes its content when it is first opened. */
function opening(kind, summary, content) {
  const body = make("div", { class: "opened" });
  const details = make("details", { class: kind, toggle: () => { if (details.open && !body.hasChildNodes()) body.append(...content()); } },
    make("summary", {}, summary), body);
  return details;
}

function drawReasons() {
  const found = reasons().filter((item) => item.rows).sort((one, other) => other.rows - one.rows);
  const most = found.length ? found[0].rows : 1;
  fill("reasons", found.length ? found.map((item) => reasonOf(item, most)) : make("p", {}, "No row left."));
}

function reasonOf(item, most) {
  const share = percent(item.rows, ofLanguage(item.stage.rows_in));
  return opening("reason", weighed(item.rows, item.rows / most, "gone", `${item.reason} (${share} of its stage)`), () => samplesOf(item));
}

function samplesOf(item) {
  const rows = data.samples.filter((row) => data.reasons[row.reason] === item.reason && chosen(row.language)).slice(0, MOST_ROWS);
  const language = state.language === null ? "" : ` --language ${data.languages[state.language].code}`;
  const command = make("p", { class: "hint" }, rows.length ? "More: " : "The page holds no row of this; see them with ",
    make("code", {}, `aya show STORE --reason "${item.reason}"${language}`));
  const counts = [...sums(item.cells, 0)].sort((one, other) => other[1] - one[1]).slice(0, 8);
  const where = state.language === null ? make("p", { class: "hint" }, "Most in ",
    ...counts.flatMap(([at, num], place) => [place ? ", " : "", languageButton(at), ` ${number(num)}`]), ".") : "";
  return [where, ...rows.map((row) => rowOf(row)), command].filter(Boolean);
}

function drawClusters() {
  const found = data.clusters.filter((item) => chosen(item.language)).slice(0, MOST_ROWS);
  fill("clusters", found.length ? found.map(clusterOf) : make("p", {}, "No row left because it is a copy of another."));
}

function clusterOf(item) {
  const from = item.kept ? data.sources[item.kept.source].name : "";
  const copies = `${item.copies === 1 ? "1 copy" : `${number(item.copies)} copies`}`;
  const beginning = visible([...(item.kept?.inputs ?? "")].slice(0, 300).join("")).replace(/\s+/g, " ");
  const summary = [make("b", {}, copies), ` · ${data.languages[item.language].name} · ${from} · ${data.reasons[item.reason]} `,
    make("bdi", { class: "beginning", lang: item.kept && tagOf(item.kept), "data-script": item.kept?.script }, beginning)];
  return opening("cluster", summary, () => [item.kept ? rowOf(item.kept, "stayed") : make("p", {}, "The row that stayed is not in this version."),
    ...item.members.map((row) => rowOf(row, "left"))]);
}
