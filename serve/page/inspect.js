// The tab "Look inside": what the net computes for one sentence, from the service.

import { make } from "./elements.js";
import { drawHeatmap, scaleElement } from "./heatmap.js";
import { inspect } from "./remote.js";
import { PageError } from "./service.js";
import { paint, tagName } from "./tags.js";
import { errorText, wording } from "./wording.js";

const $ = (id) => document.getElementById(id);
const root = document.documentElement, tabs = [$("tab-words"), $("tab-inside")];
const SIGNED = ["candidate", "cell", "hidden"], N_TAGS = 16;
let running = null, timer = 0, inspection = null;

const active = () => tabs[1].ariaSelected === "true";

function showTab(tab) {
  for (const other of tabs) {
    other.ariaSelected = String(other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
  runLater(0);
}

/** Offers the lines of the text to choose from, keeps the choice, and returns the chosen line. */
function offerSentences() {
  const lines = $("text").value.split("\n").map((line) => line.toWellFormed?.() ?? line).filter((line) => line.trim());
  const chosen = $("sentence").selectedIndex;
  $("sentence").replaceChildren(...lines.map((line) => make("option", { value: line, textContent: line.slice(0, 40) })));
  $("sentence").selectedIndex = Math.min(Math.max(chosen, 0), lines.length - 1);
  return $("sentence").value;
}

async function run() {
  if (!active()) return;
  running?.abort();
  const request = (running = new AbortController());
  const text = offerSentences();
  if (!text) return clear("");
  try {
    report(wording().working);
    const layer = Number($("layer").value) || null;
    const answer = await inspect(text, $("choose-model").value || null, layer, request.signal);
    if (request.signal.aborted) return;
    inspection = answer;
    report("");
    show();
  } catch (error) {
    if (request.signal.aborted) return;
    if ($("layer").value) { // perhaps the layer of another model
      $("layer").replaceChildren();
      return run();
    }
    const { code, detail } = PageError.of(error);
    $("key-box").hidden = code !== "unauthorized";
    clear(errorText(code), detail);
  }
}

function runLater(wait = 300) {
  clearTimeout(timer);
  timer = setTimeout(run, wait);
}

function clear(message, detail = null) {
  inspection = null;
  $("inside").hidden = true;
  report(message, detail);
}

/** Says something; `detail` is what the service says of an error. */
function report(message, detail = null) {
  $("inside-status").replaceChildren(message, ...(detail ? [make("small", { lang: "en", textContent: detail })] : []));
  $("inside-status").classList.toggle("error", detail !== null);
}

function show() {
  if (!inspection) return;
  $("inside").hidden = false;
  $("readout").textContent = wording().pointAt;
  const chars = Array.from(inspection.text);
  $("layer").replaceChildren(...Array.from({ length: inspection.n_layers }, (_, i) =>
    make("option", { value: i + 1, textContent: i + 1, selected: i + 1 === inspection.layer })));
  $("chances").replaceChildren(...inspection.words.map(wordItem));
  $("scores").replaceChildren(...scoreElements(chars));
  $("directions").replaceChildren(...Object.entries(inspection.directions).map(([name, steps]) => directionElement(chars, name, steps)));
}

function wordItem({ form, pos, start, end, probability }) {
  const share = wording().percent((100 * probability).toFixed(probability > 0.995 || probability < 0.1 ? 1 : 0));
  const path = inspection.path.slice(start, end).map((tag) => tag[0]).join(" ");
  const bar = make("i", { className: "bar" });
  bar.style.setProperty("--share", probability);
  const item = make("li", {},
    make("b", { textContent: form, lang: "zh" }), " ",
    make("span", { textContent: `${pos ?? wording().untagged}${pos ? ` ${tagName(pos, wording().short)}` : ""}` }), " ",
    make("span", { className: "path", textContent: path, title: wording().path }), " ",
    bar, make("span", { textContent: share }));
  paint(item, pos);
  return item;
}

/** The scores of the tags that come closest to the best tag of some character, and of those on the path. */
function scoreElements(chars) {
  const columns = inspection.path.map((tag) => Math.max(inspection.tags.indexOf(tag), inspection.tags.indexOf(tag[0])));
  const distances = inspection.tags.map((_, tag) => (columns.includes(tag) ? -1 : Math.min(...inspection.scores.map((row) =>
    (row[tag] === null ? Infinity : Math.max(...row.filter((s) => s !== null)) - row[tag])))));
  const n = Math.max(N_TAGS, new Set(columns).size);
  const rows = inspection.tags.map((_, tag) => tag).sort((a, b) => distances[a] - distances[b] || a - b).slice(0, n).sort((a, b) => a - b);
  const largest = Math.max(...inspection.scores.flat().map(Math.abs));
  const map = drawHeatmap({
    title: `${wording().scores}. ${wording().arrows}`, columns: chars, rows: rows.map((tag) => inspection.tags[tag]), kind: "d", largest,
    values: rows.map((tag) => inspection.scores.map((row) => row[tag])), marks: columns.map((tag) => rows.indexOf(tag)),
    onPoint: (row, column) => {
      point([map], row, column);
      const score = inspection.scores[column][rows[row]];
      const value = score === null ? wording().impossible : score.toFixed(2);
      $("readout").textContent = `${wording().character(chars[column], column + 1)} · ${inspection.tags[rows[row]]}: ${value}`;
    },
  });
  return [make("p", { className: "faint" }, wording().scoresHint(n, inspection.tags.length), " ", scaleElement("d", largest)), map];
}

function directionElement(chars, name, steps) {
  const wanted = Number($("units").value), nUnits = steps.hidden[0].length;
  const spread = steps.hidden[0].map((_, unit) => deviation(steps.hidden.map((row) => row[unit])));
  const units = spread.map((_, unit) => unit).sort((a, b) => spread[b] - spread[a] || a - b).slice(0, wanted || nUnits).sort((a, b) => a - b);
  const maps = [];
  const onPoint = (row, column) => {
    point(maps, row, column);
    const readings = Object.entries(steps).map(([part, values]) => `${wording().parts[part]} ${values[column][units[row]].toFixed(2)}`);
    $("readout").textContent = `${wording().character(chars[column], column + 1)} · ${wording().unit} ${units[row]} · ${readings.join(" · ")}`;
  };
  const figures = Object.entries(steps).map(([part, all]) => {
    const kind = SIGNED.includes(part) ? "d" : "s";
    const values = units.map((unit) => all.map((row) => row[unit]));
    const largest = Math.max(1, ...values.flat().map(Math.abs));
    const map = drawHeatmap({
      title: `${wording().parts[part]}, ${wording().directions[name]}. ${wording().arrows}`, columns: chars, kind, largest, values, onPoint,
      rows: units.map((unit) => `${wording().unit} ${unit}`), rowHeight: units.length > 40 ? 5 : 14,
    });
    maps.push(map);
    return make("figure", {}, make("figcaption", {}, make("b", { textContent: wording().parts[part] }), " ", scaleElement(kind, largest)), map);
  });
  const title = make("h3", { textContent: wording().shownUnits(inspection.operator, wording().directions[name], units.length, nUnits) });
  return make("section", { className: "direction" }, title, ...figures);
}

function deviation(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Marks a cell on these maps, and no cell on the others. */
function point(maps, row, column) {
  for (const map of document.querySelectorAll(".map")) map.point(maps.includes(map) ? row : null, column);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => showTab(tab));
  tab.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = tabs[1 - tabs.indexOf(tab)];
    showTab(other);
    other.focus();
  });
}
$("text").addEventListener("input", () => runLater());
$("examples").addEventListener("click", () => runLater(0));
addEventListener("hashchange", () => runLater(0));
document.addEventListener("key", () => runLater(0));
$("choose-model").addEventListener("change", () => runLater(0));
$("sentence").addEventListener("change", run);
$("layer").addEventListener("change", run);
$("units").addEventListener("change", show);
// page.js changes the language and the theme.
new MutationObserver(show).observe(root, { attributes: true, attributeFilter: ["lang", "data-theme"] });
