"use strict";
// The way of a row, drawn: source, template, the rows it was made from, the row itself, what became of it.
// The boxes are HTML, so that texts have their own direction and fonts, and links work by keys; SVG joins them.

const MADE = { human: "edited by people", template: "made by a template", translation: "translated", synthetic: "generated" };
const FIRST = { human: "written by people", template: "made by a template", translation: "a translation", synthetic: "generated" };

/** Pixels of a step, with the line to it; where there is less room the way goes down the page. */
const NARROWEST = 120;

let pathWatcher = new ResizeObserver(() => {});

/** The boxes: {at: steps from the source, lane: 0 is the way itself, from: the box before, ...what is written in it}. */
function boxesOf({ row, ancestors, because, children, copies }) {
  const oldest = ancestors.at(-1) ?? row;
  const boxes = [{ kind: "source", title: oldest.source ?? row.source, from: -1 }];
  const template = oldest.missing ? null : oldest.template_id;
  if (template) boxes.push({ kind: "template", title: template, from: 0 });
  for (const one of [...ancestors].reverse()) boxes.push(rowBox(one, one === oldest, boxes.length - 1));
  boxes.push({ ...rowBox(row, !ancestors.length, boxes.length - 1), self: true });
  boxes.forEach((box, at) => Object.assign(box, { at, lane: 0 }));
  const self = boxes.length - 1;
  boxes.push({ kind: row.drop ? "left" : "kept", title: row.drop ? row.drop.replace(/^[^:]*: /, "") : "it is in this version", gone: Boolean(row.drop), from: self, at: self + 1, lane: 0 });
  if (because) boxes.push({ ...rowBox(because, false, boxes.length - 1), kind: "for this row", at: self + 2, lane: 0, dashed: true });
  if (children.num) boxes.push({ kind: "made from it", title: rowsIn(children.num), from: self, at: self + 1, lane: 1 });
  if (copies.num) boxes.push({ kind: "left because of it", title: rowsIn(copies.num), gone: true, dashed: true, from: self, at: self + 1, lane: children.num ? 2 : 1 });
  return boxes;
}

const rowsIn = (num) => `${number(num)} ${num === 1 ? "row" : "rows"}`;

function rowBox(row, first, from) {
  if (row.missing) return { kind: "not in this version", title: row.id, from, gone: true };
  const by = ["model", "annotator"].map((name) => Object.fromEntries(provenanceOf(row))[name]).find((value) => typeof value === "string");
  const kind = (first ? FIRST : MADE)[row.origin] ?? (first ? "first row" : "made from it");
  return { kind, title: languageOf(row).name, row, by, from, gone: Boolean(row.drop) };
}

function boxElement(box) {
  const text = (box.row?.inputs || box.row?.targets || "").slice(0, 90).replace(/\s+/g, " ");
  const inner = [make("span", { class: "kind" }, box.kind), make("b", { dir: "auto" }, visible(box.title ?? "")),
    text ? make("bdi", { lang: tagOf(box.row), "data-script": box.row.script }, visible(text)) : "", box.by ? make("small", {}, visible(box.by)) : ""];
  const given = { class: `box${box.gone ? " gone" : ""}${box.self ? " self" : ""}`, "--at": box.at + 1, "--lane": box.lane + 1 };
  if (!box.row || box.self) return make("li", { ...given, "aria-current": box.self ? "true" : null }, inner);
  return make("li", given, inside({ row: box.row.id }, inner));
}

function drawPath(story) {
  const boxes = boxesOf(story);
  const items = boxes.map(boxElement);
  const lines = drawn("svg", { "aria-hidden": "true" });
  const list = make("ol", { "aria-label": "The way of this row" }, items);
  const figure = make("figure", { class: "path" }, lines, list);
  pathWatcher.disconnect();
  pathWatcher = new ResizeObserver(() => {
    const down = figure.clientWidth < NARROWEST * Math.max(...boxes.map((box) => box.at + 1));
    figure.classList.toggle("down", down);
    join(lines, list, boxes, items, !down);
  });
  pathWatcher.observe(list);
  return figure;
}

function drawn(tag, given) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
  return element;
}

/** Draw the lines between the boxes, where these have come to lie. */
function join(lines, list, boxes, items, across) {
  const origin = list.getBoundingClientRect();
  const placed = items.map((item) => item.getBoundingClientRect());
  lines.setAttribute("width", list.offsetWidth);
  lines.setAttribute("height", list.offsetHeight);
  lines.replaceChildren(...boxes.flatMap((box, at) => {
    if (box.from < 0) return [];
    const [one, other] = [placed[box.from], placed[at]];
    const x = [across ? one.right : one.left + one.width / 2, across ? other.left - 5 : other.left + other.width / 2].map((value) => value - origin.left);
    const y = [across ? one.top + one.height / 2 : one.bottom, across ? other.top + other.height / 2 : other.top - 5].map((value) => value - origin.top);
    const middle = across ? (x[0] + x[1]) / 2 : (y[0] + y[1]) / 2;
    const way = across ? `M${x[0]},${y[0]}C${middle},${y[0]} ${middle},${y[1]} ${x[1]},${y[1]}` : `M${x[0]},${y[0]}C${x[0]},${middle} ${x[1]},${middle} ${x[1]},${y[1]}`;
    const head = across ? `M${x[1] - 3},${y[1] - 5}l8,5l-8,5z` : `M${x[1] - 5},${y[1] - 3}l5,8l5,-8z`;
    const gone = box.gone && !box.row ? " gone" : "";
    return [drawn("path", { d: way, class: `line${box.dashed ? " dashed" : ""}${gone}` }), drawn("path", { d: head, class: `head${gone}` })];
  }));
}
