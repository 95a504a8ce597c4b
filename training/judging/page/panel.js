"use strict";
const { seal, language, of } = JSON.parse(document.getElementById("data").textContent);
const store = `panel ${seal} ${language}`, rater = document.getElementById("rater"), done = document.getElementById("done");
const articles = [...document.querySelectorAll("article")];
let kept = { rater: "", choices: {} };
try { kept = JSON.parse(localStorage.getItem(store)) || kept; } catch { /* a browser that keeps nothing still saves */ }

function show() {
  const num = Object.keys(kept.choices).length;
  done.textContent = of.replace("{done}", num).replace("{all}", articles.length);
  for (const article of articles) article.classList.toggle("chosen", article.id in kept.choices);
}

function keep() {
  try { localStorage.setItem(store, JSON.stringify(kept)); } catch { /* as above */ }
  show();
}

rater.value = kept.rater;
for (const [item, choice] of Object.entries(kept.choices)) {
  const button = document.querySelector(`input[name="${CSS.escape(item)}"][value="${CSS.escape(choice)}"]`);
  if (button) button.checked = true;
}
rater.addEventListener("input", () => { kept.rater = rater.value; keep(); });
document.querySelector("main").addEventListener("change", event => {
  kept.choices[event.target.name] = event.target.value;
  keep();
});
document.getElementById("save").addEventListener("click", () => {
  if (!rater.value.trim()) { rater.focus(); rater.setAttribute("aria-invalid", "true"); return; }
  rater.removeAttribute("aria-invalid");
  const said = { seal, language, rater: rater.value.trim(), choices: kept.choices };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(said, null, 1) + "\n"], { type: "application/json" }));
  link.download = `choices-${language}-${rater.value.trim().replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
  link.click();
});
show();
