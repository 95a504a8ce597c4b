"use strict";
// What the page knows, and what it shows: everything is drawn from `data` for the chosen language.

const data = JSON.parse(document.getElementById("data").textContent);
const state = { language: null, measure: "kept" };

/** Rows that a flat list `language, source, rows, ...` counts for the chosen language, or all. */
function total(cells) {
  let sum = 0;
  for (let at = 0; at < cells.length; at += 3) if (chosen(cells[at])) sum += cells[at + 2];
  return sum;
}

/** Sums of a flat list by language (`part` 0) or source (1), for the chosen language. */
function sums(cells, part) {
  const found = new Map();
  for (let at = 0; at < cells.length; at += 3) {
    if (chosen(cells[at])) found.set(cells[at + part], (found.get(cells[at + part]) ?? 0) + cells[at + 2]);
  }
  return found;
}

function chosen(language) {
  return state.language === null || state.language === language;
}

/** A list with a number for each language, summed for the chosen one. */
function ofLanguage(numbers) {
  return state.language === null ? d3.sum(numbers) : numbers[state.language];
}

/** Groups of the mixture of the chosen language, as objects. */
function groups() {
  const names = ["language", "source", "size", "quota", "asked", "natural", "capped"];
  const rows = data.mixture ? data.mixture.groups : [];
  return rows.filter((row) => chosen(row[0])).map((row) => Object.fromEntries(row.map((value, at) => [names[at], value])));
}

/** Every reason with its stage and its rows for the chosen language. */
function reasons() {
  return data.stages.flatMap((stage) => stage.dropped.map(({ reason, cells }) => ({ stage, reason, cells, rows: total(cells) })));
}
