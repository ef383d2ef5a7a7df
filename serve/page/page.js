// The page: text in, coloured words out. An engine finds the words: the service (remote.js) or the browser (local.js).

import { conllu } from "./conllu.js";
import { parseEntries } from "./entries.js";
import { EXAMPLES, WORDING, hue, tagName } from "./wording.js";

const $ = (id) => document.getElementById(id);
const text = $("text"), result = $("result"), legend = $("legend"), tip = $("tip"), status = $("status");
const kind = document.body.dataset.engine;
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let answer = null; // { text, lines, model, results, ms }: what is shown
let engine = null, running = null, timer = 0, shownTag = null, current = null;

const UNSURE = 0.9, DOUBTFUL = 0.6; // words with a lower probability are underlined

const wording = () => WORDING[language];
const confidence = ({ probability }) => (probability === undefined ? "" : wording().sure(Math.round(100 * probability)));

function wordElement(word, number) {
  const element = document.createElement("span");
  element.className = "word";
  element.textContent = word.form;
  element.tabIndex = -1;
  element.word = word;
  paint(element, word.pos, number);
  // The engine in the browser gives no probabilities.
  element.classList.toggle("unsure", word.probability < UNSURE && word.probability >= DOUBTFUL);
  element.classList.toggle("doubtful", word.probability < DOUBTFUL);
  return element;
}

function paint(element, tag, number = 0) {
  const colour = tag === null ? null : hue(tag);
  element.classList.toggle("plain", colour === null);
  element.classList.toggle("odd", tag === null && number % 2 === 1);
  if (colour !== null) element.style.setProperty("--hue", colour);
  element.dataset.tag = tag ?? "";
}

const describe = (word) => {
  const { form, pos, start, end } = word;
  const tag = `${pos ?? wording().untagged} ${pos ? tagName(pos, language) : ""}`;
  return [form, tag, wording().offset(start, end), confidence(word)].filter(Boolean).join(", ");
};

function show() {
  hideTip();
  const counts = new Map();
  let words = 0, characters = 0;
  result.replaceChildren(...answer.lines.map((line, i) => {
    const chars = Array.from(line), row = document.createElement("div");
    characters += chars.length;
    row.className = "line";
    row.lang = "zh";
    let end = 0;
    for (const word of answer.results[i]) {
      if (word.start > end) row.append(chars.slice(end, word.start).join(""));
      row.append(wordElement(word, words));
      end = word.end;
      words += 1;
      if (word.pos !== null) counts.set(word.pos, (counts.get(word.pos) ?? 0) + 1);
    }
    row.append(chars.slice(end).join(""));
    return row;
  }));
  current = result.querySelector(".word");
  if (current) current.tabIndex = 0;
  if (!counts.has(shownTag)) shownTag = null;
  legend.replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).map(([tag, count]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(`${tag} ${tagName(tag, language)} `, Object.assign(document.createElement("b"), { textContent: count }));
    paint(button, tag);
    button.addEventListener("click", () => { shownTag = shownTag === tag ? null : tag; filter(); });
    return button;
  }));
  filter();
  $("legend-box").hidden = counts.size === 0;
  $("result-box").hidden = words === 0;
  nameWords();
  report(wording().counts(words, characters, answer.ms));
}

function nameWords() {
  for (const element of result.querySelectorAll(".word")) element.setAttribute("aria-label", describe(element.word));
  const { model } = answer;
  $("model").textContent = `${wording().model}: ${model.name} ${model.version}${model.licence ? `, ${model.licence}` : ""}.`;
}

function filter() {
  result.classList.toggle("filtered", shownTag !== null);
  for (const element of result.querySelectorAll(".word")) element.classList.toggle("shown", element.dataset.tag === shownTag);
  for (const button of legend.children) button.setAttribute("aria-pressed", button.dataset.tag === shownTag);
}

function report(message, error = false) {
  status.textContent = message;
  status.classList.toggle("error", error);
}

