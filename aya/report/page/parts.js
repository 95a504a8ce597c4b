"use strict";
// Pieces that the sections are made of. Texts enter the page as text nodes alone, never as markup.

/** An element; `given` holds attributes, functions as listeners, and `--names` as custom properties. */
function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Lines of a table that stand on the page; a longer one scrolls. */
const MOST_LINES = 60;

/** A table; a column is {name, of: row -> text, number?, value: row -> node?, span?}; the first one names the row. */
function table(columns, rows, { caption, name = "", wide = true } = {}) {
  const head = make("tr", {}, columns.map((column) => make("th", { scope: "col", class: column.number ? "number" : null }, column.name)));
  const body = rows.map((row) => make("tr", {}, columns.map((column, at) =>
    make(at ? "td" : "th", { scope: at ? null : "row", class: column.number ? "number" : null }, column.of(row)))));
  const made = make("table", { class: `${wide ? "wide " : ""}${name}` }, caption ? make("caption", {}, caption) : "",
    make("thead", {}, head), make("tbody", {}, body));
  return scrolling(made, caption ?? columns[0].name, rows.length > MOST_LINES);
}

/** A frame in which a wide thing scrolls, by keys too. */
function scrolling(thing, label, tall = false) {
  return make("div", { class: tall ? "scroll tall" : "scroll", tabindex: "0", role: "region", "aria-label": label }, thing);
}

function bar(share, kind = "kept") {
  return make("span", { class: `bar ${kind === "gone" ? "gone" : ""}`, "aria-hidden": "true", "--share": share || 0 });
}

/** A line that opens: how many rows, a bar for their share, and what they are. */
function weighed(rows, share, kind, title) {
  return make("span", { class: "facts" }, make("b", {}, number(rows)), make("span", { class: "room" }, bar(share, kind)), make("span", {}, title));
}

/** The numbers of a chart, one click away. */
function numbers(columns, rows, caption) {
  return make("details", {}, make("summary", {}, "Table"), table(columns, rows, { caption, wide: false }));
}

function legend(entries) {
  return make("ul", { class: "legend" }, entries.map(([kind, text]) => {
    const box = d3.create("svg").attr("viewBox", "0 0 14 14").attr("aria-hidden", "true");
    if (["natural", "drawn"].includes(kind)) box.append("circle").attr("class", kind).attr("cx", 7).attr("cy", 7).attr("r", 5);
    else box.append("rect").attr("class", kind).attr("width", 14).attr("height", 14);
    return make("li", {}, box.node(), text);
  }));
}

/** A button that shows the page for one language. */
function languageButton(at) {
  const language = data.languages[at];
  return make("button", { type: "button", class: "plain", title: `Show ${language.name} alone`, click: () => choose(at) }, language.name);
}

/** A link, if it is one to the web. */
function link(address, text) {
  let parsed = null;
  try { parsed = new URL(address); } catch { return text; }
  return ["https:", "http:"].includes(parsed.protocol) ? make("a", { href: parsed.href, rel: "noreferrer noopener" }, text) : text;
}

function fill(id, ...content) {
  document.querySelector(`#${id} > div`).replaceChildren(...content.flat().filter((item) => item !== null && item !== ""));
}

function widthOf(id) {
  return Math.max(260, document.querySelector(`#${id} > div`).clientWidth);
}
