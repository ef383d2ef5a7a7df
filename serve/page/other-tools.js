// Lines of dictionaries for jieba and HanLP, and their tags, read as `tagger tag` reads them (docs/dictionary.md).

const UPOS = new Set("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split(" "));
// Tags of Peking University (small letters), as jieba and HanLP divide them, and of the Chinese Treebank.
const UPOS_OF = new Map(Object.entries({
  ADJ: "a ag al JJ", ADP: "p pba pbei BA P", ADV: "ad d dd df dg dl AD", CCONJ: "c cc CC", DET: "DT", INTJ: "e IJ",
  NOUN: "n nb ng nl nm nn q qg qt qv s t tg M NN NT", NUM: "m CD OD",
  PART: "u ud ude1 ude2 ude3 uj uv y DEC DEG DER DEV ETC MSP SP", PRON: "r rg rr ry rys ryt ryv PN",
  PROPN: "nr nr1 nr2 nrf nrfg nrj nrt ns nsf nt ntc ntcb ntcf ntch nth nto nts ntu nw nz NR", PUNCT: "PU", SCONJ: "CS",
  VERB: "v vf vg vi vl VV",
}).flatMap(([upos, tags]) => tags.split(" ").map((tag) => [tag, upos])));
// Those that say too little: the model chooses.
const OPEN = new Set((
  "AS FW LB LC ON SB VA VC VE an b bg bl eng f g gb gg gi gm gp h i j k l mg mq ni nic nis nit nx o rz rzs rzt rzv "
  + "ug uguo ul ule uyy uz uzhe vd vn vq vshi vx vyou w x xc xx yg z zg"
).split(" "));

const QUOTED = /^"((?:[^"]|"")+)"([ ,\t][^"]*)$/, TABBED = /^([^\t]+)(\t.*)$/, TAG = /^[A-Za-z][A-Za-z0-9_-]{0,15}$/;
const PLAIN_WORD = "字";

const isOther = (tag) => UPOS_OF.has(tag) || OPEN.has(tag);
const isKnown = (tag) => UPOS.has(tag) || isOther(tag);
const isNumber = (part) => /^[0-9]+$/.test(part);
const isAscii = (text) => !/[^\x00-\x7f]/.test(text);

/** The tag among `pos`, those of a model, that a user's tag stands for; empty where the model chooses, null if unknown. */
export function readTag(tag, pos) {
  if (pos.includes(tag)) return tag;
  if (!isOther(tag)) return null;
  const upos = UPOS_OF.get(tag);
  return pos.includes(upos) && pos.every((name) => UPOS.has(name)) ? upos : "";
}

/** The word of a line, its tag, and whether its frequency is 0; null for a phrase and for a word alone. */
export function readLine(line) {
  const [, word, rest] = QUOTED.exec(line) ?? TABBED.exec(line) ?? [];
  if (word === undefined) return readParts(line);
  const found = readParts(PLAIN_WORD + rest);
  return found?.word === PLAIN_WORD ? { ...found, word: word.replaceAll('""', '"') } : null;
}

function readParts(line) {
  const [head, last] = splitLast(line.replace(/[\u00a0\u3000\t,]/g, " "));
  if (!head) return null;
  const [before, middle] = splitLast(head), wordOf = (text) => line.slice(0, text.length);
  if (isNumber(last)) {
    if (before && isTagBesideNumber(middle, before)) {
      const [word, tag] = firstPair(before, middle);
      return { word: wordOf(word), tag };
    }
    if (!isAscii(head) || last === "0" || last.length > 4) return { word: wordOf(head), isUnwanted: Number(last) === 0 };
  } else if (before && isNumber(middle) && isTagBesideNumber(last, before)) {
    return { word: wordOf(before), tag: last, isUnwanted: Number(middle) === 0 };
  } else if (isTag(last, head)) {
    return { word: wordOf(head), tag: last };
  }
  return null;
}

function splitLast(text) {
  const place = text.lastIndexOf(" ");
  return [text.slice(0, Math.max(place, 0)).replace(/ +$/, ""), text.slice(place + 1)];
}

const isTagBesideNumber = (part, word) => isKnown(part) || (!isAscii(word) && TAG.test(part));

function isTag(part, word) {
  const isCapital = part === part.toUpperCase();
  if (isAscii(word)) return part.length > 1 && (UPOS.has(part) || (isKnown(part) && !isCapital));
  return isKnown(part) && (part.length > 1 || !isCapital);
}

/** HanLP's lines have a pair of tag and frequency for each tag, the most frequent one first. */
function firstPair(word, tag) {
  const [head, number] = splitLast(word), [before, earlier] = splitLast(head);
  return before && isNumber(number) && isTagBesideNumber(earlier, before) ? firstPair(before, earlier) : [word, tag];
}
