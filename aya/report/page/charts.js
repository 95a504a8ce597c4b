"use strict";
// Charts: shares of resource levels, histograms, and what the mixture does to the sources.

const LEVELS = [["high", "high"], ["mid", "mid"], ["low", "low"], [null, "not rated"]];

/** Amounts by resource level, of a map language -> amount. */
function byLevel(amounts) {
  return LEVELS.map(([level]) => d3.sum(amounts, ([language, amount]) => (data.languages[language].resource === level ? amount : 0)));
}

function drawLevels() {
  const bars = [["candidates", sums(data.candidates, 0)], ["kept", sums(data.kept, 0)]];
  if (data.mixture) {
    bars.push(["asked by the mixture", d3.rollup(groups(), (rows) => d3.sum(rows, (row) => row.asked), (row) => row.language)]);
    bars.push(["drawn by the mixture", d3.rollup(groups(), (rows) => d3.sum(rows, (row) => row.quota), (row) => row.language)]);
  }
  if (state.language !== null) return fill("levels", levelOf(data.languages[state.language], bars));
  const rows = bars.map(([name, amounts]) => ({ name, parts: byLevel([...amounts]) }));
  const columns = [{ name: "", of: (row) => row.name }, ...LEVELS.map(([, name], at) => (
    { name, number: true, of: (row) => percent(row.parts[at], d3.sum(row.parts)) }))];
  const label = "Shares of resource levels; the numbers are in the table below";
  const chart = make("figure", {}, legend(LEVELS.map(([level, name]) => [level ?? "none", name])), stackedBars(rows, widthOf("levels"), label));
  fill("levels", chart, table(columns, rows, { caption: "Share of the rows by resource level", wide: false }));
}

/** The level of the chosen language, and its share of all. */
function levelOf(language, bars) {
  const wholes = { candidates: d3.sum(thirds(data.candidates)), kept: d3.sum(thirds(data.kept)), "drawn by the mixture": data.mixture?.total };
  const rows = bars.map(([name, amounts]) => ({ name, share: percent(d3.sum(amounts.values()), wholes[name] ?? 1) }));
  const columns = [{ name: "", of: (row) => row.name }, { name: "share of all languages", number: true, of: (row) => row.share }];
  const level = LEVELS.find(([level]) => level === language.resource)[1];
  return [make("p", {}, `${language.name}: ${level}.`), table(columns, rows, { caption: "Share of this language", wide: false })];
}

function thirds(cells) {
  return cells.filter((_, at) => at % 3 === 2);
}

