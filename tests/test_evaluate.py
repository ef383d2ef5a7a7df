import json
import subprocess
import sys
from pathlib import Path

import pytest
from oracles import corpus_scores

from tagger import corpus
from tagger.corpus import sample
from tagger.evaluation.tagging import evaluate
from tagger.learning.data.tagging import sample_data
from tagger.tagging.tagger import Tagger


def test_figures_are_those_of_the_independent_scorer(small_tagger: Tagger) -> None:
    data = sample_data(train="train.conllu", dev="dev.conllu", test="test.conllu")
    values, table = evaluate(small_tagger, data, "test", resamples=50)
    gold = list(corpus.read(sample.path("test")))
    known = {word.form for sentence in corpus.read(sample.path("train")) for word in sentence.words}
    wanted = corpus_scores(gold, [small_tagger(sentence.text) for sentence in gold], known)
    assert values["words"]["f1"] == pytest.approx(wanted["word_f1"])
    assert values["joint"]["f1"] == pytest.approx(wanted["joint_f1"])
    assert values["oov_recall"] == pytest.approx(wanted["oov_recall"])
    low, high = values["intervals"]["word_f1"]
    assert low <= values["words"]["f1"] <= high
    assert values["n_sentences"] == len(gold)
    assert values["characters_per_second"] > 0
    assert "words + tags" in table


def test_the_command(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.json"
    call = [
        sys.executable,
        "-m",
        "tagger.evaluate",
        f"model={small_model}",
        "split=dev",
        f"output={output}",
        "resamples=10",
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "words + tags" in done.stdout
    assert json.loads(output.read_text(encoding="utf-8"))["split"] == "dev"
    wrong = subprocess.run(
        [*call, "data.test=no", "model=no.onnx"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: no.onnx: expected a model file, found none")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
