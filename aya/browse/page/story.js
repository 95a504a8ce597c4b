"use strict";
// One row: where it comes from, what was made of it, why it left; drawn, and told from top to bottom.

function facts(pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return make("dl", { class: "facts" }, given.flatMap(([name, value]) => [make("dt", {}, name),
    make("dd", {}, value instanceof Node ? value : make("bdi", {}, visible(typeof value === "string" ? value : JSON.stringify(value))))]));
}

function provenanceOf(row) {
  try { return Object.entries(JSON.parse(row.provenance)); } catch { return []; }
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function step(kind, title, ...content) {
  return make("li", { class: kind }, make("h3", {}, title), ...content);
}

/** A row in the chain; `marks` are places that the search found. */
function rowStep(row, kind, title, marks) {
  if (row.missing) return step(kind, title, make("p", { class: "hint" }, "It is not in this version: ", make("code", {}, row.id)));
  row.inputs ??= "";
  row.targets ??= "";
  return step(kind, title, headOf(row), textsOf(row, marks), scoresOf(row),
    make("details", {}, make("summary", {}, "Provenance and columns"), facts([...provenanceOf(row),
      ...Object.entries(row).filter(([name, value]) => value !== null && !["inputs", "targets", "provenance", "evidence"].includes(name))])));
}

function family(title, found) {
  if (!found.num) return "";
  const more = found.num > found.rows.length ? make("p", { class: "hint" }, `and ${number(found.num - found.rows.length)} more`) : "";
  return step("", `${title}: ${number(found.num)}`, make("ul", { class: "family" }, found.rows.map((row) => make("li", {},
    inside({ row: row.id }, make("code", {}, row.id)), ` ${languageOf(row).name} `,
    make("bdi", { lang: tagOf(row), "data-script": row.script }, visible((row.inputs || row.targets || "").slice(0, 120).replace(/\s+/g, " ")))))), more);
}

function drawStory(story) {
  const { row, ancestors } = story;
  const oldest = ancestors.length ? ancestors.at(-1) : row;
  const about_ = story.about ?? {};
  const steps = [
    step("", `Source: ${visible(oldest.source ?? row.source)}`, facts([["revision", about_.revision], ["licence", oldest.license ?? row.license],
      ["cite", about_.citation], ["at", about_.url ? link(about_.url, visible(about_.url)) : null]])),
    oldest.template_id ? step("", `Template: ${visible(oldest.template_id)}`) : "",
    ...[...ancestors].reverse().map((one, at) => rowStep(one, one.drop ? "left" : "", at || one.missing ? capital(MADE[one.origin] ?? "made from it") : "First row")),
    rowStep(row, row.drop ? "this left" : "this", ancestors.length ? `${capital(MADE[row.origin] ?? "made from it")}: this row` : "This row", story.marks),
    row.drop ? step("left", "It left", whyOf(row)) : step("", "It stayed", make("p", { class: "hint" }, `after ${story.stages.join(", ")}`)),
    story.because ? rowStep(story.because, "", "Because of this row, which stayed then") : "",
    family("Made from it", story.children),
    family("Left because of it", story.copies),
  ];
  document.getElementById("story").replaceChildren(
    make("div", { class: "bar-line" }, inside({ row: null }, "‹ back to the rows"), make("a", { href: location.href }, "link to this row")),
    drawPath(story), make("ol", { class: "chain" }, steps.filter(Boolean)));
}
