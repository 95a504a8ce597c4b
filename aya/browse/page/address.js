"use strict";
// What is shown stands in the address, so that a link shows the same.

const LISTS = ["language", "source", "reason"];
const DEFAULTS = { rows: "kept", match: "loose", field: "either", order: "up", page: "1", size: "25" };

function asked() {
  return new URLSearchParams(location.search);
}

/** The address with some names changed: to a text, a list, or null for nothing. */
function changed(names) {
  const found = asked();
  for (const [name, value] of Object.entries(names)) {
    found.delete(name);
    for (const item of [value].flat()) if (item !== null && item !== "" && item !== DEFAULTS[name]) found.append(name, item);
  }
  return found;
}

function addressOf(found) {
  const text = found.toString();
  return text ? `?${text}` : location.pathname;
}

/** Show what `names` change; the browser's own button goes back. */
function go(names, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", addressOf(changed(names)));
  show();
}

/** A link inside the page. */
function inside(names, ...text) {
  return make("a", { href: addressOf(changed(names)), click: (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(names);
  } }, ...text);
}

/** The filters alone, as the server takes them. */
function filters() {
  const found = asked();
  found.delete("row");
  return found;
}
