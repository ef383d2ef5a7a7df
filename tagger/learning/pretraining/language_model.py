"""A bidirectional language model, whose embeddings and first recurrent layer the tagger then begins with.

As ELMo's (Peters et al. 2018): one direction predicts what comes, the other what came. The tagger's embedding
reads one character beyond the current one on either side (its bigrams), so each direction here predicts the
character two places on: the nearest that it has not seen. The loss is a sampled softmax (Jean et al. 2015).
"""

import logging
import math
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...corpus.raw import RawText
from ...errors import CorpusError, UsageError
from ...text.alphabet import Alphabet
from ...text.characters import CLASSES, code_points
from ..data.batching import BucketSampler, Loader, uses_card
from ..nets.embedding import Embedding
from ..nets.recurrent import LockedDropout, Recurrent
from ..resources.vectors import Vectors
from ..stored import StoredLanguageModel
from ..systems import schedule
from ..systems.training import Training, silence_warnings

log = logging.getLogger(__name__)

AHEAD = 2  # how far the predicted character lies: the embedding has read one place on


class Pieces(Dataset[Tensor]):
    """A text in batches of rows of `length` characters, `[rows, length]`: `pieces[[3, 17]]` is a batch of two.

    What is left over at the end of the text is left out.
    """

    def __init__(self, codes: NDArray[np.int32], length: int) -> None:
        self.codes = codes[: len(codes) // length * length].reshape(-1, length)

    def __getitem__(self, rows: list[int]) -> Tensor:
        return torch.from_numpy(self.codes[rows].astype(np.int64))

    def __len__(self) -> int:
        return len(self.codes)


def joined(lines: Iterable[str]) -> NDArray[np.int32]:
    """The code points of lines, one after the other, each with a line end."""
    return np.concatenate([code_points(line + "\n") for line in lines] or [np.zeros(0, np.int32)])


class LanguageModel(nn.Module):
    """Embedding and one recurrent layer of both directions, as the tagger's first; `forward` gives its loss."""

    def __init__(
        self, alphabet: Alphabet, *, char_size: int, bigram_size: int, hidden_size: int, dropout: float, n_samples: int
    ) -> None:
        super().__init__()
        self.alphabet, self.n_samples = alphabet, n_samples
        self.embedding = Embedding(alphabet, char_size=char_size, bigram_size=bigram_size)
        self.layer = Recurrent("lstm", self.embedding.size, hidden_size, bidirectional=True, forget_bias=1.0)
        self.locked = LockedDropout(dropout)
        self.project = nn.ModuleList(nn.Linear(hidden_size, char_size) for _ in range(2))
        self.output = nn.Embedding(alphabet.n_chars, char_size)
        nn.init.normal_(self.output.weight, std=0.1)

    def forward(self, codes: Tensor) -> Tensor:
        """Mean loss in nats per prediction of rows of code points `[batch, time]`."""
        n, time = codes.shape
        ids = self.embedding.ids(codes, codes.new_full((n,), time))
        backward = torch.arange(time - 1, -1, -1, device=codes.device).expand(n, -1)
        hidden = self.locked(self.layer(self.locked(self.embedding(ids)), backward))
        ahead, behind = hidden.chunk(2, 2)
        states = torch.cat([
            self.project[0](ahead[:, :-AHEAD]).flatten(0, 1),
            self.project[1](behind[:, AHEAD:]).flatten(0, 1),
        ])  # fmt: skip
        gold = torch.cat([ids[:, AHEAD:].flatten(), ids[:, :-AHEAD].flatten()])
        return self.sampled_softmax(states, gold)

    def sampled_softmax(self, states: Tensor, gold: Tensor) -> Tensor:
        """Cross-entropy of `gold [n]` after `states [n, size]` against a sample of the batch's own characters.

        Characters come into the sample as often as in the batch, which the logarithm takes out again: what is learnt
        is which of the candidates was not drawn. Drawn copies of the right one do not compete with it, as is usual. In
        evaluation all characters compete.
        """
        if not self.training:
            return nn.functional.cross_entropy(states @ self.output.weight.T, gold)
        negatives = gold[torch.randint(len(gold), (self.n_samples,), device=gold.device)]
        counts = torch.bincount(gold, minlength=self.output.num_embeddings)
        expected = (counts * (self.n_samples / len(gold))).log()
        against = states @ self.output(negatives).T - expected[negatives]
        against = against.masked_fill(negatives == gold[:, None], -1e30)
        right = (states * self.output(gold)).sum(1) - expected[gold]
        loss: Tensor = (torch.logaddexp(torch.logsumexp(against, 1), right) - right).mean()
        return loss


class LanguageSystem(Training[LanguageModel]):
    """Trains a language model; the loss on what is held back tells its perplexity."""

    monitor, mode = "val/loss", "min"

    def describe(self) -> StoredLanguageModel:
        return StoredLanguageModel(self.net.alphabet, self.net.layer.size // 2, self.metadata)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        return self.check_and_log(self.net(batch), len(batch))

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("val/loss", self.net(batch), batch_size=len(batch))


class _Progress(lightning.Callback):
    """A line in the log now and then."""

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        if trainer.global_step % 200 == 0:
            loss = float(trainer.callback_metrics["train/loss"])
            log.info("step %d of %d: loss %.3f", trainer.global_step, trainer.estimated_stepping_batches, loss)


def pretrain(
    text: RawText, state: Path, *, vectors: str, hidden_size: int, dropout: float, length: int, batch: int,
    n_samples: int, held_back: float, lr: float, max_epochs: int, max_chars: int | None, seed: int,
    threads: int | None, accelerator: str = "auto", callbacks: Sequence[lightning.Callback] = (),
) -> Vectors:  # fmt: skip
    """A language model's vectors and first layer, from raw text; begins with the file `vectors`.

    Rows are of `length` characters, batches of `batch` rows; the share `held_back` of the text is not learnt from.
    Every 500 steps a checkpoint is written to the folder `state`, to go on from. `callbacks` are further ones for the
    trainer. `accelerator` is cpu, gpu or auto, a GPU of CUDA if there is one. Raises CorpusError for too little text
    and UsageError for a GPU that is not there.
    """
    device = choose_accelerator(accelerator)
    begin = Vectors.load(vectors)
    train, dev = _split(joined(text)[:max_chars], length, batch, held_back)
    silence_warnings()
    lightning.seed_everything(seed, verbose=False)
    if threads:
        torch.set_num_threads(threads)
    alphabet = Alphabet(()).widened(begin.chars, begin.bigrams)
    net = LanguageModel(
        alphabet, char_size=begin.char_vectors.shape[1], bigram_size=begin.bigram_vectors.shape[1],
        hidden_size=hidden_size, dropout=dropout, n_samples=n_samples,
    )  # fmt: skip
    net.embedding.load_pretrained(begin)
    system = LanguageSystem(
        net,
        optimizer=partial(torch.optim.Adam, lr=lr, betas=(0.9, 0.9), fused=True),
        scheduler=partial(schedule.linear, warmup=0.02),
        seed=seed,
    )
    trainer = lightning.Trainer(
        accelerator=device, devices=1, max_epochs=max_epochs, gradient_clip_val=1.0, num_sanity_val_steps=0,
        callbacks=[
            ModelCheckpoint(state, "last", every_n_train_steps=500, enable_version_counter=False),
            _Progress(),
            *callbacks,
        ],
        logger=False, enable_progress_bar=False, enable_model_summary=False, use_distributed_sampler=False,
    )  # fmt: skip
    last = state / "last.ckpt"
    order = {"max_chars": batch * length, "max_sentences": batch, "seed": seed}
    learnt_from, kept = (
        Loader(
            pieces,
            BucketSampler(np.full(len(pieces), length), shuffle=pieces is train, **order),
            pin_memory=uses_card(trainer),
        )
        for pieces in (train, dev)
    )
    resumed = last if last.exists() else None
    trainer.fit(system, learnt_from, kept, ckpt_path=resumed, weights_only=True)
    loss = float(trainer.callback_metrics["val/loss"])
    log.info("held back: loss %.3f, perplexity %.1f", loss, math.exp(loss))
    return _vectors_of(net.cpu(), alphabet)


def choose_accelerator(asked: str) -> str:
    """What Lightning's trainer computes on: cpu or cuda. Raises UsageError for anything else, and for a GPU where torch
    finds none."""
    has_card = torch.cuda.is_available()
    if asked not in ("auto", "cpu", "gpu") or (asked == "gpu" and not has_card):
        found = "a GPU of CUDA" if has_card else "no GPU of CUDA"
        raise UsageError(
            f"expected pretrain.accelerator of auto, cpu or, where torch finds a GPU, gpu, got {asked} and {found}; "
            "give auto"
        )
    return "cuda" if has_card and asked != "cpu" else "cpu"


def _split(codes: NDArray[np.int32], length: int, batch: int, held_back: float) -> tuple[Pieces, Pieces]:
    """The rows to learn from, and those that are held back. Raises CorpusError for too little text."""
    n = max(length, int(len(codes) * held_back))
    train, dev = Pieces(codes[n:], length), Pieces(codes[:n], length)
    if len(train) < batch or not dev:
        raise CorpusError(
            f"expected raw text of at least {batch} rows of {length} characters to learn from and one held "
            f"back, got {len(train)} and {len(dev)}; give more text, or a smaller batch"
        )
    return train, dev


def _vectors_of(net: LanguageModel, alphabet: Alphabet) -> Vectors:
    """The net's embeddings of characters and bigrams, and its first layer."""
    assert net.embedding.bigram is not None
    chars = [chr(code) for code in alphabet.chars]
    return Vectors(
        chars,
        net.embedding.char.weight.detach().numpy()[len(CLASSES) :],
        [chars[a - len(CLASSES)] + chars[b - len(CLASSES)] for a, b in alphabet.bigrams],
        net.embedding.bigram.weight.detach().numpy()[1:],
        {name: weight.detach().numpy() for name, weight in net.layer.named_parameters()},
    )
