// The engine that asks the service this page came from.

import { asWord } from "./entities.js";
import { ask, post } from "./service.js";

/** The result with its entities as words: in place of words, or as `spans` beside them. */
const withWords = ({ words, spans, ...rest }) => (
  { ...rest, words: words ?? spans.map(asWord), ...(words && spans && { spans: spans.map(asWord) }) }
);

// What a request asks for in each of the page's modes.
const MODES = {
  words: { confidence: true }, sentences: { confidence: true, sentences: true }, alternatives: { nbest: 5 }, search: { search: 0.1 },
};

/** Opens the engine: reads which models, dictionaries and patterns there are, and the limits of requests. */
export async function open() {
  const { models, dictionaries, patterns, limits } = await (await ask("v1/models")).json();
  return {
    models: models.filter(({ kind }) => kind === "tagger"), dictionaries, patterns, limits,
    /** The answer to each text, and the model that gave it. `choices` are those of the page; `entries` are a dictionary. */
    async tag(texts, { mode, ...names }, entries, signal) {
      const body = { texts, ...MODES[mode], ...names, ...(entries.length && { entries }) };
      if (mode === "alternatives") body.nbest = Math.min(body.nbest, limits.nbest);
      const { model, results } = await post("v1/tag", body, signal);
      return {
        model, results: results.map((result) => (
          result.error ? { words: [] } : result.alternatives ? { alternatives: result.alternatives.map(withWords) } : withWords(result)
        )),
      };
    },
  };
}

/** What the net of a model computes for a sentence. `layer` counts from 1; null is the last one. */
export const inspect = (text, model, layer, signal) => post("v1/inspect", { text, model, layer }, signal);
