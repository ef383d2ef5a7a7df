"""Words with flags, as `jieba.posseg` gives them.

| UPOS | flag | | UPOS | flag |
|---|---|---|---|---|
| ADJ | `a` | | NUM | `m` |
| ADP | `p` | | PART | `uj` 的, `uv` 地, `ud` 得, `y` 吗呢吧啊呀嘛啦, else `u` |
| ADV | `d` | | PRON | `r` |
| AUX | `ul` 了, `uz` 着, `ug` 过, else `v` | | PROPN | `nz` |
| CCONJ | `c` | | PUNCT | `x` |
| DET | `r` | | SCONJ | `c` |
| INTJ | `e` | | SYM | `x` |
| NOUN | `n` | | VERB | `v` |
| | | | X | `x` |

Words of ASCII letters and digits are `eng`, whitespace is `x`, and a word that was added with a tag has that tag. A
model with another set of tags gives its tags as they are. UPOS does not tell persons, places and organisations apart
(`nr`, `ns`, `nt`), nor verbs and their nouns (`vn`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from .flags import flag
from .tokenizer import Tokenizer
from .tokenizer import dt as default


class Pair(NamedTuple):
    """A word and its flag."""

    word: str
    flag: str

    def __str__(self) -> str:
        return f"{self.word}/{self.flag}"

    def __repr__(self) -> str:
        return f"pair({self.word!r}, {self.flag!r})"


class POSTokenizer:
    """Words with flags, by the model and the own words of a tokenizer."""

    def __init__(self, tokenizer: Tokenizer | None = None) -> None:
        self.tokenizer = Tokenizer() if tokenizer is None else tokenizer

    def cut(self, sentence: str, HMM: bool = True, use_paddle: bool = False) -> Iterator[Pair]:
        """Pairs whose words give the text back when they are joined. `HMM` and `use_paddle` change nothing."""
        tags = self.tokenizer.tags
        for form, pos, _, _ in self.tokenizer.words(sentence):
            yield Pair(form, tags.get(form) or flag(form, pos))

    def lcut(self, sentence: str, HMM: bool = True, use_paddle: bool = False) -> list[Pair]:
        """The same as a list."""
        return list(self.cut(sentence))


pair = Pair
dt = POSTokenizer(default)
cut = dt.cut
lcut = dt.lcut
