"""Raw text as a stream of character ids, cut into windows."""

from collections import Counter
from typing import NamedTuple

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.texts import TextCorpus
from ...errors import CorpusError
from ...text.alphabet import Alphabet
from ...text.characters import PAD, SPACE, code_points
from ..resources.vectors import Vectors
from .batching import loader


class CharBatch(NamedTuple):
    """Windows of a text `[batch, time]`: the ids of characters, the ids of the next ones, which the net predicts, and
    which of the predictions count for the loss."""

    ids: Tensor
    following: Tensor
    counted: Tensor


def encode(alphabet: Alphabet, text: str) -> NDArray[np.int64]:
    """The ids of a text's characters `[n_chars]`, with PAD for the end of a line."""
    codes = code_points(text)
    ids = alphabet.ids(codes).astype(np.int64)
    ids[codes == ord("\n")] = PAD
    return ids


def forms(alphabet: Alphabet, text: str) -> dict[int, str]:
    """The character that each id stands for most often in a text. Ids of classes stand for none."""
    counts = Counter(text)
    chars = sorted(counts, key=lambda char: (-counts[char], char))
    known = set(range(alphabet.n_chars - len(alphabet.chars), alphabet.n_chars)) | {SPACE}
    forms = {PAD: "\n"}
    for char, id in zip(chars, encode(alphabet, "".join(chars)).tolist(), strict=True):
        if id in known:
            forms.setdefault(id, char)
    return forms


class WindowDataset(Dataset[CharBatch]):
    """A stream of ids, which PAD precedes, in windows of `context` characters to predict, by lists of indices.

    The net also reads `warm_up` characters before a window, whose predictions do not count: so every prediction that
    counts has at least that much context.
    """

    def __init__(self, ids: NDArray[np.int64], *, context: int, warm_up: int = 0) -> None:
        self.stream = np.concatenate([[PAD], ids])
        self.starts = np.arange(1, len(self.stream), context)
        self.ends = np.minimum(self.starts + context, len(self.stream))
        self.firsts = np.maximum(self.starts - warm_up, 1)

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.ends - self.firsts

    def __getitem__(self, indices: list[int]) -> CharBatch:
        time = int(self.lengths[indices].max())
        firsts, starts, ends = (torch.from_numpy(x[indices])[:, None] for x in (self.firsts, self.starts, self.ends))
        offsets = firsts + torch.arange(time)  # shape: [batch, time]
        counted = (offsets >= starts) & (offsets < ends)
        stream = torch.from_numpy(self.stream)
        offsets = offsets.clamp(max=len(stream) - 1)
        return CharBatch(stream[offsets - 1], stream[offsets], counted)


class CharData(lightning.LightningDataModule):
    """Train and dev of raw text, the alphabet fitted to train, and their windows of `context` characters.

    A batch has `batch_windows` windows. Characters rarer than `char_min_count` are read, and predicted, as their
    class (Han, digit, …); bigrams rarer than `bigram_min_count` are unknown. Raises CorpusError when the corpus cannot
    be used.
    """

    vectors: Vectors | None = None  # its nets begin with random ones

    def __init__(
        self,
        corpus: TextCorpus,
        *,
        context: int = 64,
        batch_windows: int = 32,
        char_min_count: int = 2,
        bigram_min_count: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if context < 1:
            raise CorpusError(f"expected data.context of 1 or more, got {context}")
        self.corpus, self.seed = corpus, seed
        self.context, self.batch_windows = context, batch_windows
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.text: dict[str, str] = {}

    def setup(self, stage: str | None = None) -> None:
        if self.text:
            return
        lines = self.corpus.read()
        self.text = {split: "".join(f"{line}\n" for line in lines[split]) for split in lines}
        self.alphabet = Alphabet.fit(
            lines["train"], char_min_count=self.char_min_count, bigram_min_count=self.bigram_min_count
        )
        self.forms = forms(self.alphabet, self.text["train"])

    @property
    def fitted(self) -> tuple[Alphabet]:
        """What a net for this corpus is made for."""
        return (self.alphabet,)

    def _loader(self, split: str) -> DataLoader[CharBatch]:
        training = split == "train"
        ids = encode(self.alphabet, self.text[split])
        dataset = WindowDataset(ids, context=self.context, warm_up=0 if training else self.context)
        return loader(
            dataset,
            dataset.lengths,
            max_chars=2 * self.batch_windows * self.context,
            max_sentences=self.batch_windows,
            shuffle=training,
            seed=self.seed,
            trainer=self.trainer,
        )

    def train_dataloader(self) -> DataLoader[CharBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[CharBatch]:
        return self._loader("dev")
