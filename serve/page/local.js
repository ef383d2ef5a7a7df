// The engine that runs the model file in the browser, with onnxruntime-web: text never leaves the device.

import { Decoder } from "./decoder.js";
import { PageError, ask } from "./service.js";

/** Opens the engine: fetches the runtime, the description of the model, and the model. */
export async function open() {
  let ort;
  try {
    ort = await import("./ort/ort.wasm.min.mjs");
  } catch {
    throw new PageError("no_runtime", "expected onnxruntime-web in page/ort, found none; whoever runs this site has to install it: make page");
  }
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const root = new URL("../", import.meta.url);
  const load = async (path) => {
    try {
      return await ask(new URL(path, root));
    } catch (error) {
      throw error.code === "not_found" ? new PageError("no_model", error.detail) : error;
    }
  };
  const description = await (await load("model/model.json")).json();
  const bytes = await (await load(`model/${description.file}`)).arrayBuffer();
  const session = await ort.InferenceSession.create(new Uint8Array(bytes), { executionProviders: ["wasm"] });
  const decoder = new Decoder(description);
  const score = async (codes) => {
    const feeds = {
      code_points: new ort.Tensor("int32", codes.slice(), [1, codes.length]),
      lengths: new ort.Tensor("int32", Int32Array.of(codes.length), [1]),
    };
    if (session.inputNames.includes("standards")) feeds.standards = new ort.Tensor("int32", Int32Array.of(0), [1]);
    return (await session.run(feeds)).scores.data;
  };
  return {
    models: [{ ...description.model, tags: description.pos, standards: [] }],
    limits: { texts: Infinity, chars: description.limits.section, body: Infinity },
    /** The words of each text, and the model that found them. */
    async tag(texts, choices, entries, signal) {
      const results = [];
      for (const text of texts) {
        if (signal?.aborted) break;
        results.push({ words: await decoder.words(text, score) });
      }
      return { model: description.model, results };
    },
  };
}
