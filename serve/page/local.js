// The engine that runs the model file in the browser, with onnxruntime-web: text never leaves the device.

import { Decoder } from "./decoder.js";

/** Opens the engine: fetches the runtime, the description of the model, and the model. */
export async function open({ askKey }) {
  let ort;
  try {
    ort = await import("./ort/ort.wasm.min.mjs");
  } catch {
    throw new Error("expected onnxruntime-web in page/ort, found none; whoever runs this site has to install it: make page");
  }
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const root = new URL("../", import.meta.url);
  let key = sessionStorage.getItem("key");
  const load = async (path) => {
    const answer = await fetch(new URL(path, root), { headers: key ? { Authorization: `Bearer ${key}` } : {} });
    if (answer.status === 401 && (key = askKey())) {
      sessionStorage.setItem("key", key);
      return load(path);
    }
    if (!answer.ok) throw new Error(`expected ${path} beside this page, got status ${answer.status}`);
    return answer;
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
    /** The words of each line, and the model that found them. */
    async tag(lines, signal) {
      const results = [];
      for (const line of lines) {
        if (signal?.aborted) break;
        results.push(await decoder.words(line, score));
      }
      return { model: description.model, results };
    },
  };
}
