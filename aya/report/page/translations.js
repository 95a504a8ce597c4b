"use strict";
// Translations by how far out their scores are, and the worst ones beside their source texts.

function drawTranslations() {
  if (!data.translations) return;
  const { edges, bins } = data.translations;
  const names = edges.map((edge, at) => (at + 1 < edges.length ? `${edge} to ${edges[at + 1]}` : `${edge} and more`));
  const languages = Object.entries(bins).map(([at, counts]) => ({ at: Number(at), counts, sum: d3.sum(counts) }))
    .filter(({ at }) => chosen(at)).sort((one, other) => other.counts.at(-1) / other.sum - one.counts.at(-1) / one.sum);
  const columns = [{ name: "language", of: ({ at }) => languageButton(at) }, { name: "translations", number: true, of: ({ sum }) => number(sum) },
    ...names.map((name, at) => ({ name, number: true, of: ({ counts, sum }) => percent(counts[at], sum) }))];
  const rows = data.translations.rows.filter((row) => chosen(row.language)).slice(0, MOST_ROWS);
  fill("translations", languages.length ? table(columns, languages, { caption: "Spreads worse than usual in the language, shares of its translations" })
    : make("p", {}, "No translation of this language has a score."), rows.map(translationOf));
}

function translationOf(row) {
  const scores = Object.entries(row.scores).map(([name, value]) => `${name} ${value}`).join("; ");
  return make("article", { class: "row" },
    make("h4", {}, data.languages[row.language].name, " ", make("small", {}, `${data.sources[row.source].name} · `, make("code", {}, row.id), row.drop ? ` · left: ${row.drop}` : " · kept")),
    make("div", { class: "texts" }, sideOf(row, "source_inputs", "prompt, source"), textOf(row, "inputs", "prompt, translation")),
    row.source_targets || row.targets
      ? make("div", { class: "texts" }, sideOf(row, "source_targets", "completion, source"), textOf(row, "targets", "completion, translation")) : "",
    make("div", { class: "evidence" }, scores));
}

/** A source text: of which language it is nobody says, so it has its own direction and no language. */
function sideOf(row, field, label) {
  const more = row[`num_${field}`] - [...row[field]].length;
  return make("div", {}, make("div", { class: "label" }, `${label}, ${number(row[`num_${field}`])} characters`),
    make("p", { class: "text", dir: "auto", lang: "" }, visible(row[field])), more > 0 ? make("div", { class: "label" }, `… ${number(more)} more`) : "");
}