function stackedBars(rows, width, label) {
  const left = 160, tall = 30;
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${rows.length * tall}`).attr("role", "img").attr("aria-label", label);
  const x = d3.scaleLinear([0, 1], [left, width]);
  rows.forEach((row, place) => {
    const sum = d3.sum(row.parts) || 1;
    let from = 0;
    svg.append("text").attr("x", 0).attr("y", place * tall + 17).text(row.name);
    row.parts.forEach((part, at) => {
      svg.append("rect").attr("class", `part ${LEVELS[at][0] ?? "none"}`).attr("x", x(from)).attr("y", place * tall + 3)
        .attr("width", x(from + part / sum) - x(from)).attr("height", tall - 8);
      from += part / sum;
    });
  });
  return svg.node();
}

/** Rows by bin of a distribution, for the chosen language. */
function binned(item, of) {
  const bins = new Array(item.edges.length - 1).fill(0);
  for (const [language, counts] of Object.entries(item[of])) {
    if (chosen(Number(language))) for (const [bin, rows] of Object.entries(counts)) bins[bin] += rows;
  }
  return bins;
}

function drawDistributions() {
  const figures = data.distributions.map((item) => ({ item, kept: binned(item, "kept"), dropped: binned(item, "dropped") }))
    .filter(({ kept, dropped }) => d3.sum(kept) + d3.sum(dropped)).map(histogram);
  fill("distributions", figures.length ? [legend([["kept", "kept"], ["gone", "dropped"]]), make("div", { class: "grid" }, figures)] : "No rows.");
}

function histogram({ item, kept, dropped }) {
  const [num, gone] = [d3.sum(kept), d3.sum(dropped)];
  const doubling = item.unit === "characters";
  const first = doubling ? kept.findIndex((rows, at) => rows || dropped[at]) : 0;
  const rows = kept.map((rows, at) => ({ from: item.edges[at], to: item.edges[at + 1], kept: rows, dropped: dropped[at] })).slice(first);
  const span = (row) => (doubling ? spanOf(row) : `${row.from} to ${row.to}`);
  const columns = [{ name: item.unit, of: span }, { name: "kept", number: true, of: (row) => number(row.kept) },
    { name: "dropped", number: true, of: (row) => number(row.dropped) }];
  const label = `${item.name}: ${number(num)} kept rows, most of them in ${span(d3.greatest(rows, (row) => row.kept))}; ${number(gone)} dropped rows`;
  return make("figure", {}, make("figcaption", {}, `${item.name}${doubling ? ", characters" : ""}`),
    bins(rows, num || 1, gone || 1, doubling, label), numbers(columns, rows, `${item.name}: rows`));
}

function spanOf(row) {
  return row.to - row.from <= 1 ? number(row.from) : `${number(row.from)}–${number(row.to - 1)}`;
}

function bins(rows, num, gone, doubling, label) {
  const [width, height, left, bottom] = [380, 170, 46, 24];
  const x = d3.scaleBand(d3.range(rows.length), [left, width - 16]).paddingInner(0.12);
  const most = d3.max(rows, (row) => Math.max(row.kept / num, row.dropped / gone)) || 1;
  const y = d3.scaleLinear([0, most], [height - bottom, 8]).nice(4);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("role", "img").attr("aria-label", label);
  const half = x.bandwidth() / 2;
  rows.forEach((row, at) => {
    for (const [kind, share, shift] of [["kept", row.kept / num, 0], ["gone", row.dropped / gone, half]]) {
      svg.append("rect").attr("class", kind).attr("x", x(at) + shift).attr("width", half).attr("y", y(share)).attr("height", y(0) - y(share));
    }
  });
  const every = doubling ? Math.ceil(rows.length / 7) : 4;
  const ticks = d3.range(0, rows.length, every);
  const axis = d3.axisBottom(x).tickValues(ticks).tickSize(3).tickFormat((at) => (doubling ? number : d3.format("~g"))(rows[at].from));
  svg.append("g").attr("transform", `translate(0,${height - bottom})`).call(axis);
  svg.append("g").attr("transform", `translate(${left - 3},0)`).call(d3.axisLeft(y).ticks(4, "~%").tickSize(3));
  return svg.node();
}

/** Natural and drawn share of each source, joined by a line. */
function shareDots(rows, width) {
  const [left, tall] = [Math.min(170, width * 0.35), 26];
  const height = rows.length * tall + 26;
  const most = d3.max(rows, (row) => Math.max(row.natural, row.drawn)) || 1;
  const x = d3.scaleLinear([0, most], [left + 8, width - 16]).nice();
  const label = "Natural and drawn share of each source; the numbers are in the table below";
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("role", "img").attr("aria-label", label);
  svg.append("g").attr("transform", `translate(0,${height - 24})`).call(d3.axisBottom(x).ticks(Math.max(3, width / 120), "~%"));
  rows.forEach((row, at) => {
    const y = at * tall + 13;
    const name = row.name.length * 7 > left ? `${row.name.slice(0, left / 7 - 1)}…` : row.name;
    svg.append("text").attr("x", 0).attr("y", y + 4).text(name);
    svg.append("line").attr("class", "between").attr("x1", x(row.natural)).attr("x2", x(row.drawn)).attr("y1", y).attr("y2", y);
    svg.append("circle").attr("class", "natural").attr("cx", x(row.natural)).attr("cy", y).attr("r", 5);
    svg.append("circle").attr("class", "kept").attr("cx", x(row.drawn)).attr("cy", y).attr("r", 6);
  });
  return svg.node();
}
