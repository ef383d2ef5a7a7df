// Dictionary entries as they are typed: a line each, `word` or `word strength[=weight] [tag]` with tabs or two spaces between.

/** What the service takes as `entries`. */
export function entries(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [word, wanted = "", tag = ""] = line.split(/\t| {2,}/).map((part) => part.trim());
    const [strength, weight] = wanted.split("=");
    return {
      word, ...(strength ? { strength } : {}), ...(weight === undefined ? {} : { weight: Number(weight) }), ...(tag ? { tag } : {}),
    };
  });
}
