import shutil
from dataclasses import replace
from pathlib import Path

import models
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.calibrate import main
from tagger.corpus import sample
from tagger.errors import InputError
from tagger.evaluation.calibration import Rater, calibrate, match_gold
from tagger.scores.calibration import expected_calibration_error, log_loss, lowest
from tagger.tagging.confidence import RatedWord
from tagger.tagging.tagger import Tagger, load
from tagger.text.sentence import Sentence, Word

JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(JUDGED, st.integers(1, 12))
def test_the_expected_calibration_error_from_its_definition(judged: list[tuple[float, bool]], n_bins: int) -> None:
    total = 0.0
    for number in range(n_bins):
        own = [one for one in judged if min(int(one[0] * n_bins), n_bins - 1) == number]
        if own:
            confidence, accuracy = (sum(column) / len(own) for column in zip(*own, strict=True))
            total += len(own) / len(judged) * abs(confidence - accuracy)
    probability, true = (np.array(column) for column in zip(*judged, strict=True))
    assert expected_calibration_error(probability, true, n_bins) == pytest.approx(total)


def test_losses_of_nothing_and_of_the_impossible() -> None:
    none = np.zeros(0)
    assert expected_calibration_error(none, none.astype(bool)) == log_loss(none, none.astype(bool)) == 0
    assert log_loss(np.array([0.0]), np.array([True])) == pytest.approx(-np.log(1e-6))
    assert log_loss(np.array([0.25, 0.25]), np.array([True, False])) == pytest.approx(-np.log([0.25, 0.75]).mean())


@given(st.floats(-3, 3))
def test_the_lowest_place_of_a_valley(place: float) -> None:
    assert lowest(lambda x: (x - place) ** 2, -3, 3) == pytest.approx(place, abs=0.01)


def test_a_sentence_is_judged_by_what_its_gold_says(small_tagger: Tagger) -> None:
    text = "我喜欢北京"
    found = small_tagger(text).words
    other = next(pos for pos in small_tagger.model.scheme.pos if pos != found[0].pos)
    gold = [Sentence(text, found), Sentence(text, (found[0]._replace(pos=other), *found[1:]))]
    gold += [Sentence(text, tuple(word._replace(pos=None) for word in found)), Sentence(text, (Word(text, "X", 0, 5),))]
    both, words = (column.reshape(4, -1) for column in match_gold(small_tagger, gold))
    assert both.all(1).tolist() == [True, False, True, len(found) == 1 and found[0].pos == "X"]
    assert both[1, 1:].all()
    assert words[:3].all()


def test_the_temperature_is_the_best_one_and_changes_no_word(small_tagger: Tagger) -> None:
    gold = list(corpus.read(sample.path("dev")))[:40]
    calibration = calibrate(small_tagger, gold)
    rater, (true, _) = Rater(small_tagger, gold), match_gold(small_tagger, gold)
    losses = {t: log_loss(rater(t)[0], true) for t in (0.2, 0.5, 1.0, 2.0, 5.0, calibration.temperature)}
    assert min(losses.values()) == pytest.approx(losses[calibration.temperature], abs=1e-4)
    assert calibration.log_loss_after <= calibration.log_loss_before
    assert calibration.words == len(true)
    words = [w for s in small_tagger.tag([s.text for s in gold], confidence=True) for w in s.words]
    plain = rater(1.0)
    assert plain[0] == pytest.approx([w.probability for w in words if isinstance(w, RatedWord)])
    with pytest.raises(InputError, match="gold sentences with words"):
        calibrate(small_tagger, [Sentence(" ", ())])


