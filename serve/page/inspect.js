// The tab that looks inside: what the net computes for one sentence, as the service says.

import { heatmap, legend } from "./heatmap.js";
import { open } from "./remote.js";
import { WORDING, hue, tagName } from "./wording.js";

const $ = (id) => document.getElementById(id);
const root = document.documentElement, tabs = [$("tab-words"), $("tab-inside")];
const SIGNED = ["candidate", "cell", "hidden"], N_TAGS = 16;
let engine = null, running = null, timer = 0, found = null;

const say = () => WORDING[root.lang === "en" ? "en" : "zh"];
const active = () => tabs[1].ariaSelected === "true";
const make = (name, options = {}, ...children) => {
  const element = Object.assign(document.createElement(name), options);
  element.append(...children);
  return element;
};

function choose(tab) {
  for (const other of tabs) {
    other.ariaSelected = String(other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
  later(0);
}

/** The lines of the text to choose from, the one chosen before staying so. */
function sentences() {
  const lines = $("text").value.split("\n").map((line) => line.toWellFormed?.() ?? line).filter((line) => line.trim());
  const before = $("sentence").selectedIndex;
  $("sentence").replaceChildren(...lines.map((line) => make("option", { value: line, textContent: line.slice(0, 40) })));
  $("sentence").selectedIndex = Math.min(Math.max(before, 0), lines.length - 1);
  return $("sentence").value;
}

async function run() {
  if (!active()) return;
  running?.abort();
  const mine = (running = new AbortController());
  const text = sentences();
  if (!text) return clear("");
  try {
    engine ??= open({ askKey: () => prompt(say().wantKey) });
    report(say().working);
    const layer = Number($("layer").value) || null;
    const answer = await (await engine).inspect(text, layer, mine.signal);
    if (mine.signal.aborted) return;
    found = answer;
    report("");
    show();
  } catch (error) {
    if (mine.signal.aborted) return;
    if ($("layer").value) { // of another model, perhaps
      $("layer").replaceChildren();
      return run();
    }
    clear(error.message, true);
  }
}

function later(wait = 300) {
  clearTimeout(timer);
  timer = setTimeout(run, wait);
}

function clear(message, error = false) {
  found = null;
  $("inside").hidden = true;
  report(message, error);
}

function report(message, error = false) {
  $("inside-status").textContent = message;
  $("inside-status").classList.toggle("error", error);
}

function show() {
  if (!found) return;
  $("inside").hidden = false;
  $("readout").textContent = say().pointAt;
  const chars = Array.from(found.text);
  $("layer").replaceChildren(...Array.from({ length: found.n_layers }, (_, i) =>
    make("option", { value: i + 1, textContent: i + 1, selected: i + 1 === found.layer })));
  $("chances").replaceChildren(...found.words.map(chance));
  $("scores").replaceChildren(...scores(chars));
  $("directions").replaceChildren(...Object.entries(found.directions).map(([name, steps]) => direction(chars, name, steps)));
}

function chance({ form, pos, start, end, probability }) {
  const share = `${(100 * probability).toFixed(probability > 0.995 || probability < 0.1 ? 1 : 0)} %`;
  const path = found.path.slice(start, end).map((tag) => tag[0]).join(" ");
  const bar = make("i", { className: "bar" });
  bar.style.setProperty("--share", probability);
  const item = make("li", {},
    make("b", { textContent: form, lang: "zh" }), " ",
    make("span", { textContent: `${pos ?? say().untagged}${pos ? ` ${tagName(pos, say().code === "en" ? "en" : "zh")}` : ""}` }), " ",
    make("span", { className: "path", textContent: path, title: say().path }), " ",
    bar, make("span", { textContent: share }));
  const colour = pos === null ? null : hue(pos);
  if (colour !== null) item.style.setProperty("--hue", colour);
  item.classList.toggle("plain", colour === null);
  return item;
}

/** The rows of tags that come closest to being some character's best, those of the path among them. */
function scores(chars) {
  const columns = found.path.map((tag) => Math.max(found.tags.indexOf(tag), found.tags.indexOf(tag[0])));
  const behind = found.tags.map((_, tag) => (columns.includes(tag) ? -1 : Math.min(...found.scores.map((row) =>
    (row[tag] === null ? Infinity : Math.max(...row.filter((s) => s !== null)) - row[tag])))));
  const n = Math.max(N_TAGS, new Set(columns).size);
  const rows = found.tags.map((_, tag) => tag).sort((a, b) => behind[a] - behind[b] || a - b).slice(0, n).sort((a, b) => a - b);
  const largest = Math.max(...found.scores.flat().map(Math.abs));
  const map = heatmap({
    title: `${say().scores}. ${say().arrows}`, columns: chars, rows: rows.map((tag) => found.tags[tag]), kind: "d", largest,
    values: rows.map((tag) => found.scores.map((row) => row[tag])), marks: columns.map((tag) => rows.indexOf(tag)),
    onPoint: (row, column) => {
      point([map], row, column);
      const score = found.scores[column][rows[row]];
      const value = score === null ? say().impossible : score.toFixed(2);
      $("readout").textContent = `${say().character(chars[column], column + 1)} · ${found.tags[rows[row]]}: ${value}`;
    },
  });
  return [make("p", { className: "faint" }, say().scoresHint(n, found.tags.length), " ", legend("d", largest)), map];
}

function direction(chars, name, steps) {
  const wanted = Number($("units").value), n = steps.hidden[0].length;
  const spread = steps.hidden[0].map((_, unit) => deviation(steps.hidden.map((row) => row[unit])));
  const units = spread.map((_, unit) => unit).sort((a, b) => spread[b] - spread[a] || a - b).slice(0, wanted || n).sort((a, b) => a - b);
  const maps = [];
  const onPoint = (row, column) => {
    point(maps, row, column);
    const values = Object.entries(steps).map(([part, all]) => `${say().parts[part]} ${all[column][units[row]].toFixed(2)}`);
    $("readout").textContent = `${say().character(chars[column], column + 1)} · ${say().unit} ${units[row]} · ${values.join(" · ")}`;
  };
  const figures = Object.entries(steps).map(([part, all]) => {
    const kind = SIGNED.includes(part) ? "d" : "s";
    const values = units.map((unit) => all.map((row) => row[unit]));
    const largest = Math.max(1, ...values.flat().map(Math.abs));
    const map = heatmap({
      title: `${say().parts[part]}, ${say().directions[name]}. ${say().arrows}`, columns: chars, kind, largest, values, onPoint,
      rows: units.map((unit) => `${say().unit} ${unit}`), high: units.length > 40 ? 5 : 14,
    });
    maps.push(map);
    return make("figure", {}, make("figcaption", {}, make("b", { textContent: say().parts[part] }), " ", legend(kind, largest)), map);
  });
  const title = make("h3", { textContent: say().shownUnits(found.operator, say().directions[name], units.length, n) });
  return make("section", { className: "direction" }, title, ...figures);
}

function deviation(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Marks a cell on these maps, and none on the others. */
function point(maps, row, column) {
  for (const map of document.querySelectorAll(".map")) map.point(maps.includes(map) ? row : null, column);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = tabs[1 - tabs.indexOf(tab)];
    choose(other);
    other.focus();
  });
}
$("text").addEventListener("input", () => later());
$("examples").addEventListener("click", () => later(0));
addEventListener("hashchange", () => later(0));
$("sentence").addEventListener("change", run);
$("layer").addEventListener("change", run);
$("units").addEventListener("change", show);
// The language and the theme are the page's to choose.
new MutationObserver(show).observe(root, { attributes: true, attributeFilter: ["lang", "data-theme"] });
