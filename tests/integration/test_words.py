"""From a corpus of given words to a model file that tags them."""

import json
from pathlib import Path

from hydra import compose, initialize_config_dir

import tagger
from tagger import corpus, export
from tagger.corpus import Corpus
from tagger.evaluation.tagging import evaluate
from tagger.experiment import training
from tagger.modelfile.tagger import Model

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "tests/english.conllu"


def test_a_few_sentences_are_learnt_by_heart(tmp_path: Path) -> None:
    small = ["word_size=8", "char_size=6", "char_filters=12", "char_dropout=0", "unknown_dropout=0"]
    overrides = [
        "data=words", "net=word_bilstm", f"data.train={ENGLISH}", f"data.dev={ENGLISH}", "data.word_min_count=1",
        "data.language=en", *(f"net.embedding.{option}" for option in small),
        "net.encoder.hidden_sizes=[8]", "net.encoder.variational_dropout=0",
        "optimizer.lr=0.03", "trainer.max_epochs=30", "logger=csv", f"run={tmp_path}",
    ]  # fmt: skip
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=overrides)
    assert training.train(cfg) > 0.95
    model = tmp_path / "model.onnx"
    assert Model.open(model).metadata.language == "en"
    figures = json.loads(model.with_suffix(".dev.json").read_text(encoding="utf-8"))
    assert figures["joint"]["f1"] > 0.95
    assert figures["n_words"] == 26

    word_tagger = tagger.load_words(model)
    gold = list(corpus.read(ENGLISH, format="conllu_words"))
    values, _ = evaluate(word_tagger, Corpus(ENGLISH, ENGLISH, format="conllu_words"), "dev")
    found = [word_tagger(sentence.forms) for sentence in gold]
    right = [one.tags == two.tags for one, two in zip(gold, found, strict=True)]
    assert values["exact_match"] == sum(right) / len(right)

    for way in ("round=tables", "quantize=int8"):
        output = tmp_path / "smaller.onnx"
        asked = [f"checkpoint={tmp_path / 'best.ckpt'}", f"output={output}", f"dev={ENGLISH}", "format=conllu_words"]
        assert export.main([*asked, way]) == 0
        metadata = Model.open(output).metadata
        smaller = metadata.rounding or metadata.quantization
        assert smaller
        assert smaller.dev
        assert (smaller.dev.joint_f1 or 0) > 0.9
        assert len(tagger.load_words(output)(["The", "cat", "sleeps"]).words) == 3
