// The page: text in, coloured words out. An engine finds the words: the service (remote.js) or the browser (local.js).

import { Choices } from "./choices.js";
import { requestsOf } from "./cut.js";
import { make } from "./elements.js";
import { parseEntries } from "./entries.js";
import { readFile, save } from "./files.js";
import { RowMaker } from "./rows.js";
import { PageError, keepKey } from "./service.js";
import { glossaryRows } from "./tags.js";
import { WordView } from "./words.js";
import { EXAMPLES, WORDING, errorText, wording } from "./wording.js";
import { FORMATS, asResult, formatsFor } from "./writers.js";

const $ = (id) => document.getElementById(id);
const text = $("text"), entryText = $("entries"), status = $("status");
const kind = document.body.dataset.engine;
const LONG = 20000, MOST_FAULTS = 5, MOST_RETRIES = 5; // characters; lines named; times that a busy service is asked again
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let answer = null; // { text, mode, model, rows, ms, nDone, nLines }: what is shown
let engine = null, opening = null, running = null, timer = 0, told = () => {};

const view = new WordView($("result"), $("legend"), $("tip"));
const choices = new Choices(run);

/** Says something in the status line; `message` is called again when the language changes. */
function report(message, error = null) {
  told = () => {
    status.replaceChildren(message());
    status.classList.toggle("error", error !== null);
    if (error?.detail) status.append(make("small", { lang: "en", textContent: error.detail }));
  };
  told();
}

const areNames = () => choices.model?.finds === "spans";

const counted = () => {
  const counts = wording().counts(view.nWords, view.nCharacters, answer.ms, areNames(), view.nNames);
  return view.nDrawn < view.nWords ? `${counts}. ${wording().notShown(view.nDrawn)}` : counts;
};

function reportError(error) {
  const known = PageError.of(error);
  const isPart = answer !== null && answer.nDone < answer.nLines;
  const partly = () => (isPart && answer.nDone ? ` ${wording().stopped(answer.nDone, answer.nLines)}` : "");
  report(() => errorText(known.code) + partly(), known);
  $("key-box").hidden = known.code !== "unauthorized";
}

function clear() {
  answer = null;
  view.clear();
  $("legend-box").hidden = $("result-box").hidden = true;
}

async function openEngine() {
  if (engine) return engine;
  if (kind === "local") report(() => wording().loading);
  opening ??= import(kind === "local" ? "./local.js" : "./remote.js").then((module) => module.open());
  try {
    engine = await opening;
  } finally {
    opening = null;
  }
  choices.offer(engine);
  drawGlossary();
  return engine;
}

async function run() {
  clearTimeout(timer);
  running?.abort();
  const request = (running = new AbortController());
  if (!text.value) {
    clear();
    return report(() => "");
  }
  try {
    await openEngine();
    if (!request.signal.aborted) await tagText(request.signal);
  } catch (error) {
    if (request.signal.aborted) return;
    if (!answer?.nDone || answer.signal !== request.signal) clear();
    reportError(error);
  }
}

/** Tags the text in as many requests as it needs, and shows the words as they come. */
async function tagText(signal) {
  const lines = text.value.split("\n"), value = choices.value, began = performance.now(), maker = new RowMaker(value.mode);
  const entries = readEntries();
  let nDone = 0;
  report(() => wording().working);
  const limits = value.mode === "alternatives" ? { ...engine.limits, chars: engine.limits.nbest_chars } : engine.limits;
  for (const pieces of requestsOf(lines, limits)) {
    const { model, results } = await askPatiently(pieces.map((piece) => piece.text), value, entries, signal);
    if (signal.aborted) return;
    if (!nDone) {
      clear();
      answer = { text: text.value, mode: value.mode, signal, model, rows: [], nLines: lines.length };
    }
    nDone += pieces.filter((piece) => piece.isLast).length;
    const rows = maker.add(pieces, results);
    answer.rows.push(...rows);
    Object.assign(answer, { nDone, ms: Math.round(performance.now() - began) });
    view.add(rows, value.mode);
    showBoxes();
    report(() => wording().progress(nDone, lines.length));
  }
  offerFormats();
  report(counted);
}

/** An answer of the engine, which is asked again while the service says that it is busy. */
async function askPatiently(texts, value, entries, signal) {
  for (let retries = 0; ; retries++) {
    try {
      return await engine.tag(texts, value, entries, signal);
    } catch (error) {
      if (!["overloaded", "rate_limited"].includes(error.code) || retries === MOST_RETRIES) throw error;
      report(() => errorText(error.code));
      await new Promise((resolve) => setTimeout(resolve, 1000 * error.wait));
    }
  }
}

function showBoxes() {
  $("legend-box").hidden = view.tags.length === 0;
  $("result-box").hidden = view.nWords === 0;
  $("legend-title").textContent = wording()[areNames() ? "types" : view.nNames === null ? "legend" : "both"];
  $("marks").hidden = !view.hasUnsure;
  $("key-box").hidden = true;
  const { model } = answer;
  $("model").textContent = `${wording().model}: ${model.name} ${model.version}${model.licence ? `, ${model.licence}` : ""}.`;
}

