"""Words found in raw text: counted as they stand, read again as they were written, learnt from."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from nets import char_tagger

from tagger import corpus
from tagger.corpus import Corpus
from tagger.corpus.sample.__main__ import UPOS
from tagger.errors import CorpusError
from tagger.learning import checkpoint
from tagger.learning.data.tagging import TaggingData
from tagger.learning.fine_tuning import extend_vocabulary
from tagger.learning.resources.lexicon import LONGEST, SHARES, SHORTEST, WordList, read_words
from tagger.lexicon import Gold, find
from tagger.tagging.tagger import load
from tagger.text.alphabet import Alphabet
from tagger.text.characters import code_points
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[1]
CORPORA = ROOT / "tagger/corpus"
MORE_WORDS = CORPORA / "words/lexicon.tsv"
TRAIN = [CORPORA / name for name in ("sample/train.conllu", "sample/ambiguous.conllu", "essays/train.conllu")]


def test_words_have_their_likeliest_tag_and_the_share_of_places_where_they_are_words() -> None:
    tagged = [
        Sentence.from_forms(["我们", "去", "北京"], ["PRON", "VERB", "PROPN"]),
        Sentence.from_forms(["他", "去", "北京"], ["PRON", "VERB", "NOUN"]),
        Sentence.from_forms(["东北", "京剧", "北京"], ["PROPN", "NOUN", "NOUN"]),
        Sentence.from_forms(["北", "京", "Ａ4", "A4", "北京出租车"], ["X", "X", "NOUN", "NOUN", "NOUN"]),
    ]
    found = find(tagged, ["NOUN", "PRON", "PROPN", "VERB"], min_count=2)
    # 北京 stands in six places, as a word in three, more often as NOUN; full width counts as half width.
    assert dict(zip(found.forms, found.kinds.tolist(), strict=True)) == {"北京": 1 + 2, "A4": 1 + 3}
    every = find(tagged, ["NOUN", "PRON", "PROPN", "VERB"], min_count=1)
    assert every.forms == ["北京", "A4", "东北", "京剧", "我们"]  # one character, and five, are left out
    assert dict(zip(every.forms, every.kinds.tolist(), strict=True))["我们"] == 1 + len(SHARES) * 1 + 3
    jieba = {"东方": "ns", "京剧": "n", "北京": "ns", "人物": "n", "去": "v", "北去": "v", "大学": "x", "海": "n"}
    more = find(tagged, ["NOUN", "PRON", "PROPN", "VERB"], min_count=2, dictionary=jieba)
    # 北京 counts as a word a level more often. 东方 and 人物 are not in the text, which shows what ns means but neither
    # n nor v; 海 is too short.
    assert dict(zip(more.forms, more.kinds.tolist(), strict=True)) == {"北京": 1 + 3, "A4": 1 + 3, "东方": 1 + 2}
    # What gold sentences cut is one at most in few places.
    gold = [Sentence.from_forms(["东", "方"]), Sentence.from_forms(["人物", "A", "4"]), Sentence.from_forms(["北京"])]
    words = find(
        tagged, ["NOUN", "PRON", "PROPN", "VERB"], min_count=2, dictionary=jieba | {"人物": "ns"}, annotated=gold
    )
    assert dict(zip(words.forms, words.kinds.tolist(), strict=True)) == {
        "北京": 1 + 3,
        "A4": 1 + 1,
        "东方": 1 + 1,
        "人物": 1 + 2,
    }
    least = find(tagged, ["NOUN", "PRON", "PROPN", "VERB"], min_count=2, annotated=gold, least_level=2)
    assert least.forms == ["北京"]
    segmented = [Sentence.from_forms(["我们", "去"])]
    assert find(segmented, [], min_count=1).kinds.tolist() == [4]


def test_a_file_gives_back_what_was_saved_and_others_are_refused(tmp_path: Path) -> None:
    words, path = WordList(["北京", "大学生"], np.array([3, 8])), tmp_path / "words.npz"
    words.save(path)
    again = WordList.load(path)
    assert again.forms == words.forms
    assert again.kinds.tolist() == [3, 8]
    whole = bytearray(path.read_bytes())
    whole[60:68] = b"damaged!"
    np.save(tmp_path / "array.npy", np.zeros(3))
    for content in (whole, whole[:100], (tmp_path / "array.npy").read_bytes(), b""):
        path.write_bytes(content)
        with pytest.raises(CorpusError, match=r"expected words from tagger\.lexicon"):
            WordList.load(path)


def run(*command: str, succeeds: bool = True) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == succeeds, done.stderr
    return done.stderr


def test_the_command_and_nets_that_learn_with_its_file(tmp_path: Path) -> None:
    texts = ["我喜欢北京。", "今天天气很好，我们去公园吧！"]
    (tmp_path / "raw.txt").write_text("\n".join(f"{i}，" + texts[i % 2] for i in range(40)), encoding="utf-8")
    lexicon = ["tagger.lexicon", f"{tmp_path}/raw.txt", "-m", "zh-small"]
    output = tmp_path / "new" / "lexicon.npz"
    said = run("tagger.lexicon", "model=zh-small", f"raw={tmp_path}/raw.txt", "held_out=[]", f"output={output}")
    assert f"write -m zh-small {tmp_path}/raw.txt -o {output}\n" in said
    assert "0 lines left out" in said
    assert "40 of 40 sentences" in said
    words = WordList.load(output)
    tagger = load("zh-small")
    assert set(words.forms) >= set(find(tagger.tag(texts), tagger.model.scheme.pos, min_count=1).forms)
    assert "smaller --min-count" in run(*lexicon, "-o", f"{tmp_path}/none.npz", "--min-count", "1000", succeeds=False)
    assert "found none" in run(*lexicon, "-o", f"{tmp_path}/none.npz", "--longest", "1", succeeds=False)
    assert not (tmp_path / "none.npz").exists()

    # A net that begins from another is also told words of characters that it alone knows.
    data = TaggingData(Corpus("a.seg", "a.seg", root=tmp_path, task="seg"), lexicon=str(output))
    (tmp_path / "a.seg").write_text("我 去\n", encoding="utf-8")
    data.setup()
    assert not data.alphabet.words
    other = char_tagger(Alphabet.fit(texts), Scheme(), hidden_sizes=[2], char_size=2, bigram_size=0)
    extend_vocabulary(data, checkpoint.Trained(other, Presegmenter(), {}))
    assert set(data.alphabet.forms) == {
        form for form in words.forms if set(form) <= {*"".join(texts).replace("，", ",")}
    }

    small = [
        "tagger.train",
        "net.encoder.hidden_sizes=[6]",
        "net.embedding.char_size=5",
        "net.embedding.bigram_size=3",
        "net.embedding.word_size=4",
    ]
    small += ["trainer.max_epochs=1", "threads=1", "logger=csv"]
    run(*small, "export=false", f"hydra.run.dir={tmp_path}/plain")
    own = [*small, f"data.lexicon={output}", f"init={tmp_path}/plain/best.ckpt", f"hydra.run.dir={tmp_path}/own"]
    run(*own)  # compares the file with the net on texts with its words
    net = checkpoint.load(tmp_path / "own" / "best.ckpt").net
    assert net.alphabet.forms == [form for form in words.forms if set(form) <= set(map(chr, net.alphabet.chars))]
    assert net.alphabet.words
    run(*small, f"init={tmp_path}/own/best.ckpt", f"hydra.run.dir={tmp_path}/more")
    assert checkpoint.load(tmp_path / "more" / "best.ckpt").net.alphabet.words == net.alphabet.words
    run(*small, f"init={tmp_path}/own/best.ckpt", f"data.lexicon={output}", f"hydra.run.dir={tmp_path}/again")
    (tmp_path / "terms.tsv").write_text("去公园 NOUN\n公园 NOUN\n云云云云 NOUN\n", encoding="utf-8")
    more = (f"data.more_words={tmp_path}/terms.tsv", "data.most_words=4")
    run(*small, f"init={tmp_path}/own/best.ckpt", *more, f"hydra.run.dir={tmp_path}/terms")
    forms = checkpoint.load(tmp_path / "terms" / "best.ckpt").net.alphabet.forms
    assert forms[0] == "去公园"
    assert len(forms) == 4
    assert "begin with a trained net" in run(*small, *more, f"hydra.run.dir={tmp_path}/new", succeeds=False)


def test_words_of_a_file_join_a_lexicon(tmp_path: Path) -> None:
    noun, verb = (1 + len(SHARES) * number for number in (0, 3))
    words = WordList(["北京", "我们", "走去", "东西"], np.array([noun, noun + 2, verb + 3, noun + 1]))
    file = tmp_path / "more.tsv"
    file.write_text(
        "# ours\n云计算\tn\n我们 n\n走去 v\n跑走 v\n酸 n\n五个字的词 n\n很好 a\n云計算 n\n\n", encoding="utf-8"
    )
    # n is what 我们 is, v what 走去 is; a is nothing here. One character and five are no words. 我们 stays as it is.
    joined = words.joined(read_words(file))
    new = {"云计算": noun + 3, "跑走": verb + 3}
    assert list(zip(joined.forms, joined.kinds.tolist(), strict=True)) == [
        *new.items(),
        *zip(words.forms, words.kinds.tolist(), strict=True),
    ]
    assert words.joined(read_words(file), most=3).forms == ["云计算", "跑走", "北京"]
    file.write_text("云计算 n\n很 好 a\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"more\.tsv:2: expected a word and its tag.*'很 好 a'"):
        read_words(file)


def test_words_of_the_package_are_words() -> None:
    words = read_words(MORE_WORDS)
    assert all(SHORTEST <= len(form) <= LONGEST for form in words)
    assert set(words.values()) <= set(UPOS)
    forms = [line.split()[0] for line in MORE_WORDS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert len(set(forms)) == len(forms)
    gold = Gold.of([sentence for path in TRAIN for sentence in corpus.read(path)], words)
    assert [form for form in words if gold.cuts(form)] == []


def test_another_lexicon_begins_with_the_vectors_of_its_kinds_of_words() -> None:
    alphabet = Alphabet.fit(["我们去北京大学"])
    trained, begun = (
        char_tagger(alphabet.with_words(forms, kinds), Scheme(), char_size=5, bigram_size=3, word_size=4).embedding
        for forms, kinds in ((["我们", "北京", "大学"], [3, 9, 2]), (["大学", "我们"], [2, 3]))
    )
    begun.copy_weights(trained)
    for text in ("我们", "去大学", "我大们学"):
        ids = torch.from_numpy(alphabet.ids(code_points(text)))[None].long()
        assert torch.equal(begun(ids), trained(ids))
