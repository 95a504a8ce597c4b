"use strict";
// Asks the server for what the address says, and draws it.

let waiting = null;

async function ask(path, signal) {
  const answer = await fetch(path, { signal });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

function complain(error) {
  if (error.name === "AbortError") return;
  const target = document.getElementById(asked().get("row") ? "story" : "rows");
  target.replaceChildren(make("p", { class: "warn", role: "alert" }, visible(error.message)));
  document.getElementById("status").textContent = "";
}

/** Ask for a page again and again until all rows are read; what is on the page is drawn anew only if it changed. */
async function list(signal) {
  let drawn = "";
  for (;;) {
    const answer = await ask(`api/rows?${filters()}`, signal);
    const now = JSON.stringify([answer.rows.map((row) => row.id), answer.done, answer.found]);
    if (now !== drawn) drawList(answer);
    drawn = now;
    drawStatus(answer);
    offer(answer.done ? "" : "Stop");
    if (answer.done) return;
  }
}

/** Show the button that stops a search, or goes on with it; none for no name. */
function offer(name) {
  const button = document.getElementById("stop");
  button.textContent = name;
  button.hidden = !name;
}

/** Stop the search where it is, or go on from there. */
function stopOrGoOn() {
  if (waiting.signal.aborted) { show(); return; }
  waiting.abort();
  const status = document.getElementById("status");
  status.textContent = `stopped: ${status.textContent}`;
  document.getElementById("looking")?.replaceChildren("Stopped before a row was found.");
  offer("Go on");
}

async function show() {
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const text = (asked().get("text") ?? "").trim();
  const id = asked().get("row") ?? (/^[0-9a-f]{32}$/.test(text) ? text : null);
  document.getElementById("rows").hidden = id !== null;
  document.getElementById("story").hidden = id === null;
  drawFilters();
  offer("");
  try {
    if (id === null) await list(signal);
    else {
      drawStory(await ask(`api/row/${encodeURIComponent(id)}?${filters()}`, signal));
      document.getElementById("status").textContent = "one row";
      document.getElementById("story").focus({ preventScroll: true });
    }
  } catch (error) { complain(error); }
}

async function start() {
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("side").open = innerWidth > 800;
  document.getElementById("stop").addEventListener("click", stopOrGoOn);
  addEventListener("popstate", show);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      event.preventDefault();
      document.getElementById("side").open = true;
      document.querySelector("#filters input[name=text]").focus();
    }
  });
  about = await ask("api/about");
  document.title = `${about.title} · rows`;
  document.getElementById("title").textContent = about.title;
  show();
}

start().catch(complain);