function offerFormats() {
  const formats = formatsFor(answer), chosen = $("format").value;
  $("format").replaceChildren(...formats.map((suffix) => new Option(wording().formats[suffix], suffix)));
  if (formats.includes(chosen)) $("format").value = chosen;
  $("copy-conllu").hidden = !formats.includes("conllu");
}

/** The answer in a format; empty after an error, which is reported. */
function written(suffix) {
  try {
    return answer.rows.map(FORMATS[suffix]).join("");
  } catch (error) {
    reportError(error);
    return "";
  }
}

/** Puts the text of a file on the page. */
async function openFile(file) {
  if (!file) return;
  try {
    text.value = await readFile(file);
    run();
    $("sentence")?.dispatchEvent(new Event("change"));
  } catch (error) {
    reportError(error);
  }
}

/** The reader's dictionary; says which of its lines are no entries. */
function readEntries() {
  if (!entryText || !engine) return [];
  const { entries, faults } = parseEntries(entryText.value, choices.model, engine.limits);
  const items = faults.slice(0, MOST_FAULTS).map(({ number, line, fault }) => wording().lineFault(number, line, wording().lineFaults[fault]));
  if (faults.length > MOST_FAULTS) items.push(wording().moreFaults(faults.length - MOST_FAULTS));
  $("entry-faults").replaceChildren(...items.map((item) => make("li", {}, item)));
  return entries;
}

function drawGlossary() {
  const rows = glossaryRows([...choices.model?.tags ?? [], ...choices.model?.entities ?? []]);
  $("glossary").hidden = rows.length === 0;
  $("glossary-rows").replaceChildren(...rows);
  $("glossary-head").replaceChildren(...wording().glossaryHead.map((name) => make("th", { textContent: name, scope: "col" })));
}

function runLater() {
  clearTimeout(timer);
  timer = setTimeout(run, text.value.length > LONG ? 1500 : 200);
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    say(wording().copied);
  } catch {
    say(wording().copyFailed);
  }
}

/** Says something for a while, in place of the counts. */
function say(message) {
  const before = told;
  report(() => message);
  const own = told;
  setTimeout(() => { if (told === own) (told = before)(); }, 2500);
}

const asJson = () => JSON.stringify({ model: answer.model, offsets: "codepoint", results: answer.rows.map(asResult) }, null, 1);

function translate() {
  const texts = WORDING[language];
  document.documentElement.lang = texts.code;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = element.dataset.text.split(".").reduce((value, name) => value[name], texts);
  }
  for (const element of document.querySelectorAll("[data-title]")) element.title = texts[element.dataset.title];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", texts[element.dataset.label]);
  $("language").textContent = texts.other;
  $("privacy").textContent = texts[kind];
  applyTheme();
  choices.translate();
  drawGlossary();
  readEntries();
  view.translate();
  if (answer) {
    showBoxes();
    offerFormats();
  }
  told();
}

function applyTheme(chosen = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) {
  document.documentElement.dataset.theme = chosen;
  $("theme").textContent = chosen === "dark" ? wording().light : wording().dark;
}

function runLink() {
  const { text: shared, entries, ...values } = Object.fromEntries(new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")));
  if (shared === undefined) return false;
  text.value = shared;
  if (entryText) {
    entryText.value = entries ?? "";
    $("dictionary").open = entryText.value !== "";
  }
  choices.value = values;
  drawGlossary();
  run();
  return true;
}

function share() {
  const values = { text: text.value, ...(entryText?.value && { entries: entryText.value }), ...choices.value };
  if (values.mode === "words") delete values.mode;
  // Browsers do not send the fragment of an address to the server.
  history.replaceState(null, "", `#${Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`);
  copy(location.href);
}

text.addEventListener("input", runLater);
entryText?.addEventListener("input", runLater);
text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
$("copy-json").addEventListener("click", () => copy(asJson()));
$("copy-conllu").addEventListener("click", () => copy(written("conllu")));
$("download").addEventListener("click", () => {
  const suffix = $("format").value, content = written(suffix);
  if (content) save(`words.${suffix}`, content);
});
$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  await openFile($("file").files[0]);
  $("file").value = ""; // so that the same file can be opened again
});
text.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  openFile(event.dataTransfer.files[0]);
});
$("share").addEventListener("click", share);
$("choose-model")?.addEventListener("change", drawGlossary);
$("key-box").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey($("key").value.trim());
  $("key").value = "";
  run();
  document.dispatchEvent(new Event("key"));
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
addEventListener("hashchange", runLink);
$("examples").append(...EXAMPLES.map((example, i) => {
  const button = make("button", { type: "button", textContent: i + 1, title: example });
  button.addEventListener("click", () => { text.value = example; run(); });
  return button;
}));
translate();
if (!runLink()) { text.value ||= EXAMPLES[0]; run(); } // the reader may have typed before this ran
