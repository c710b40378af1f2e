"use strict";
const charts = [];
const SEPARATORS = { en: ".,", pt: ",." };
const HOUR = 3600e3;
let language = location.hash === "#pt" ? "pt" : "en";

// ---------------------------------------------------------------- arrays and dates of the charts

/* Python sends single-precision arrays as base64. */
function decoded(array) {
  if (!array || array.dtype !== "f4" || array.shape) return array;
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/* Chart dates are without a zone; all arithmetic on them is done as if they were UTC. */
const toTime = (date) => (typeof date === "number" ? date : Date.parse(String(date).replace(" ", "T") + (/[T ]\d/.test(date) ? "Z" : "")));
const toDate = (time) => new Date(time).toISOString().slice(0, 19);

/* First and last hour of a chart of series. */
function extent(chart) {
  const spans = chart.data.map((trace) => [toTime(trace.x0), toTime(trace.x0) + (trace.y.length - 1) * HOUR]);
  return [Math.min(...spans.map((span) => span[0])), Math.max(...spans.map((span) => span[1]))];
}

/* Fit the vertical axis to what is in view: plotly does it for the whole series alone. */
function fit(chart) {
  const [from, to] = chart.layout.xaxis.range.map(toTime);
  let low = Infinity, high = -Infinity;
  for (const trace of chart.data) {
    if (trace.visible === false || trace.visible === "legendonly") continue;
    const start = toTime(trace.x0);
    const first = Math.max(0, Math.ceil((from - start) / HOUR));
    const last = Math.min(trace.y.length - 1, Math.floor((to - start) / HOUR));
    for (let i = first; i <= last; i++) {
      if (trace.y[i] < low) low = trace.y[i];
      if (trace.y[i] > high) high = trace.y[i];
    }
  }
  if (low > high) return;
  const room = 0.06 * (high - low) || 1;
  Plotly.relayout(chart, { "yaxis.range": [low - room, high + room] });
}

// ------------------------------------------------------------------------------------- controls

function show(chart, from, to) {
  const [first, last] = extent(chart);
  const width = Math.min(to - from, last - first);
  const begin = Math.max(first, Math.min(from, last - width));
  Plotly.relayout(chart, { "xaxis.range": [toDate(begin), toDate(begin + width)] });
}

function pressed(button) {
  const chart = document.getElementById(button.closest("figure").dataset.chart);
  const [first, last] = extent(chart);
  const [from, to] = chart.layout.xaxis.range.map(toTime);
  const { hours, move } = button.dataset;
  if (move) show(chart, from + Number(move) * (to - from), to + Number(move) * (to - from));
  else if (hours === "all") show(chart, first, last);
  else show(chart, last - Number(hours) * HOUR, last);
}

/* A day picked from the calendar: the chart shows it alone. */
function pickDay(input) {
  const start = toTime(input.value);
  if (Number.isNaN(start)) return;
  show(document.getElementById(input.closest("figure").dataset.chart), start, start + 23 * HOUR);
}

function choose(select) {
  const chart = document.getElementById(select.closest("figure").dataset.chart);
  const indices = [], visible = [];
  chart.data.forEach((trace, index) => {
    if (!trace.meta || !trace.meta.policy) return;
    indices.push(index);
    visible.push(trace.meta.policy === select.value);
  });
  Plotly.restyle(chart, { visible }, indices).then(() => chart.layout.xaxis.rangeslider && fit(chart));
}

// ------------------------------------------------------------------------------------- language

/* What of a chart depends on the language: its traces' names, its categories, its separators. */
function wording(data, layout) {
  const names = data.map((trace) => (trace.meta ? trace.meta[language] : trace.name));
  return [names, { ...(layout.meta && layout.meta[language]), separators: SEPARATORS[language] }];
}

function speak(chosen) {
  language = chosen;
  const root = document.documentElement;
  root.lang = chosen === "pt" ? "pt-BR" : "en";
  root.dataset.language = chosen;
  for (const button of document.querySelectorAll("[data-speak]")) {
    button.setAttribute("aria-pressed", String(button.dataset.speak === chosen));
  }
  for (const option of document.querySelectorAll("option[data-en]")) option.textContent = option.dataset[chosen];
  for (const chart of charts) {
    const [name, layout] = wording(chart.data, chart.layout);
    Plotly.update(chart, { name }, layout);
  }
}

// ------------------------------------------------------------------------------------- drawing

async function draw(element, touch) {
  const { data, layout } = JSON.parse(document.getElementById(element.id + "-data").textContent);
  for (const trace of data) for (const key of ["y", "z"]) trace[key] = decoded(trace[key]);
  // A finger that drags over a chart scrolls the page.
  if (touch) layout.dragmode = false;
  const [names, wordings] = wording(data, layout);
  data.forEach((trace, index) => { if (names[index]) trace.name = names[index]; });
  layout.separators = wordings.separators;
  // None of the buttons that send a chart somewhere.
  const config = { responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover", modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
  await Plotly.newPlot(element, data, layout, config);
  charts.push(element);
  if (!layout.xaxis.rangeslider) return;
  const calendar = element.closest("figure").querySelector("[data-day]");
  if (calendar) [calendar.min, calendar.max] = extent(element).map((time) => toDate(time).slice(0, 10));
  fit(element);
  element.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.startsWith("xaxis"))) fit(element);
  });
}

document.addEventListener("DOMContentLoaded", async () => {
  const touch = matchMedia("(pointer: coarse)").matches;
  for (const button of document.querySelectorAll("[data-speak]")) button.onclick = () => speak(button.dataset.speak);
  for (const button of document.querySelectorAll("[data-hours], [data-move]")) button.onclick = () => pressed(button);
  for (const input of document.querySelectorAll("[data-day]")) input.onchange = () => pickDay(input);
  for (const select of document.querySelectorAll("select[data-choice]")) select.onchange = () => choose(select);
  speak(language);
  for (const element of document.querySelectorAll(".chart")) await draw(element, touch);
  speak(language); // a button may have been pressed while charts were drawn
  document.body.dataset.ready = "true";
});
