"""Coarser and finer versions of a corpus."""

from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus import sample
from tagger.restandard import coarser, finer, main
from tagger.text.sentence import Sentence


def of(line: str) -> Sentence:
    pairs = [token.rpartition("/") for token in line.split()]
    return Sentence.from_forms([form for form, _, _ in pairs], [pos for _, _, pos in pairs])


@pytest.mark.parametrize(
    ("rule", "given", "wanted"),
    [
        (finer, "第一/NUM 二十三/NUM 2009/NUM 第3/NUM", "第/NUM 一/NUM 二/NUM 十/NUM 三/NUM 2009/NUM 第/NUM 3/NUM"),
        (finer, "3.5万/NUM", "3.5/NUM 万/NUM"),
        (finer, "看到/VERB 到达/VERB", "看/VERB 到/VERB 到达/VERB"),
        (finer, "屋里/NOUN 不会/AUX 会/AUX", "屋/NOUN 里/NOUN 不/AUX 会/AUX 会/AUX"),
        (finer, "图书馆/NOUN 人工智能/NOUN iPhone/X", "图书/NOUN 馆/NOUN 人工/NOUN 智能/NOUN iPhone/X"),
        (coarser, "三/NUM 个/NUM 三/NUM 个/NOUN 人/NOUN", "三/NUM 个/NUM 三个/NOUN 人/NOUN"),
        (coarser, "看到/VERB 了/AUX 吗/PART", "看到了/VERB 吗/PART"),
        (coarser, "科学/NOUN 家/PART 的/PART 上海/PROPN 市/PART", "科学家/NOUN 的/PART 上海市/PROPN"),
        (coarser, "王/PROPN 小明/PROPN John/PROPN", "王小明/PROPN John/PROPN"),
    ],
)  # fmt: skip
def test_rules(rule: object, given: str, wanted: str) -> None:
    assert callable(rule)
    assert rule(of(given)) == of(wanted)


def test_nothing_is_joined_over_spaces() -> None:
    apart = Sentence.from_forms(["三", "个"], ["NUM", "NOUN"], gaps=["", " ", ""])
    assert coarser(apart) == apart


def test_the_command_and_its_words_on_the_sample_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = list(corpus.read(sample.path("dev")))
    for rule in ("finer", "coarser"):
        assert main([rule, str(sample.path("dev")), str(tmp_path / f"{rule}.conllu")]) == 0
    fine, coarse = (list(corpus.read(tmp_path / f"{rule}.conllu")) for rule in ("finer", "coarser"))
    for given, small, large in zip(plain, fine, coarse, strict=True):
        assert given.text == small.text == large.text
        assert set(large.edges) <= set(given.edges) <= set(small.edges)
        assert small.fault() is None
        assert large.fault() is None
    numbers = [sum(len(s.words) for s in sentences) for sentences in (coarse, plain, fine)]
    assert numbers == sorted(set(numbers))
    assert main(["finer", str(tmp_path / "no.conllu"), str(tmp_path / "x.conllu")]) == 1
    assert "expected a file, found none" in capsys.readouterr().err
