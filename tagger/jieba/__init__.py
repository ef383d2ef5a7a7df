"""The interface of jieba 0.42 on the words of a tagger: `from tagger import jieba` in place of `import jieba`.

The names and arguments are jieba's; docs/integrations.md says what differs. The model is the one of
`jieba.initialize(model=…)` or of the variable TAGGER_MODEL, by default `zh-small`, and it is opened at the first use.
"""

from . import posseg
from .tokenizer import Tokenizer, dt

add_word = dt.add_word
cut = dt.cut
cut_for_search = dt.cut_for_search
del_word = dt.del_word
disable_parallel = dt.disable_parallel
enable_parallel = dt.enable_parallel
initialize = dt.initialize
lcut = dt.lcut
lcut_for_search = dt.lcut_for_search
load_userdict = dt.load_userdict
set_dictionary = dt.set_dictionary
suggest_freq = dt.suggest_freq
tokenize = dt.tokenize

__all__ = [
    "Tokenizer",
    "add_word",
    "cut",
    "cut_for_search",
    "del_word",
    "disable_parallel",
    "dt",
    "enable_parallel",
    "initialize",
    "lcut",
    "lcut_for_search",
    "load_userdict",
    "posseg",
    "set_dictionary",
    "suggest_freq",
    "tokenize",
]
