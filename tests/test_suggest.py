"""Suggestions: how certain the model is, against every sequence written out, and which sentences come of it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from distributions import distribution_of, scores_of

from tagger import corpus
from tagger.errors import InputError
from tagger.suggest import confidences, main, suggest
from tagger.tagging.tagger import Tagger
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.sentence import Sentence

TEXTS = ["我喜", "a 天", "北京。", "好"]


@pytest.fixture(scope="module")
def tagger(head_tagger: Tagger) -> Tagger:
    return Tagger(head_tagger.model, presegmenter=NO_PRESEGMENTATION)


def test_certainty_is_the_probability_of_what_is_found(tagger: Tagger) -> None:
    for text, (confidence, sentence) in zip(TEXTS, confidences(tagger, TEXTS), strict=True):
        assert sentence == tagger(text)
        tags = tuple(tagger.model.scheme.encode(sentence).tolist())
        wanted = distribution_of(tagger.model.decoder, scores_of(tagger, text), 1.0)[tags]
        assert confidence ** len(text) == pytest.approx(wanted, rel=1e-4)


def test_other_texts_change_nothing(tagger: Tagger) -> None:
    together = list(confidences(tagger, TEXTS))
    for text, suggestion in zip(TEXTS, together, strict=True):
        [alone] = confidences(tagger, [text])
        assert alone.sentence == suggestion.sentence
        assert alone.confidence == pytest.approx(suggestion.confidence)


def test_the_least_certain_come_first_each_once(tagger: Tagger) -> None:
    texts = ["我喜欢北京", "北京好天气", "我喜欢北京", "天", "天气好不好", "a" * 300, ""]
    fresh = ["我喜欢北京", "北京好天气", "天气好不好"]
    ranked = sorted(confidences(tagger, fresh), key=lambda suggestion: suggestion.confidence)
    assert suggest(tagger, texts, 10) == ranked
    assert suggest(tagger, texts, 1) == ranked[:1]
    assert suggest(tagger, texts, 10, known=[ranked[0].sentence.text]) == ranked[1:]
    assert len(suggest(tagger, texts, 10, min_chars=1)) == 4
    with pytest.raises(InputError, match="1 or more, got 0"):
        suggest(tagger, texts, 0)


def test_the_command(
    small_model: Path, small_tagger: Tagger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, known, output = tmp_path / "raw.txt", tmp_path / "known.seg", tmp_path / "next.conllu"
    raw.write_text("我喜欢北京。\r\n今天天气很好\n\n去公园吧！！\n", encoding="utf-8")
    known.write_text("今天 天气 很 好\n", encoding="utf-8")
    common: Sequence[str] = [str(raw), "-m", str(small_model), "--known", str(known)]
    assert main([*common, "-n", "2"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert sorted(text for _, text in rows) == ["去公园吧！！", "我喜欢北京。"]
    assert [float(certainty) for certainty, _ in rows] == sorted(float(certainty) for certainty, _ in rows)
    assert main([*common, "-o", str(output)]) == 0
    assert [s.words for s in corpus.read(output)] == [small_tagger(text).words for _, text in rows]
    assert main([str(tmp_path / "no.txt"), "-m", str(small_model)]) == 1
    assert "no.txt: expected a file, found none" in capsys.readouterr().err
    assert main([str(raw), "-m", str(small_model), "--standard", "fine"]) == 1
    assert "expected no standard, got 'fine'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "arguments", "texts"),
    [
        (
            "a.jsonl",
            '{"text": "我喜欢北京。", "id": 1}\n{"text": "今天天气很好"}\n',
            [],
            ["我喜欢北京。", "今天天气很好"],
        ),
        ("a.csv", 'id,q\n1,"我喜欢,北京。\n今天天气很好"\n', ["--field", "q"], ["我喜欢,北京。", "今天天气很好"]),
        ("a.tsv", "id\ttext\n1\t我喜欢北京。\n", [], ["我喜欢北京。"]),
        ("a.txt", '{"q": "我喜欢北京。"}\n', ["--input", "jsonl", "--field", "q"], ["我喜欢北京。"]),
        ("a.csv", "我喜欢,北京。\n", ["--input", "text"], ["我喜欢,北京。"]),
    ],
)
def test_files_are_read_as_their_names_say(
    small_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str,
    arguments: list[str],
    texts: list[str],
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main([str(tmp_path / name), "-m", str(small_model), *arguments]) == 0
    assert sorted(line.split("\t")[1] for line in capsys.readouterr().out.splitlines()) == sorted(texts)


def test_a_row_without_its_text_is_refused(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text('{"q": "我喜欢北京。"}\n', encoding="utf-8")
    assert main([str(tmp_path / "a.jsonl"), "-m", str(small_model)]) == 1
    error = capsys.readouterr().err
    assert "a.jsonl:1: expected a JSON object with a string 'text'" in error
    assert "--errors" not in error


def test_texts_in_another_encoding(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw.txt").write_bytes("我喜欢北京。".encode("gb18030"))
    call = [str(tmp_path / "raw.txt"), "-m", str(small_model), "-n", "1"]
    assert main([*call, "--encoding", "gb18030"]) == 0
    assert capsys.readouterr().out.endswith("\t我喜欢北京。\n")
    assert main(call) == 1
    assert "name the encoding with --encoding" in capsys.readouterr().err


def test_suspicious_places_of_annotated_files(
    small_model: Path, small_tagger: Tagger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, words = tmp_path / "gold.conllu", tmp_path / "words.seg"
    found = small_tagger("我喜欢北京。")
    wrong = Sentence.from_forms([found.text], ["NEW"], comments=["# sent_id = s2"])
    corpus.write([found, wrong], gold)
    corpus.write([wrong, found], words)
    common = ["--suspicious", "-m", str(small_model)]
    assert main([str(gold), *common]) == 0
    told = capsys.readouterr()
    head, row = (line.split("\t") for line in told.out.splitlines())
    line = gold.read_text(encoding="utf-8").split("\n").index("# sent_id = s2") + 1
    assert dict(zip(head, row, strict=True)).items() >= {
        "file": str(gold), "line": str(line), "sentence": "s2", "gold": "我喜欢北京。/NEW",
        "gold_probability": "0.0000",
    }.items()  # fmt: skip
    assert told.err == (
        "note: tags that the model does not have count as impossible: NEW; --tag none compares words alone\n"
    )
    output = tmp_path / "places.jsonl"
    assert main([str(gold), str(words), *common, "--tag", "none", "--top", "5", "-o", str(output)]) == 0
    assert capsys.readouterr() == ("", "")
    places = [json.loads(text) for text in output.read_text(encoding="utf-8").splitlines()]
    assert [(place["file"], place["sentence"], place["gold"]) for place in places] == [
        (str(path), number, [{"form": found.text, "tag": None}]) for path, number in ((gold, 2), (words, 1))
    ]
    assert places[0]["gold_probability"] == places[1]["gold_probability"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suspicious"], "expected an annotated corpus after --suspicious, got none"),
        (["--suspicious", "a.seg", "--min-chars", "2"], "expected --known, --min-chars, --input and --field for raw"),
        (["--suspicious", "a.seg", "--field", "q"], "expected --known, --min-chars, --input and --field for raw"),
        (["--suspicious", "a.seg", "-o", "out.conllu"], "expected -o OUT.tsv or OUT.jsonl with --suspicious"),
        (["a.txt", "--tag", "xpos"], "expected --format and --tag with --suspicious alone"),
    ],
)
def test_options_of_the_other_way(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert f"error: {message}" in capsys.readouterr().err
