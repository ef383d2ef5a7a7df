"""Dictionaries and given words of requests."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from service import ROOT, Service

from serve.request_constraints import CHINESE_NAMES
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.patterns import Patterns
from tagger.tagging.tagger import Tagger

TEXTS = ["我喜欢北京。", "今天天气很好", ""]
WORDS = Dictionary(["喜欢北", Entry("天|很", "cut")])


def forms(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return [[word["form"] for word in result["words"]] for result in answer.json()["results"]]


def test_the_chinese_names_are_those_of_the_page() -> None:
    page = ROOT / "serve" / "page"
    strengths = re.findall(r"[a-z]+: \"([^\"]*)\"", (page / "entries.js").read_text(encoding="utf-8"))
    tags = re.findall(r"[A-Z]+: \[\w+, \"([^\"]*)\"", (page / "tags.js").read_text(encoding="utf-8"))
    assert (len(strengths), len(tags)) == (5, 20)
    assert set(" ".join([*strengths, *tags]).split()) <= CHINESE_NAMES


def expected(tagger: Tagger, texts: list[str] = TEXTS) -> list[list[str]]:
    return [list(sentence.forms) for sentence in tagger.tag(texts)]


def test_a_dictionary_of_the_service_by_name(client: httpx.Client, small_tagger: Tagger) -> None:
    assert client.get("/v1/models").json()["dictionaries"] == ["words"]
    wanted = expected(small_tagger.with_dictionary(WORDS))
    assert "喜欢北" in wanted[0]
    assert forms(client.post("/v1/tag", json={"texts": TEXTS, "dictionary": "words"})) == wanted
    assert forms(client.post("/v1/tag", json={"texts": TEXTS})) == expected(small_tagger)
    streamed = client.post(
        "/v1/tag", params={"dictionary": "words"}, content="\n".join(TEXTS[:2]), headers={"content-type": "text/plain"}
    )
    assert [[w["form"] for w in line["words"]] for line in map(httpx.Response.json, _lines(streamed))] == wanted[:2]


def _lines(answer: httpx.Response) -> list[httpx.Response]:
    return [httpx.Response(200, content=line) for line in answer.content.splitlines()]


def test_patterns_of_the_service_by_name(client: httpx.Client, small_tagger: Tagger) -> None:
    assert client.get("/v1/models").json()["patterns"] == ["titles"]
    texts = ["我喜欢《北 京》。", "喜欢北京《", ""]
    tagger = small_tagger.with_patterns(Patterns([("《[^》]+》", "NOUN")]))
    wanted = expected(tagger, texts)
    assert "《北 京》" in wanted[0]
    assert forms(client.post("/v1/tag", json={"texts": texts, "patterns": "titles"})) == wanted
    assert forms(client.post("/v1/tag", json={"texts": texts, "patterns": None})) == expected(small_tagger, texts)
    both = {"texts": texts, "patterns": "titles", "dictionary": "words"}
    assert forms(client.post("/v1/tag", json=both)) == expected(tagger.with_dictionary(WORDS), texts)
    streamed = client.post(
        "/v1/tag", params={"patterns": "titles"}, content="\n".join(texts[:2]), headers={"content-type": "text/plain"}
    )
    assert [[w["form"] for w in line["words"]] for line in map(httpx.Response.json, _lines(streamed))] == wanted[:2]
    rated = client.post("/v1/tag", json={"texts": texts[:1], "patterns": "titles", "confidence": True}).json()
    word = next(word for word in rated["results"][0]["words"] if word["form"] == "《北 京》")
    assert word["pos"] == "NOUN"
    assert word["probability"] == pytest.approx(1, abs=1e-5)


def test_entries_of_a_request_go_before_those_of_the_service(client: httpx.Client, small_tagger: Tagger) -> None:
    entries: list[Any] = ["欢北京", {"word": "喜欢北", "strength": "forbid"}, {"word": "今天", "tag": "VERB"}]
    dictionary = Dictionary(["欢北京", Entry("喜欢北", "forbid"), Entry("今天", "force", "VERB")])
    answer = client.post("/v1/tag", json={"texts": TEXTS, "dictionary": "words", "entries": entries})
    assert forms(answer) == expected(small_tagger.with_dictionary(WORDS, dictionary))
    assert "欢北京" in forms(answer)[0]
    assert answer.json()["results"][1]["words"][0] == {"form": "今天", "pos": "VERB", "start": 0, "end": 2}
    of_jieba = client.post("/v1/tag", json={"texts": TEXTS, "entries": [{"word": "今天", "tag": "v"}]})
    assert of_jieba.json()["results"][1]["words"][0]["pos"] == "VERB"
    named: list[Any] = [{"word": "今天", "pos": "VERB"}, {"word": "今天", "tag": None, "pos": "VERB"}]
    for entry in (*named, "今天\t\tVERB", "今天 v", "今天,3,v"):
        answer = client.post("/v1/tag", json={"texts": TEXTS, "entries": [entry]})
        assert answer.json()["results"][1]["words"][0] == {"form": "今天", "pos": "VERB", "start": 0, "end": 2}
    for entry in ("喜欢北 0", "喜欢北\t0\t", {"word": "喜欢北", "strength": "forbid", "tag": None, "pos": None}):
        forbidden = client.post("/v1/tag", json={"texts": TEXTS, "entries": [entry]})
        assert forms(forbidden) == expected(small_tagger.with_dictionary(Dictionary([Entry("喜欢北", "forbid")])))
    phrases: list[Any] = ["New York", "N Y join", "北 京", {"word": "天 名词"}]
    assert client.post("/v1/tag", json={"texts": TEXTS, "entries": phrases}).status_code == 200
    prefer = [{"word": "欢北", "strength": "prefer", "weight": 99, "tag": None}]
    assert "欢北" in forms(client.post("/v1/tag", json={"texts": TEXTS, "entries": prefer}))[0]
    assert forms(client.post("/v1/tag", json={"texts": TEXTS, "entries": []})) == expected(small_tagger)


@pytest.mark.parametrize(("unit", "factor"), [("codepoint", 1), ("utf16", 2), ("byte", 4)])
def test_given_words_in_any_unit(client: httpx.Client, small_tagger: Tagger, unit: str, factor: int) -> None:
    text = "😀😀😀😀"
    given = [{"start": factor, "end": 3 * factor, "pos": "VERB"}]
    body = {"texts": ["我喜欢北京。", text, text], "offsets": unit, "given": [None, given, [{"at": 2 * factor}]]}
    answer = client.post("/v1/tag", json=body).json()
    words = answer["results"][1]["words"]
    assert {"form": "😀😀", "pos": "VERB", "start": factor, "end": 3 * factor} in words
    assert [w["form"] for w in words] == list(small_tagger(text, known=[KnownWord(1, 3, "VERB")]).forms)
    assert [w["form"] for w in answer["results"][0]["words"]] == list(small_tagger("我喜欢北京。").forms)
    assert [w["form"] for w in answer["results"][2]["words"]] == list(
        small_tagger(text, known=[KnownBoundary(2)]).forms
    )


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"dictionary": "none"}, 404, "expected a dictionary among words, got 'none'"),
        ({"dictionary": 3}, 422, 'one name in "dictionary", got a number'),
        ({"patterns": "none"}, 404, "expected patterns among titles, got 'none'"),
        ({"patterns": ["a+"]}, 422, 'one name in "patterns", got a list; send it as a string'),
        ({"entries": {"word": "a"}}, 422, 'expected a list in "entries", got an object'),
        ({"entries": [1]}, 422, 'in "entries[0]", got 1'),
        ({"entries": ["a", {"strength": "force"}]}, 422, 'in "entries[1]"'),
        ({"entries": [{"word": "a", "weight": True}]}, 422, 'a weight above 0 and below 1000 in "entries[0].weight"'),
        ({"entries": [{"word": "a", "strength": "maybe"}]}, 422, 'in "entries[0].strength", got "maybe"'),
        ({"entries": [{"word": "a", "tag": "NOPE"}]}, 422, "expected tags among NOUN, VERB, X"),
        ({"entries": [{"word": "a", "tag": "vn"}]}, 422, "got 'vn'; leave tags out"),
        ({"entries": ["天\tmaybe"]}, 422, "expected a strength among force, prefer, forbid, join, cut, got 'maybe'"),
        ({"entries": ["天\tcut=1"]}, 422, "expected word<TAB>strength[=weight][<TAB>tag], got '天\\tcut=1'"),
        ({"entries": ["云 强制 名词"]}, 422, "if '名词' is a strength or a tag, write force, prefer, forbid"),
        ({"entries": ["云 优先=2"]}, 422, "got '云 优先=2'; if '优先=2' is a strength or a tag"),
        ({"entries": [" a"]}, 422, "without spaces around it"),
        ({"entries": ["\t"]}, 422, "without spaces around it"),
        ({"entries": [{"word": "ab", "strength": "cut"}]}, 422, "where to cut"),
        ({"entries": ["a"] * 6}, 413, "at most 5 entries, got 6"),
        ({"entries": ["a" * 9]}, 413, "at most 8 characters"),
        ({"given": [[]]}, 422, 'expected 3 lists in "given", one per text, got 1'),
        ({"given": [[], [], [{"start": 0, "end": 1}]]}, 422, 'in "given[2]": expected offsets of characters'),
        ({"given": [[{"start": 0}], [], []]}, 422, 'in "given[0][0]", got {"start":0}'),
        ({"given": [[{"at": 1, "end": 2}], [], []]}, 422, "expected {start, end, pos} or {at, cut}"),
        ({"given": [[{"at": 1, "cut": 1}], [], []]}, 422, 'in "given[0][0]", got {"at":1,"cut":1}'),
        ({"given": [[{"at": 1}, {"start": 0, "end": 2}], [], []]}, 422, "a boundary inside a word"),
        ({"given": [[{"start": 0, "end": 1, "pos": "NOPE"}], [], []]}, 422, "expected a tag among NOUN"),
        ({"given": [[{"start": 0, "end": 1}], [], []], "offsets": "byte"}, 422, "in units of byte"),
    ],
)  # fmt: skip
def test_what_is_refused(client: httpx.Client, body: dict[str, Any], status: int, message: str) -> None:
    answer = client.post("/v1/tag", json={"texts": TEXTS, **body})
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


def test_dictionaries_and_patterns_are_read_again(small_model: Path, tmp_path: Path) -> None:
    path, patterns = tmp_path / "own.txt", tmp_path / "own.tsv"
    path.write_text("喜欢北\n", encoding="utf-8")
    patterns.write_text("喜.北\n", encoding="utf-8")
    flags = ["--dictionary", f"a.b={path}", "--patterns", f"p={patterns}", "--max-entries", "0"]
    with Service("--model", small_model, *flags) as started:
        ask = {"texts": ["我喜欢北京。"], "dictionary": "a.b"}
        assert "喜欢北" in forms(started.client.post("/v1/tag", json=ask))[0]
        path.write_text("欢北京\n", encoding="utf-8")
        started.send(signal.SIGHUP)
        while "patterns" not in started.wait_for("reloaded"):
            pass
        assert "欢北京" in forms(started.client.post("/v1/tag", json=ask))[0]
        ask["patterns"] = "p"
        assert "喜欢北" in forms(started.client.post("/v1/tag", json=ask))[0]
        patterns.write_text("(\n", encoding="utf-8")
        started.send(signal.SIGHUP)
        assert "own.tsv:1: expected a regular expression" in started.wait_for("reload refused")["reason"]
        assert "喜欢北" in forms(started.client.post("/v1/tag", json=ask))[0]
        refused = started.client.post("/v1/tag", json={"texts": ["a"], "entries": ["a"]})
        assert refused.status_code == 413


def test_a_dictionary_that_cannot_be_read_ends_the_start(small_model: Path, tmp_path: Path) -> None:
    call = [sys.executable, "-m", "serve", "--port", "0", "--model", small_model, "--dictionary", tmp_path / "none.txt"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "none.txt: expected a file, found none" in done.stderr
    assert '"event"' not in done.stderr  # nothing was loaded
