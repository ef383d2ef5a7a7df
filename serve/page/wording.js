// What the page says, in both of its languages, and how tags are called and coloured.

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
  },
};

export const EXAMPLES = [
  "我们明天去北京大学看朋友。",
  "她花了5999元买了一部iPhone 15，非常开心！😀",
  "乒乓球拍卖完了。\n研究生命的起源很有意思。",
];

// Universal Dependencies' tags: a hue, and names in both languages.
const TAGS = {
  NOUN: [210, "名词", "noun"], PROPN: [265, "专有名词", "proper noun"], PRON: [180, "代词", "pronoun"],
  VERB: [10, "动词", "verb"], AUX: [340, "助动词", "auxiliary"], ADJ: [95, "形容词", "adjective"],
  ADV: [45, "副词", "adverb"], ADP: [305, "介词", "adposition"], NUM: [150, "数词", "number"],
  DET: [195, "限定词", "determiner"], PART: [25, "助词", "particle"], CCONJ: [70, "并列连词", "conjunction"],
  SCONJ: [120, "从属连词", "subordinator"], INTJ: [325, "感叹词", "interjection"],
  PUNCT: [null, "标点", "punctuation"], SYM: [235, "符号", "symbol"], X: [null, "其他", "other"],
};

/** The hue of a tag (null for grey); tags of other tag sets get one that is always the same. */
export function hue(tag) {
  if (tag in TAGS) return TAGS[tag][0];
  let sum = 0;
  for (const char of tag) sum = (sum * 31 + char.codePointAt(0)) % 360;
  return sum;
}

/** What a tag is called in a language; tags of other tag sets have no other name. */
export function tagName(tag, language) {
  return tag in TAGS ? TAGS[tag][language === "zh" ? 1 : 2] : "";
}
