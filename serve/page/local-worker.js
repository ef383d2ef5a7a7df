// The worker of local.js: runs the model with onnxruntime-web and decodes, beside the page.

import { Decoder } from "./decoder.js";

/** The words of texts, and the entities beside them, as a function, from the description of a model and the bytes of its file. */
async function openModel({ description, bytes }) {
  const ort = await import("./ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const decoder = new Decoder(description);
  const ofEntities = description.entities && new Decoder({ ...description, ...description.entities });
  const run = (codes) => {
    const feeds = {
      code_points: new ort.Tensor("int32", codes.slice(), [1, codes.length]),
      lengths: new ort.Tensor("int32", Int32Array.of(codes.length), [1]),
    };
    if (session.inputNames.includes("standards")) feeds.standards = new ort.Tensor("int32", Int32Array.of(0), [1]);
    return session.run(feeds);
  };
  const find = async (text, dictionary) => {
    const runs = new Map(); // words and entities are read in the same windows
    const score = (output) => async (codes) => {
      const key = codes.join();
      if (!runs.has(key)) runs.set(key, await run(codes));
      return runs.get(key)[output].data;
    };
    const words = await decoder.words(text, score("scores"), dictionary);
    if (!ofEntities) return { words };
    return { words, spans: await ofEntities.words(text, score("entity_scores"), null, decoder.edges(text, dictionary)) };
  };
  let kept = { key: "[]", dictionary: null }; // of the texts before: most have the same
  return async (texts, entries) => {
    const key = JSON.stringify(entries), results = [];
    if (key !== kept.key) kept = { key, dictionary: entries.length ? decoder.dictionary(entries) : null };
    const { dictionary } = kept; // another call may keep its own meanwhile
    for (const text of texts) results.push(await find(text, dictionary));
    return results;
  };
}

let tag = null;

// The first message has a model, each one after it has texts and the entries of a dictionary. Each is answered by its
// number, with a value or an error.
addEventListener("message", async ({ data: { number, model, texts, entries } }) => {
  try {
    if (model) tag = await openModel(model);
    postMessage({ number, value: model ? null : await tag(texts, entries) });
  } catch (error) {
    postMessage({ number, error: error.message });
  }
});
