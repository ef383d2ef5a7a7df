// The texts of the page in both of its languages, and the names and colours of tags.

export const WORDING = {
  zh: {
    code: "zh-Hans", other: "English", languageTitle: "Switch to English", subtitle: "中文分词与词性标注",
    textLabel: "文本", hint: "输入或粘贴文本，自动分析（Ctrl+Enter 立即分析）。方向键在词间移动。", examples: "例：",
    legend: "词性", result: "结果", copyConllu: "复制 CoNLL-U", copyJson: "复制 JSON", share: "复制链接",
    copied: "已复制。", copyFailed: "浏览器不允许复制。", themeTitle: "切换明暗", light: "浅色", dark: "深色",
    toLocal: "在浏览器中运行", toRemote: "由服务器运行", api: "API",
    counts: (words, characters, ms) => `${words} 个词，${characters} 个字符，${ms} 毫秒`, working: "分析中……",
    loading: "正在载入模型……", offset: (start, end) => `位置 ${start}–${end}（码点）`, model: "模型", untagged: "词",
    sure: (percent) => `把握 ${percent}%`,
    dictionary: "自定义词典", entriesLabel: "每行一个词，必定成词",
    entriesHint: "也可用制表符（两个空格）写“词  prefer=2  NOUN”“词  forbid”“词  join”“词|语  cut”。",
    remote: "文本会发送到本服务器，不会被记录。", local: "文本不会离开您的设备。", wantKey: "此服务需要密钥：",
    views: "视图", inside: "看网络内部", sentence: "句子", layer: "层", units: "单元数", all: "全部", chances: "词与概率",
    scores: "各标签的得分", states: "门与状态", statesHint: "列为字符，行为单元；显示隐藏状态变化最大的单元。", unit: "单元",
    arrows: "方向键在格间移动。", path: "维特比路径：各字符标签的首字母", impossible: "不可能",
    pointAt: "指向一格（或按 Tab 选中一幅图，再用方向键）即可看到数值。",
    scoresHint: (n, all) => `对数单位；描边为维特比路径；显示 ${all} 行中的 ${n} 行。`,
    character: (char, place) => `第 ${place} 字「${char}」`, directions: { forward: "正向", backward: "反向" },
    shownUnits: (operator, direction, n, all) => `${operator}，${direction}：${all} 个单元中的 ${n} 个`,
    parts: { forget: "遗忘门", input: "输入门", output: "输出门", update: "更新门", reset: "重置门", candidate: "候选值", cell: "细胞状态", hidden: "隐藏状态" },
  },
  en: {
    code: "en", other: "中文", languageTitle: "切换到中文", subtitle: "Chinese words and parts of speech",
    textLabel: "Text", hint: "Type or paste; Ctrl+Enter tags at once. Arrow keys go from word to word.", examples: "Try:",
    legend: "Parts of speech", result: "Words", copyConllu: "Copy CoNLL-U", copyJson: "Copy JSON", share: "Copy link",
    copied: "Copied.", copyFailed: "The browser does not allow copying.", themeTitle: "Light or dark", light: "Light", dark: "Dark",
    toLocal: "Run in the browser", toRemote: "Run on the server", api: "API",
    counts: (words, characters, ms) => `${words} words, ${characters} characters, ${ms} ms`, working: "Tagging…",
    loading: "Loading the model…", offset: (start, end) => `offsets ${start}–${end} (code points)`, model: "Model", untagged: "word",
    sure: (percent) => `${percent} % sure`,
    dictionary: "Your own words", entriesLabel: "A word per line: a word wherever it occurs",
    entriesHint: "Or, with a tab or two spaces between: “word  prefer=2  NOUN”, “word  forbid”, “word  join”, “wo|rd  cut”.",
    remote: "Text goes to this server, which does not keep it.", local: "Text never leaves your device.",
    wantKey: "This service needs a key:",
    views: "Views", inside: "Look inside", sentence: "Sentence", layer: "Layer", units: "Units", all: "all",
    chances: "Words and their probabilities", scores: "Scores per tag", states: "Gates and states",
    statesHint: "A column per character, a row per unit: those whose hidden state varies most.", unit: "unit",
    arrows: "Arrow keys go from cell to cell.", path: "The Viterbi path: first letter of each character's tag",
    impossible: "impossible", pointAt: "Point at a cell, or go to a map by Tab and on by arrow keys, to read its values.",
    scoresHint: (n, all) => `In log units; outlined: the Viterbi path; ${n} of ${all} rows.`,
    character: (char, place) => `character ${place} “${char}”`, directions: { forward: "forward", backward: "backward" },
    shownUnits: (operator, direction, n, all) => `${operator}, ${direction}: ${n} of ${all} units`,
    parts: { forget: "forget gate", input: "input gate", output: "output gate", update: "update gate", reset: "reset gate", candidate: "candidate", cell: "cell state", hidden: "hidden state" },
  },
};

export const EXAMPLES = [
  "我们明天去北京大学看朋友。",
  "她花了5999元买了一部iPhone 15，非常开心！😀",
  "乒乓球拍卖完了。\n研究生命的起源很有意思。",
];

// The tags of Universal Dependencies: a hue (null for grey), and names in both languages.
const TAGS = {
  NOUN: [210, "名词", "noun"], PROPN: [265, "专有名词", "proper noun"], PRON: [180, "代词", "pronoun"],
  VERB: [10, "动词", "verb"], AUX: [340, "助动词", "auxiliary"], ADJ: [95, "形容词", "adjective"],
  ADV: [45, "副词", "adverb"], ADP: [305, "介词", "adposition"], NUM: [150, "数词", "number"],
  DET: [195, "限定词", "determiner"], PART: [25, "助词", "particle"], CCONJ: [70, "并列连词", "conjunction"],
  SCONJ: [120, "从属连词", "subordinator"], INTJ: [325, "感叹词", "interjection"],
  PUNCT: [null, "标点", "punctuation"], SYM: [235, "符号", "symbol"], X: [null, "其他", "other"],
};

/** The hue of a tag, null for grey. A tag of another tag set always gets the same hue. */
export function hue(tag) {
  if (tag in TAGS) return TAGS[tag][0];
  let sum = 0;
  for (const char of tag) sum = (sum * 31 + char.codePointAt(0)) % 360;
  return sum;
}

/** The name of a tag in a language; empty for tags of other tag sets. */
export function tagName(tag, language) {
  return tag in TAGS ? TAGS[tag][language === "zh" ? 1 : 2] : "";
}
