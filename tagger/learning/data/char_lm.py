"""Raw text as a stream of character ids, cut into windows."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ... import corpus
from ...corpus import sample
from ...errors import CorpusError
from ...files.lines import COMPRESSED, lines
from ...text.alphabet import Alphabet
from ...text.characters import PAD, SPACE, code_points
from .batching import BucketSampler, Loader


class CharBatch(NamedTuple):
    """Windows `[batch, time]`: ids, those that follow them, and which of these count for the loss."""

    ids: Tensor
    following: Tensor
    counted: Tensor


def texts(path: Path) -> Iterator[str]:
    """The lines of a file that hold anything, without the whitespace around them; of CoNLL-U the sentences' texts.

    A folder stands for all its files but those in Markdown. Raises CorpusError.
    """
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".md"):
            yield from texts(file)
        return
    name = path.name
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    if name.endswith(".conllu"):
        found: Iterator[str] = (sentence.text for sentence in corpus.read(path, tag="none"))
    else:
        found = (line.text for line in lines(path))
    for text in found:
        if text.strip():
            yield text.strip().replace("\n", " ")


def encode(alphabet: Alphabet, text: str) -> NDArray[np.int64]:
    """The ids of a text's characters, PAD for the end of a line."""
    codes = code_points(text)
    ids = alphabet.ids(codes).astype(np.int64)
    ids[codes == ord("\n")] = PAD
    return ids


def forms(alphabet: Alphabet, text: str) -> dict[int, str]:
    """What each id looks like: the character that it stands for most often in a text. Ids of classes have none."""
    counts = Counter(text)
    chars = sorted(counts, key=lambda char: (-counts[char], char))
    known = set(range(alphabet.n_chars - len(alphabet.chars), alphabet.n_chars)) | {SPACE}
    found = {PAD: "\n"}
    for char, id in zip(chars, encode(alphabet, "".join(chars)).tolist(), strict=True):
        if id in known:
            found.setdefault(id, char)
    return found


class WindowDataset(Dataset[CharBatch]):
    """A stream of ids, which PAD precedes, in windows of `context` characters to find, by lists of indices.

    `warm_up` characters before a window are read too, not counted: then what counts is found with that much before it.
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
        places = torch.from_numpy(self.firsts[indices])[:, None] + torch.arange(time)
        counted = (places >= torch.from_numpy(self.starts[indices])[:, None]) & (
            places < torch.from_numpy(self.ends[indices])[:, None]
        )
        stream = torch.from_numpy(self.stream)
        places = places.clamp(max=len(stream) - 1)
        return CharBatch(stream[places - 1], stream[places], counted)


class CharData(lightning.LightningDataModule):
    """Train and dev text, the alphabet fitted to train, and their windows of `context` characters.

    Paths (files of raw text or CoNLL-U, or folders) are below `root`. Without `dev` the last `dev_share` of train's
    lines are held out. Characters rarer than `char_min_count` are read, and predicted, as their class (Han, digit, …).
    Raises CorpusError when a corpus cannot be used.
    """

    vectors = None
    task = "next character"

    def __init__(
        self,
        *,
        train: str,
        dev: str | None = None,
        root: str = "",
        dev_share: float = 0.05,
        context: int = 64,
        batch_windows: int = 32,
        char_min_count: int = 2,
        bigram_min_count: int = 2,
        seed: int = 0,
        name: str = "",
        licence: str = "",
    ) -> None:
        super().__init__()
        if context < 1 or not 0 < dev_share < 1:
            raise CorpusError(
                f"expected data.context of 1 or more and data.dev_share between 0 and 1, got {context} and {dev_share}"
            )
        self.train, self.dev = Path(root, train), Path(root, dev) if dev else None
        self.dev_share, self.context, self.batch_windows = dev_share, context, batch_windows
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.seed, self.name, self.licence = seed, name, licence
        self.text: dict[str, str] = {}

    def setup(self, stage: str | None = None) -> None:
        if self.text:
            return
        train = list(texts(self.train))
        if self.dev:
            dev = list(texts(self.dev))
        else:
            n_held_out = max(1, round(self.dev_share * len(train)))
            train, dev = train[:-n_held_out], train[-n_held_out:]
        for split, path, found in (("train", self.train, train), ("dev", self.dev or self.train, dev)):
            if not found:
                raise CorpusError(f"{path}: expected at least one line of text for data.{split}, got none; give more")
            self.text[split] = "".join(f"{line}\n" for line in found)
        self.alphabet = Alphabet.fit(train, char_min_count=self.char_min_count, bigram_min_count=self.bigram_min_count)
        self.forms = forms(self.alphabet, self.text["train"])

    @property
    def fitted(self) -> tuple[Alphabet]:
        """What a net for this corpus is made for."""
        return (self.alphabet,)

    def _loader(self, split: str) -> DataLoader[CharBatch]:
        training = split == "train"
        ids = encode(self.alphabet, self.text[split])
        dataset = WindowDataset(ids, context=self.context, warm_up=0 if training else self.context)
        sampler = BucketSampler(
            dataset.lengths,
            max_chars=2 * self.batch_windows * self.context,
            max_sentences=self.batch_windows,
            shuffle=training,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            n_ranks=self.trainer.world_size if self.trainer else 1,
        )
        return Loader(dataset, sampler)

    def train_dataloader(self) -> DataLoader[CharBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[CharBatch]:
        return self._loader("dev")


def sample_text(*, root: str = "", **options: object) -> CharData:
    """The text of the sample corpus in the package, wherever that is installed."""
    return CharData(root=root or str(sample.FOLDER), **options)  # type: ignore[arg-type]
