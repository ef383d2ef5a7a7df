// The page: text in, coloured words out. What finds the words is an engine, remote or local.

import { conllu } from "./conllu.js";
import { entries } from "./entries.js";
import { EXAMPLES, WORDING, hue, tagName } from "./wording.js";

const $ = (id) => document.getElementById(id);
const text = $("text"), result = $("result"), legend = $("legend"), tip = $("tip"), status = $("status");
const kind = document.body.dataset.engine;
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let found = null; // { text, lines, model, results, ms } as shown
let engine = null, running = null, timer = 0, shown = null, current = null;

const UNSURE = 0.9, DOUBTFUL = 0.6; // words less likely than that are underlined

const say = () => WORDING[language];
const sureness = ({ probability }) => (probability === undefined ? "" : say().sure(Math.round(100 * probability)));

function word(data, number) {
  const element = document.createElement("span");
  element.className = "word";
  element.textContent = data.form;
  element.tabIndex = -1;
  element.word = data;
  paint(element, data.pos, number);
  // The engine in the browser does not say how sure it is.
  element.classList.toggle("unsure", data.probability < UNSURE && data.probability >= DOUBTFUL);
  element.classList.toggle("doubtful", data.probability < DOUBTFUL);
  return element;
}

function paint(element, tag, number = 0) {
  const colour = tag === null ? null : hue(tag);
  element.classList.toggle("plain", colour === null);
  element.classList.toggle("odd", tag === null && number % 2 === 1);
  if (colour !== null) element.style.setProperty("--hue", colour);
  element.dataset.tag = tag ?? "";
}

const described = (word) => {
  const { form, pos, start, end } = word;
  const tag = `${pos ?? say().untagged} ${pos ? tagName(pos, language) : ""}`;
  return [form, tag, say().offset(start, end), sureness(word)].filter(Boolean).join(", ");
};

function show() {
  hideTip();
  const counts = new Map();
  let words = 0, characters = 0;
  result.replaceChildren(...found.lines.map((line, i) => {
    const chars = Array.from(line), row = document.createElement("div");
    characters += chars.length;
    row.className = "line";
    row.lang = "zh";
    let at = 0;
    for (const data of found.results[i]) {
      if (data.start > at) row.append(chars.slice(at, data.start).join(""));
      row.append(word(data, words));
      at = data.end;
      words += 1;
      if (data.pos !== null) counts.set(data.pos, (counts.get(data.pos) ?? 0) + 1);
    }
    row.append(chars.slice(at).join(""));
    return row;
  }));
  current = result.querySelector(".word");
  if (current) current.tabIndex = 0;
  if (!counts.has(shown)) shown = null;
  legend.replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).map(([tag, count]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(`${tag} ${tagName(tag, language)} `, Object.assign(document.createElement("b"), { textContent: count }));
    paint(button, tag);
    button.addEventListener("click", () => { shown = shown === tag ? null : tag; filter(); });
    return button;
  }));
  filter();
  $("legend-box").hidden = counts.size === 0;
  $("result-box").hidden = words === 0;
  name();
  report(say().counts(words, characters, found.ms));
}

function name() {
  for (const element of result.querySelectorAll(".word")) element.setAttribute("aria-label", described(element.word));
  const { model } = found;
  $("model").textContent = `${say().model}: ${model.name} ${model.version}${model.licence ? `, ${model.licence}` : ""}.`;
}

function filter() {
  result.classList.toggle("filtered", shown !== null);
  for (const element of result.querySelectorAll(".word")) element.classList.toggle("shown", element.dataset.tag === shown);
  for (const button of legend.children) button.setAttribute("aria-pressed", button.dataset.tag === shown);
}

function report(message, error = false) {
  status.textContent = message;
  status.classList.toggle("error", error);
}