async function run() {
  clearTimeout(timer);
  running?.abort();
  const request = (running = new AbortController());
  const value = text.value, lines = value.split("\n");
  if (!value) {
    answer = null;
    result.replaceChildren();
    $("legend-box").hidden = $("result-box").hidden = true;
    report("");
    return;
  }
  try {
    if (!engine) {
      if (kind === "local") report(wording().loading);
      engine = import(kind === "local" ? "./local.js" : "./remote.js")
        .then((module) => module.open({ askKey: () => prompt(wording().wantKey) }));
    }
    const opened = await engine;
    if (request.signal.aborted) return;
    report(wording().working);
    const began = performance.now();
    const { model, results } = await opened.tag(lines, request.signal, parseEntries($("entries")?.value ?? ""));
    if (request.signal.aborted) return;
    answer = { text: value, lines, model, results, ms: Math.round(performance.now() - began) };
    show();
  } catch (error) {
    if (request.signal.aborted) return;
    engine = kind === "local" ? null : engine;
    report(error.message, true);
  }
}

function runLater() {
  clearTimeout(timer);
  timer = setTimeout(run, 200);
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    report(wording().copied);
  } catch {
    report(wording().copyFailed, true);
  }
}

const asJson = () => JSON.stringify(
  { model: answer.model, offsets: "codepoint", results: answer.lines.map((line, i) => ({ text: line, words: answer.results[i] })) },
  null, 1,
);

function showTip(element) {
  const { form, pos, start, end } = element.word;
  tip.replaceChildren(
    Object.assign(document.createElement("strong"), { textContent: form }), ` ${pos ?? ""} ${pos ? tagName(pos, language) : ""}`,
    document.createElement("br"), wording().offset(start, end), " ", confidence(element.word),
  );
  tip.hidden = false;
  const box = element.getBoundingClientRect(), tipBox = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left + box.width / 2 - tipBox.width / 2, innerWidth - tipBox.width - 8));
  const above = box.top - tipBox.height - 6;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${(above > 4 ? above : box.bottom + 6) + scrollY}px`;
}

function hideTip() {
  tip.hidden = true;
}

function go(step) {
  const words = [...result.querySelectorAll(".word")], index = words.indexOf(current);
  const next = words[step === "first" ? 0 : step === "last" ? words.length - 1 : index + step];
  if (!next) return;
  current.tabIndex = -1;
  current = next;
  current.tabIndex = 0;
  current.focus();
}

function translate() {
  const texts = wording();
  document.documentElement.lang = texts.code;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  for (const element of document.querySelectorAll("[data-title]")) element.title = texts[element.dataset.title];
  $("language").textContent = texts.other;
  $("privacy").textContent = texts[kind];
  applyTheme();
  if (answer) show();
}

function applyTheme(chosen = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) {
  document.documentElement.dataset.theme = chosen;
  $("theme").textContent = chosen === "dark" ? wording().light : wording().dark;
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
text.addEventListener("input", runLater);
$("entries")?.addEventListener("input", runLater);
text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
$("copy-json").addEventListener("click", () => copy(asJson()));
$("copy-conllu").addEventListener("click", () => copy(answer.lines.map((line, i) => conllu(line, answer.results[i])).join("")));
$("share").addEventListener("click", () => {
  // Browsers do not send the fragment of an address to the server.
  history.replaceState(null, "", `#text=${encodeURIComponent(answer.text)}`);
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
  applyTheme(chosen);
});
function runLink() {
  const shared = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("text");
  if (shared !== null) { text.value = shared; run(); }
  return shared !== null;
}
addEventListener("hashchange", runLink);
$("examples").append(...EXAMPLES.map((example, i) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: i + 1, title: example });
  button.addEventListener("click", () => { text.value = example; run(); });
  return button;
}));
translate();
if (!runLink()) { text.value = EXAMPLES[0]; run(); }
