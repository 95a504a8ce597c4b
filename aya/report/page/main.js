"use strict";
// Draws the page, and draws it again for another language, another width.

function draw() {
  for (const section of [drawSummary, drawFlow, drawHeat, drawLevels, drawDistributions, drawReasons, drawClusters, drawContamination, drawTranslations, drawMixture, drawLicences, drawTime]) section();
  const [came, stayed] = [total(data.candidates), total(data.kept)];
  const name = state.language === null ? "All languages" : data.languages[state.language].name;
  document.getElementById("status").textContent = `${name}: ${number(stayed)} of ${number(came)} rows kept`;
  document.getElementById("all").hidden = state.language === null;
  document.getElementById("language").value = state.language ?? "";
}

/** Show the page for one language, or for all (null); the address remembers it. */
function choose(language) {
  state.language = language;
  const address = new URL(location.href);
  if (language === null) address.searchParams.delete("language");
  else address.searchParams.set("language", data.languages[language].code);
  try { history.replaceState(null, "", address); } catch { /* some browsers refuse this for files */ }
  draw();
}

function fillLanguages() {
  const kept = sums(data.kept, 0);
  const option = ([language, at]) => make("option", { value: at }, `${language.name}${language.endonym ? ` · ${language.endonym}` : ""} (${language.code})`);
  const listed = data.languages.map((language, at) => [language, at]);
  const select = document.getElementById("language");
  select.append(make("option", { value: "" }, "All languages"),
    make("optgroup", { label: "With kept rows" }, listed.filter(([, at]) => kept.get(at)).map(option)));
  const without = listed.filter(([, at]) => !kept.get(at));
  if (without.length) select.append(make("optgroup", { label: "Nothing kept" }, without.map(option)));
  select.addEventListener("change", () => choose(select.value === "" ? null : Number(select.value)));
}

function start() {
  fillLanguages();
  document.getElementById("all").addEventListener("click", () => { choose(null); document.getElementById("language").focus(); });
  if (!data.translations) document.getElementById("translations").remove();
  const sections = [...document.querySelectorAll("main section")];
  document.getElementById("contents").append(...sections.map((section) =>
    make("li", {}, make("a", { href: `#${section.id}` }, section.querySelector("h2").textContent))));
  const asked = new URLSearchParams(location.search).get("language");
  const at = data.languages.findIndex((language) => language.code === asked);
  state.language = at < 0 ? null : at;
  draw();
  let width = document.documentElement.clientWidth;
  let waiting = 0;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => [drawFlow, drawLevels, drawMixture].forEach((section) => section()), 150);
  });
}

start();
