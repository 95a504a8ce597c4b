"use strict";
// The flow of rows: a list of stages and reasons, beside which a band of rows runs down and gives off what is dropped.

const MOST_REASONS = 6;

let watcher = new ResizeObserver(() => {});

/** Every stage with the rows that it saw, and what left there; the rest of many reasons is one. */
function steps() {
  let before = null;
  const made = data.stages.map((stage) => {
    const rows = ofLanguage(stage.rows_in);
    const dropped = stage.dropped
      .map((item) => ({ name: item.reason.slice(item.reason.indexOf(": ") + 2), rows: total(item.cells) }))
      .filter((item) => item.rows).sort((one, other) => other.rows - one.rows);
    const few = dropped.slice(0, dropped.length > MOST_REASONS ? MOST_REASONS - 1 : MOST_REASONS);
    const rest = dropped.slice(few.length);
    if (rest.length) few.push({ name: `${rest.length} other reasons`, rows: d3.sum(rest, (item) => item.rows) });
    const lost = before === null ? 0 : before - rows;
    before = rows - d3.sum(dropped, (item) => item.rows);
    return { name: stage.stage, rows: rows + lost, leaving: lost > 0 ? [{ name: "in quarantine", rows: lost }, ...few] : few };
  });
  return [...made, { name: "kept", rows: before ?? 0, leaving: [], last: true }];
}

function drawFlow() {
  const list = steps();
  const width = widthOf("flow");
  const band = Math.min(220, width * 0.26);
  const scale = d3.scaleLinear([0, list[0].rows || 1], [0, band]);
  const items = list.map((step) => make("li", {},
    make("h3", {}, step.name, make("span", {}, step.last ? `${number(step.rows)} rows` : `${number(step.rows)} rows in`)),
    make("ul", {}, step.leaving.map((item) => make("li", { "--tall": `${scale(item.rows)}px` },
      make("b", {}, number(item.rows)), `${item.name} (${percent(item.rows, step.rows)})`)))));
  const svg = d3.create("svg").attr("aria-hidden", "true");
  const stages = make("ol", {}, items);
  fill("flow", make("div", { class: "flow", "--text-at": `${band + Math.min(70, width * 0.12)}px` }, svg.node(), stages));
  watcher.disconnect();
  watcher = new ResizeObserver(() => drawBand(svg, list, items, scale, band + Math.min(60, width * 0.1)));
  watcher.observe(stages);
}

/** Draw the band beside the list, where the list has come to lie. */
function drawBand(svg, list, items, scale, end) {
  const top = svg.node().parentNode.getBoundingClientRect().top;
  const at = (element) => element.getBoundingClientRect().top - top;
  svg.selectAll("*").remove();
  svg.attr("width", end + 10).attr("height", svg.node().parentNode.clientHeight);
  list.forEach((step, place) => {
    const start = at(items[place]);
    const stop = place + 1 < items.length ? at(items[place + 1]) : start + 34;
    let right = scale(step.rows);
    const leaving = [...items[place].querySelectorAll("li")];
    step.leaving.forEach((item, order) => {
      const wide = Math.max(scale(item.rows), 1);
      const box = leaving[order].getBoundingClientRect();
      drawLeaving(svg, right - scale(item.rows) / 2, start, end, box.top - top + box.height / 2, wide);
      right -= scale(item.rows);
    });
    svg.append("rect").attr("class", "spine").attr("y", start).attr("height", stop - start).attr("width", Math.max(right, step.rows ? 1 : 0));
    svg.append("rect").attr("class", "node").attr("y", start).attr("height", step.last ? 34 : 4).attr("width", scale(step.rows));
  });
}

function drawLeaving(svg, x, start, end, y, wide) {
  const turn = Math.min(wide / 2 + 8, y - start, end - x);
  svg.append("path").attr("class", "leaving").attr("stroke-width", wide)
    .attr("d", `M${x},${start}V${y - turn}Q${x},${y} ${x + turn},${y}H${end}`);
  svg.append("rect").attr("class", "end").attr("x", end).attr("y", y - wide / 2).attr("width", 4).attr("height", wide);
}
