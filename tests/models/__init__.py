"""Model files with random weights, a few kB each, that tests of the tagging half open. `make.py` made them."""

from pathlib import Path

FOLDER = Path(__file__).parent

TEXTS = ("我喜欢北京。", "今天天气很好，我们去公园吧！", "iPhone 15 卖 5999 元。")
SPAN_TEXTS = (  # for models of entities: spaces, format characters, clusters, a text of several windows
    "我喜欢北京。",
    "我们 去公园吧！",
    "iPhone 15 卖 5999 元。",
    "",
    " ",
    "北\u200b京\u200b 公园",
    "👨‍👩‍👧去e\u0301\u0301",
    "今天天气很好" * 30,
)
HEADS = ("crf", "softmax", "factored")  # of each one a tagger with the tags A and B
SMALL = FOLDER / "small.onnx"  # a CRF tagger with the tags NOUN, VERB and X
SEGMENTER = FOLDER / "segmenter.onnx"  # a CRF tagger without tags
STANDARDS = FOLDER / "standards.onnx"  # a tagger of the standards a and b
ENTITIES = FOLDER / "entities.onnx"  # a tagger of entities of the types LOC and PER, which may hold spaces
# A tagger of words with the tags NOUN, VERB and X, by a factored head, and of entities of the types LOC and PER.
JOINT = FOLDER / "joint.onnx"
NO_FORGET = FOLDER / "no_forget.onnx"  # a tagger whose cell has no forget gate
DEEP = FOLDER / "deep.onnx"  # a rounded tagger of three layers with words and a factored head
FORWARD = FOLDER / "forward.onnx"  # a tagger of the standards a and b, in one direction, with words and no bigrams
SUM = FOLDER / "sum.onnx"  # a tagger of one layer whose vectors of characters, bigrams and words are added up
INT8 = FOLDER / "int8.onnx"  # small.onnx as `quantize=int8` writes it
TOPICS = FOLDER / "topics.onnx"  # a classifier with the labels travel, weather and shop; reads 100 characters
WORDS = FOLDER / "words.onnx"  # a tagger of given English words
RELU = FOLDER / "relu.onnx"  # one operator and no metadata: not a model of this project


def head_model(head: str) -> Path:
    """The tagger with that head."""
    return FOLDER / f"{head}.onnx"
