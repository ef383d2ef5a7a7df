import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus.sample import EXTRA, EXTRA_DEV, FILES, SPLITS, path
from tagger.corpus.sample import __main__ as sample
from tagger.corpus.sample.__main__ import MIN_SENTENCES, MIN_WORDS, UPOS, faults, punctuation_fault, report
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence, Word

GENRES = {
    "chat", "dialogue", "encyclopaedia", "essay", "law", "narrative", "news",
    "question", "recipe", "review", "service", "social", "speech", "technical",
}  # fmt: skip
GOOD = Sentence.from_forms(
    ["我", "爱", "iPhone", "15", "。"], ["PRON", "VERB", "PROPN", "NUM", "PUNCT"], gaps=["", "", "", " ", "", ""]
)


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Sentence]]:
    return {split: list(corpus.read(path(split), tag="upos")) for split in SPLITS}


@pytest.fixture(scope="module")
def files(splits: dict[str, list[Sentence]]) -> dict[str, list[Sentence]]:
    return splits | {name: list(corpus.read(path(name), tag="upos")) for name in (EXTRA, EXTRA_DEV)}


def identity(sentence: Sentence) -> str:
    return next(line.removeprefix("# sent_id = ") for line in sentence.comments if line.startswith("# sent_id = "))


def bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


def small(*sentences: Sentence) -> list[str]:
    return faults({"train": sentences}, min_sentences=0, min_words=0)


def test_the_corpus_is_valid(files: dict[str, list[Sentence]]) -> None:
    assert faults(files) == []
    assert {word.pos for sentence in files["train"] for word in sentence.words} == UPOS


def test_about_a_tenth_each_is_held_out(splits: dict[str, list[Sentence]]) -> None:
    total = sum(map(len, splits.values()))
    for split in ("dev", "test"):
        assert 0.08 < len(splits[split]) / total < 0.12


def test_every_genre_is_in_every_split_and_every_identity_is_single(files: dict[str, list[Sentence]]) -> None:
    identities = Counter(identity(sentence) for sentences in files.values() for sentence in sentences)
    assert set(identities.values()) == {1}
    for name, sentences in files.items():
        genres = GENRES if name in SPLITS else {name.replace("_", "-")}
        assert {identity(sentence).rpartition("-")[0] for sentence in sentences} == genres


def test_no_sentence_has_a_near_copy_in_another_split(files: dict[str, list[Sentence]]) -> None:
    grams = {name: [bigrams(sentence.text) for sentence in sentences] for name, sentences in files.items()}
    trained = grams["train"] + grams[EXTRA]
    dev = grams["dev"] + grams[EXTRA_DEV]
    for held_out, others in ((dev, trained), (grams["test"], trained + dev)):
        for mine in held_out:
            assert not [theirs for theirs in others if len(mine & theirs) >= 0.25 * len(mine | theirs)]


@pytest.mark.parametrize("name", FILES)
def test_text_and_spaces_of_the_files_agree(name: str, files: dict[str, list[Sentence]]) -> None:
    written = "".join(corpus.format_sentence(sentence, "conllu") for sentence in files[name])
    assert path(name).read_bytes() == written.encode()


def test_an_unknown_name_is_an_error_that_names_the_files() -> None:
    with pytest.raises(CorpusError, match=r"train, dev, test, ambiguous.*'valid'"):
        path("valid")


def test_a_good_sentence_has_no_faults() -> None:
    assert small(GOOD) == []


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        (Sentence.from_forms(["好"], ["VV"]), "'VV', which is not one of the 17"),
        (Sentence.from_forms(["好"]), "None, which is not one of the 17"),
        (Sentence.from_forms(["好 吧"], ["ADJ"]), "whitespace in the word"),
        (Sentence.from_forms(["好\u3000"], ["ADJ"]), "whitespace in the word"),
        (Sentence.from_forms(["。"], ["NOUN"]), "punctuation '。' tagged NOUN"),
        (Sentence.from_forms(["……"], ["SYM"]), "punctuation '……' tagged SYM"),
        (Sentence.from_forms(["好。"], ["PUNCT"]), "'好。' tagged PUNCT"),
        (Sentence("好吧", (Word("好", "ADJ", 0, 1),)), "characters outside every word: ['吧']"),
        (Sentence("好吧", (Word("吧", "PART", 0, 1),)), "does not match the text"),
        (Sentence("", ()), "no words"),
    ],
)
def test_each_fault_of_a_sentence_is_found(sentence: Sentence, fault: str) -> None:
    (found,) = small(sentence)
    assert found.startswith("train sentence 1")
    assert fault in found


def test_a_text_twice_is_found_within_and_between_splits() -> None:
    other = Sentence.from_forms(
        ["我爱", "iPhone", "15", "。"], ["VERB", "PROPN", "NUM", "PUNCT"], gaps=["", "", " ", "", ""]
    )
    assert ["same text as train sentence 1" in fault for fault in small(GOOD, other)] == [True]
    (between,) = faults({"train": [GOOD], "test": [other]}, min_sentences=0, min_words=0)
    assert between.startswith("test sentence 1")
    assert between.endswith("same text as train sentence 1")


def test_a_corpus_that_is_too_small_is_found() -> None:
    assert faults({"train": [GOOD], "dev": []}) == [
        f"expected at least {MIN_SENTENCES} sentences in all, got 1",
        f"expected at least {MIN_WORDS} words in all, got 5",
    ]
    assert faults({"train": [GOOD]}, min_sentences=1, min_words=5) == []


@pytest.mark.parametrize(
    ("form", "tag"),
    [("，", "PUNCT"), ("~", "PUNCT"), ("*", "SYM"), (":)", "SYM"), ("^_^", "SYM"), ("😂", "SYM"), ("a_b", "X")],
)
def test_marks_that_are_symbols_or_parts_of_words_are_legal(form: str, tag: str) -> None:
    assert punctuation_fault(form, tag) is None


def test_the_report_counts() -> None:
    more = Sentence.from_forms(["我", "爱", "你"], ["PRON", "VERB", "PRON"])
    assert report([GOOD, more]) == (
        "2 sentences, 8 words, 14 characters, 6 word types\n  PRON 3 VERB 2 PROPN 1 NUM 1 PUNCT 1"
    )


def test_the_readme_gives_the_counts_of_the_files(files: dict[str, list[Sentence]]) -> None:
    readme = path("train").with_name("README.md").read_text(encoding="utf-8")
    for name, sentences in files.items():
        counts = re.findall(r"\d[\d,]*(?= )", report(sentences).splitlines()[0])
        assert f"| {name} | {' | '.join(counts)} |" in readme


def test_main_reports_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample.main() == 0
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines() if not line.startswith(" ")] == [
        *SPLITS,
        "total",
        EXTRA,
        EXTRA_DEV,
    ]
    assert err == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\t好\t_\tVV\t_\t_\t_\t_\t_\tSpaceAfter=No\n\n", "not one of the 17"),
        ("# text = 好的\n1\t好\t_\tADJ\t_\t_\t_\t_\t_\tSpaceAfter=No\n\n", "error: "),
    ],
)
def test_main_fails_with_a_message(line: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in FILES:
        (tmp_path / f"{name}.conllu").write_text(line, encoding="utf-8")
    assert sample.main(tmp_path) == 1
    assert message in capsys.readouterr().err


def test_the_command_runs_without_torch() -> None:
    code = (
        "import runpy, sys; sys.modules['torch'] = None; runpy.run_module('tagger.corpus.sample', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
