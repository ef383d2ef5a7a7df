// The worker of local.js: runs the model with onnxruntime-web and decodes, beside the page.

import { Decoder } from "./decoder.js";

/** The words of a text, as a function, from the description of a model and the bytes of its file. */
async function openModel({ description, bytes }) {
  const ort = await import("./ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const decoder = new Decoder(description);
  const score = async (codes) => {
    const feeds = {
      code_points: new ort.Tensor("int32", codes.slice(), [1, codes.length]),
      lengths: new ort.Tensor("int32", Int32Array.of(codes.length), [1]),
    };
    if (session.inputNames.includes("standards")) feeds.standards = new ort.Tensor("int32", Int32Array.of(0), [1]);
    return (await session.run(feeds)).scores.data;
  };
  return (text) => decoder.words(text, score);
}

let words = null;

// The first message has a model, each one after it has texts. Each is answered by its number, with a value or an error.
addEventListener("message", async ({ data: { number, model, texts } }) => {
  try {
    if (model) {
      words = await openModel(model);
      return postMessage({ number });
    }
    const value = [];
    for (const text of texts) value.push({ words: await words(text) });
    postMessage({ number, value });
  } catch (error) {
    postMessage({ number, error: error.message });
  }
});
