// The words of an answer on the page: drawn as they come, with a legend, and a tip for the word that is pointed at.

import { make } from "./elements.js";
import { paint, tagName } from "./tags.js";
import { wording } from "./wording.js";

const UNSURE = 0.9, DOUBTFUL = 0.6; // words with a lower probability are underlined
const MOST_WORDS = 20000; // that are drawn: more would make the page slow
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" };

const percent = (probability) => wording().percent(Math.round(100 * probability));
const confidence = ({ probability }) => (probability === undefined ? "" : wording().sure(Math.round(100 * probability)));

/** What stands under a word: its tag; under an entity its type, and in Chinese the name of the type, if it has one. */
const below = ({ pos, label }) => (label && wording().short === "zh" ? `${label} ${tagName(label, "zh")}`.trim() : pos ?? "");

/** The text between words: spaces, or what is outside entities. */
const between = (text) => (text.trim() ? make("span", { className: "outside", textContent: text }) : text);

export class WordView {
  #result;
  #legend;
  #tip;
  #current = null;
  #shownTag = null;
  #counts = new Map();

  constructor(result, legend, tip) {
    [this.#result, this.#legend, this.#tip] = [result, legend, tip];
    result.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hideTip();
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      this.#go(STEPS[event.key]);
    });
    for (const type of ["pointerover", "focusin"]) {
      result.addEventListener(type, (event) => {
        const element = event.target.closest(".word");
        if (element) this.#showTip(element);
      });
    }
    for (const type of ["pointerleave", "focusout"]) result.addEventListener(type, () => this.hideTip());
    this.clear();
  }

  /** Shows nothing. */
  clear() {
    this.hideTip();
    this.#counts = new Map();
    this.#current = null;
    this.nWords = this.nCharacters = this.nDrawn = 0;
    this.hasUnsure = false;
    this.#result.replaceChildren();
    this.#legend.replaceChildren();
  }

  /** Adds rows: lines with their words, or pieces with alternatives. */
  add(rows, mode) {
    for (const row of rows) {
      this.nCharacters += Array.from(row.text).length;
      const words = row.words ?? row.alternatives[0]?.words ?? [];
      this.nWords += words.length;
      for (const { pos } of words) if (pos !== null) this.#counts.set(pos, (this.#counts.get(pos) ?? 0) + 1);
      if (this.nDrawn >= MOST_WORDS) continue;
      const drawn = row.alternatives ? this.#alternativesElement(row) : this.#lineElement(row, mode === "search");
      this.#result.append(drawn);
      this.nDrawn += words.length;
    }
    this.#current ??= this.#result.querySelector(".word");
    if (this.#current) this.#current.tabIndex = 0;
    this.#drawLegend();
  }

  /** Names the words and the legend in the language of the page. */
  translate() {
    this.hideTip();
    for (const element of this.#result.querySelectorAll(".word")) {
      this.#label(element);
      if (element.word.label) element.dataset.below = below(element.word);
    }
    this.#drawLegend();
  }

  get tags() {
    return [...this.#counts.keys()];
  }

  #lineElement({ text, words }, isSearch = false) {
    const chars = Array.from(text), row = make("div", { className: "line", lang: "zh" });
    let end = 0;
    words.forEach((word, i) => {
      if (!isSearch && word.start > end) row.append(between(chars.slice(end, word.start).join("")));
      row.append(this.#wordElement(word, i, isSearch));
      end = word.end;
    });
    if (!isSearch) row.append(between(chars.slice(end).join("")));
    return row;
  }

  #alternativesElement({ text, alternatives }) {
    return make("div", { className: "alternatives" }, ...alternatives.map(({ probability, words }) => {
      const row = this.#lineElement({ text, words });
      row.prepend(make("span", { className: "share", textContent: percent(probability), lang: "" }));
      return row;
    }));
  }

  #wordElement(word, number, isSearch) {
    const element = make("span", { className: "word", tabIndex: -1, word });
    paint(element, word.pos, number);
    element.dataset.below = isSearch ? `${word.pos ?? ""} ${percent(word.probability)}` : below(word);
    const isDoubtful = !isSearch && word.probability < DOUBTFUL, isUnsure = !isSearch && word.probability < UNSURE;
    // The line is under the form alone: under the word it would go through the tag.
    if (isUnsure) element.append(make("span", { className: isDoubtful ? "doubtful" : "unsure", textContent: word.form }));
    else element.textContent = word.form;
    this.hasUnsure ||= isUnsure;
    this.#label(element);
    return element;
  }

  #label(element) {
    const { form, pos, start, end } = element.word;
    const tag = `${pos ?? wording().untagged} ${pos ? tagName(pos, wording().short) : ""}`;
    element.setAttribute("aria-label", [form, tag, wording().offset(start, end), confidence(element.word)].filter(Boolean).join(", "));
  }

  #drawLegend() {
    if (!this.#counts.has(this.#shownTag)) this.#shownTag = null;
    const byCount = [...this.#counts].sort((a, b) => b[1] - a[1]);
    this.#legend.replaceChildren(...byCount.map(([tag, count]) => {
      const button = make("button", { type: "button" }, `${tag} ${tagName(tag, wording().short)} `, make("b", { textContent: count }));
      paint(button, tag);
      button.addEventListener("click", () => {
        this.#shownTag = this.#shownTag === tag ? null : tag;
        this.#filter();
      });
      return button;
    }));
    this.#filter();
  }

  #filter() {
    this.#result.classList.toggle("filtered", this.#shownTag !== null);
    for (const element of this.#result.querySelectorAll(".word")) {
      element.classList.toggle("shown", element.dataset.tag === this.#shownTag);
    }
    for (const button of this.#legend.children) button.setAttribute("aria-pressed", button.dataset.tag === this.#shownTag);
  }

  #showTip(element) {
    const { form, pos, start, end } = element.word, tip = this.#tip;
    tip.replaceChildren(
      make("strong", { textContent: form }), ` ${pos ?? ""} ${pos ? tagName(pos, wording().short) : ""}`,
      make("br"), wording().offset(start, end), " ", confidence(element.word),
    );
    tip.hidden = false;
    const box = element.getBoundingClientRect(), tipBox = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left + box.width / 2 - tipBox.width / 2, innerWidth - tipBox.width - 8));
    const above = box.top - tipBox.height - 6;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 4 ? above : box.bottom + 6) + scrollY}px`;
  }

  hideTip() {
    this.#tip.hidden = true;
  }

  #go(step) {
    const words = [...this.#result.querySelectorAll(".word")], index = words.indexOf(this.#current);
    const next = words[step === "first" ? 0 : step === "last" ? words.length - 1 : index + step];
    if (!next) return;
    this.#current.tabIndex = -1;
    this.#current = next;
    this.#current.tabIndex = 0;
    this.#current.focus();
  }
}
