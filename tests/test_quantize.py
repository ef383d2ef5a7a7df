"""int8 is smaller, says what it costs, and publishes nothing half-written."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import onnx
import pytest

from tagger import corpus
from tagger.corpus import sample
from tagger.errors import ExportError
from tagger.evaluation.rounding import compare
from tagger.experiment.publication import publish_measured
from tagger.export import main
from tagger.learning.export import quantize
from tagger.modelfile.metadata import METADATA_KEY, Quantization, from_json
from tagger.modelfile.tagger import Model
from tagger.tagging.tagger import Tagger, load
from tagger.text.sentence import Sentence

GOLD = list(corpus.read(Path(sample.__file__).with_name("dev.conllu"), tag="none"))[:20]


def test_the_file_says_what_rounding_changed(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "small8.onnx"
    effect = publish_measured(small_model, output, GOLD, partial(quantize, small_model))
    exact, rounded = load(small_model), load(output)
    assert effect == compare(exact, rounded, GOLD)
    assert rounded.model.metadata.quantization == Quantization(weights="int8", dev=effect)
    assert replace(rounded.model.metadata, quantization=None) == exact.model.metadata
    operators = {node.op_type for node in onnx.load(output).graph.node}
    assert {"DynamicQuantizeLSTM", "MatMulInteger"} <= operators
    assert "LSTM" not in operators
    for sentence in rounded.tag([s.text for s in GOLD]):
        assert sentence.fault() is None


def test_the_figures_are_counted_right(small_tagger: Tagger) -> None:
    texts = ["北京", "我喜欢"]
    gold = list(small_tagger.tag(texts))
    assert compare(small_tagger, small_tagger, gold).word_f1_lost == 0

    class Other:
        def tag(self, texts: list[str]) -> list[Sentence]:
            return [gold[0], Sentence.from_forms(["我", "喜", "欢"], ["VERB"] * 3)]

    figures = compare(small_tagger, Other(), gold)  # type: ignore[arg-type]
    n_words = len(gold[0].words) + len(gold[1].words)
    kept = len(gold[0].words) + len({w[2:] for w in gold[1].words} & {(0, 1), (1, 2), (2, 3)})
    assert figures.sentences_changed == 0.5
    assert figures.word_f1 == pytest.approx(2 * kept / (n_words + len(gold[0].words) + 3), abs=1e-5)
    assert figures.word_f1_lost == pytest.approx(1 - figures.word_f1, abs=1e-5)


def test_without_gold_there_is_nothing_to_measure_on(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="give --dev GOLD"):
        publish_measured(small_model, tmp_path / "out.onnx", [], partial(quantize, small_model))
    with pytest.raises(ExportError, match="cannot write"):
        publish_measured(small_model, tmp_path / "no" / "out.onnx", GOLD, partial(quantize, small_model))
    with pytest.raises(ExportError, match="cannot write"):
        quantize(small_model, tmp_path / "no" / "out.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_wants_both_or_neither(capfd: pytest.CaptureFixture[str]) -> None:
    for given in (["--quantize"], ["--dev", "x"], ["quantize=int8"]):
        assert main(["a", "-o", "b", *given]) == 2
        assert "error: expected --dev GOLD with --round or --quantize" in capfd.readouterr().err
    with pytest.raises(SystemExit) as end:
        main(["a", "-o", "b", "quantize=int4", "--dev", "x"])
    assert end.value.code == 2


def test_metadata_is_json(small_model: Path, tmp_path: Path) -> None:
    quantize(small_model, tmp_path / "8.onnx")
    properties = {p.key: p.value for p in onnx.load(tmp_path / "8.onnx").metadata_props}
    assert from_json(properties[METADATA_KEY]) == Model.open(tmp_path / "8.onnx").metadata
    assert json.loads(properties[METADATA_KEY])["quantization"] == {"weights": "int8"}