def test_the_command(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dev, output = tmp_path / "dev.slash", tmp_path / "calibrated.onnx"
    dev.write_text("我/NOUN 喜欢/VERB 北京/NOUN 。/X\n", encoding="utf-8")
    assert main([str(dev), "-m", str(small_model), "-o", str(output)]) == 0
    assert "expected calibration error of words and tags" in capsys.readouterr().out
    stored = load(output).model.metadata.calibration
    assert stored
    assert stored.dev == "dev.slash"
    assert load(output).temperature == stored.temperature > 0
    assert replace(load(output).model.metadata, calibration=None) == load(small_model).model.metadata
    assert main([str(dev), "-m", "zh-small"]) != 0  # a model of the package is never written over
    assert "expected -o NAME.onnx" in capsys.readouterr().err
    assert main(["model=no.onnx", f"dev={dev}"]) == 1
    note, error = capsys.readouterr().err.splitlines()
    assert note.endswith(f"write -m no.onnx {dev}")
    assert error.startswith("error: no.onnx: expected a model file")
    assert main([f"model={small_model}", f"dev={dev}", f"output={tmp_path}/no/x.onnx"]) == 1
    assert "choose another --output" in capsys.readouterr().err
    for arguments, status in (([f"model={small_model}"], 2), (["--help"], 0)):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == status


def test_each_standard_has_a_temperature(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, gold = tmp_path / "standards.onnx", tmp_path / "dev.slash"
    shutil.copyfile(models.STANDARDS, model)
    gold.write_text("我/NOUN 喜欢/VERB 北京/NOUN 。/X\n今天/NOUN 天气/NOUN 很/X 好/VERB\n", encoding="utf-8")
    plain = load(model)("我喜欢北京。", confidence=True, standard="a")
    assert main([str(gold), "-m", str(model), "--standard", "b"]) == 0
    assert " for the standard b; expected calibration error" in capsys.readouterr().out
    tagger = load(model)
    fitted = calibrate(tagger.using("b"), list(corpus.read(gold))).temperature
    assert (tagger.temperature, tagger.using("b").temperature) == (1.0, fitted)
    assert fitted != 1.0
    assert tagger("我喜欢北京。", confidence=True, standard="a") == plain
    assert Tagger(tagger.model, temperature=3.0).using("b").temperature == 3.0
    assert main([str(gold), "-m", str(model)]) == 0
    first = calibrate(load(models.STANDARDS), list(corpus.read(gold))).temperature
    tagger = load(model)
    assert [tagger.using(name).temperature for name in tagger.model.standards] == [first, fitted]
    assert main([str(gold), "-m", str(model), "--standard", "c"]) == 1
    assert "one of the standards a, b, got 'c'" in capsys.readouterr().err


def test_one_temperature_holds_for_the_standards_without_one_of_their_own(tmp_path: Path) -> None:
    model, gold = tmp_path / "standards.onnx", tmp_path / "dev.slash"
    gold.write_text("我/NOUN 喜欢/VERB 北京/NOUN 。/X\n", encoding="utf-8")
    assert main([str(gold), "-m", str(models.STANDARDS), "-o", str(model)]) == 0
    tagger = load(model)
    assert tagger.temperature == tagger.using("b").temperature != 1.0
    assert main([str(gold), str(gold), "-m", str(models.STANDARDS), "-o", str(model)]) == 0
    metadata = load(model).model.metadata
    assert metadata.calibration
    assert tagger.model.metadata.calibration
    assert metadata.calibration.dev == "dev.slash, dev.slash"
    assert metadata.calibration.words == 2 * tagger.model.metadata.calibration.words


WORDS = '{"text": "北京", "words": [{"form": "北京", "pos": "X", "start": 0, "end": 2}]}\n'
BOTH = WORDS.replace("]}", '], "spans": [{"form": "北京", "label": "LOC", "start": 0, "end": 2}]}')
NAMES = "北 B-LOC\n京 I-LOC\n好 O\n\n"


@pytest.mark.parametrize(
    ("name", "content", "words", "entities"),
    [("both.jsonl", BOTH, True, True), ("words.jsonl", WORDS, True, False), ("names.iob2", NAMES, False, True)],
)
def test_words_and_entities_of_one_model_have_their_own_temperatures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, words: bool, entities: bool
) -> None:
    gold, model = tmp_path / name, tmp_path / "joint.onnx"
    gold.write_text(content, encoding="utf-8")
    assert main([str(gold), "-m", str(models.JOINT), "-o", str(model)]) == 0
    told = capsys.readouterr().out
    assert ("of words and tags" in told, "of entities" in told) == (words, entities)
    tagger = load(model)
    described = tagger.model.metadata.entities
    assert described
    assert tagger.entity_tagger
    for layer, stored, fitted in (
        (tagger, tagger.model.metadata.calibration, words),
        (tagger.entity_tagger, described.calibration, entities),
    ):
        assert (stored is not None) == fitted
        assert layer.temperature == (stored.temperature if stored else 1.0)
    assert tagger("我喜欢北京。") == load(models.JOINT)("我喜欢北京。")