async function run() {
  clearTimeout(timer);
  running?.abort();
  const mine = (running = new AbortController());
  const value = text.value, lines = value.split("\n");
  if (!value) {
    found = null;
    result.replaceChildren();
    $("legend-box").hidden = $("result-box").hidden = true;
    report("");
    return;
  }
  try {
    if (!engine) {
      if (kind === "local") report(say().loading);
      engine = import(kind === "local" ? "./local.js" : "./remote.js")
        .then((module) => module.open({ askKey: () => prompt(say().wantKey) }));
    }
    const opened = await engine;
    if (mine.signal.aborted) return;
    report(say().working);
    const began = performance.now();
    const { model, results } = await opened.tag(lines, mine.signal, entries($("entries")?.value ?? ""));
    if (mine.signal.aborted) return;
    found = { text: value, lines, model, results, ms: Math.round(performance.now() - began) };
    show();
  } catch (error) {
    if (mine.signal.aborted) return;
    engine = kind === "local" ? null : engine;
    report(error.message, true);
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(run, 200);
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    report(say().copied);
  } catch {
    report(say().copyFailed, true);
  }
}

const asJson = () => JSON.stringify(
  { model: found.model, offsets: "codepoint", results: found.lines.map((line, i) => ({ text: line, words: found.results[i] })) },
  null, 1,
);

function showTip(element) {
  const { form, pos, start, end } = element.word;
  tip.replaceChildren(
    Object.assign(document.createElement("strong"), { textContent: form }), ` ${pos ?? ""} ${pos ? tagName(pos, language) : ""}`,
    document.createElement("br"), say().offset(start, end), " ", sureness(element.word),
  );
  tip.hidden = false;
  const box = element.getBoundingClientRect(), own = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left + box.width / 2 - own.width / 2, innerWidth - own.width - 8));
  const above = box.top - own.height - 6;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${(above > 4 ? above : box.bottom + 6) + scrollY}px`;
}

function hideTip() {
  tip.hidden = true;
}

function go(step) {
  const words = [...result.querySelectorAll(".word")], at = words.indexOf(current);
  const next = words[step === "first" ? 0 : step === "last" ? words.length - 1 : at + step];
  if (!next) return;
  current.tabIndex = -1;
  current = next;
  current.tabIndex = 0;
  current.focus();
}

function translate() {
  const wording = say();
  document.documentElement.lang = wording.code;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = wording[element.dataset.text];
  for (const element of document.querySelectorAll("[data-title]")) element.title = wording[element.dataset.title];
  $("language").textContent = wording.other;
  $("privacy").textContent = wording[kind];
  themed();
  if (found) show();
}

function themed(chosen = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) {
  document.documentElement.dataset.theme = chosen;
  $("theme").textContent = chosen === "dark" ? say().light : say().dark;
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" };
result.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTip();
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  go(STEPS[event.key]);
});
for (const type of ["pointerover", "focusin"]) {
  result.addEventListener(type, (event) => { if (event.target.word) showTip(event.target); });
}
for (const type of ["pointerleave", "focusout"]) result.addEventListener(type, hideTip);
text.addEventListener("input", later);
$("entries")?.addEventListener("input", later);
text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
$("copy-json").addEventListener("click", () => copy(asJson()));
$("copy-conllu").addEventListener("click", () => copy(found.lines.map((line, i) => conllu(line, found.results[i])).join("")));
$("share").addEventListener("click", () => {
  // A fragment stays in the browser: no server sees it.
  history.replaceState(null, "", `#text=${encodeURIComponent(found.text)}`);
  copy(location.href);
});
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  translate();
});
$("theme").addEventListener("click", () => {
  const chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", chosen);
  themed(chosen);
});
function fromLink() {
  const shared = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("text");
  if (shared !== null) { text.value = shared; run(); }
  return shared !== null;
}
addEventListener("hashchange", fromLink);
$("examples").append(...EXAMPLES.map((example, i) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: i + 1, title: example });
  button.addEventListener("click", () => { text.value = example; run(); });
  return button;
}));
translate();
if (!fromLink()) { text.value = EXAMPLES[0]; run(); }
