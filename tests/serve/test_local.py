"""The model in the browser alone: the same words as the server's and the tagger's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from browsing import check_words, expected, needs_browser, needs_runtime, paste, shown, violations
from playwright.sync_api import Browser, Page, expect
from service import ROOT, Service

from serve.browser import RUNTIME
from serve.local import write_site
from tagger.corpus.sample import path as sample_path
from tagger.modelfile.shipped import find
from tagger.tagging.confidence import RatedWord
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.tagger import Tagger, load

pytestmark = [needs_browser, needs_runtime]


def lines_to_compare() -> list[str]:
    """200 texts: the sample corpus, and what is hard."""
    lines = sample_path("train").read_text(encoding="utf-8").split("\n")
    texts = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    hard = [
        "", " ", "\u3000\t ", "👨‍👩‍👧👍🏽🇨🇳#️⃣", "𠮷野家", "é́", "ｉＰｈｏｎｅ　１５",
        "https://a.cn/?q=1，见 a.b@c.org！", "@张三 #标签# 100%‰ 3.14km/h",
        "汉\u0301字\u0307 か\u3099 葛\U000e0100飾 ก็ำ क\u094d\u200dष 각가\u11a8",
        "🇨🇳🇨 👩\u200d\u200d👧 →\u200d\ufe0f\u200d← \u0600a \u0301",
        "涨到10000，2023年，http://a.cn（2019）@所有人开会 @小王：好",
        "今天😱🙋❤️①★★¥100±5，长×宽3×4第Ⅲ章ⅩⅢ〖好〗《a》（b）「c」我[哈]{d}“e。”——……C++ a=b x = y 30℃ ，\u0301—…—",
        "见[2]和[3]，list[0][1]，f(x)=1，(^_^)，（1)，区间(0,1]，([1])x(2)y{3}[]2^10=1024，3×4=12，x=1，1+1=2，p<0.05，a😱b，T+1，x>=5",
        "1.2019年总结 2.1.2020级 v1.2019年 3.14 1.2019万 １．２０１９年 2.3月15日 12．2019-2020学年",
        "GPT-4模型……——~~", "\x1c\x85\ufeff",
        "我喜\u200b欢\ufeff北京\u200e，co\u00adoperate \u200b 好 \u2060的\u2060 ", "\u200b\0", "\u200b我",
        "👩\u200d\u200b\u200d👧❤\ufe0f\u200d🔥 a\u200d👧 👧\u0301\u200d👧 👧\u200d\u0301👧\u200d",
        "３．５元．他来了｡好" * 40,
        "我喜欢北京。" * 400, "没有句号的长文本" * 300, "a" * 3000, "说：「好。」然后走了。" * 150,
    ]  # fmt: skip
    joined = ["".join(texts[i : i + 4]) for i in range(0, len(texts), 4)]
    return (hard + texts + joined)[:200]


COMPARE = """async (lines) => {
    const { open } = await import(new URL('page/local.js', document.baseURI));
    const without = ({ probability, span_probability, ...word }) => word;
    return (await (await open()).tag(lines, {}, [])).results.map(({ words }) => words.map(without));
}"""
TAG = """async (calls) => {
    const { open } = await import(new URL('page/local.js', document.baseURI)), engine = await open(), found = [];
    for (const [lines, entries] of calls) {
        const { results } = await engine.tag(lines, {}, entries);
        found.push(results.map(({ words }) => words));
    }
    return found;
}"""


def test_the_browser_finds_what_the_server_finds(page: Page, service: Service) -> None:
    lines = lines_to_compare()
    assert len(lines) == 200
    page.goto(f"{service.address}/local")
    expect(page.locator("#status")).to_contain_text(" ms", timeout=30_000)
    found = page.evaluate(COMPARE, lines)
    shorter = [line for line in lines if len(line) <= 2000]  # the limit of this service
    assert len(shorter) >= 190
    answer = service.client.post(
        "/v1/tag",
        content="".join(json.dumps(line) + "\n" for line in shorter),
        headers={"content-type": "application/x-ndjson"},
    )
    served = [json.loads(line)["words"] for line in answer.text.splitlines()]
    assert [words for line, words in zip(lines, found, strict=True) if len(line) <= 2000] == served


def test_the_model_is_kept_by_its_version_and_runs_beside_the_page(page: Page, service: Service) -> None:
    page.goto(f"{service.address}/local")
    expect(page.locator("#status")).to_contain_text(" ms", timeout=30_000)
    assert [worker.url for worker in page.workers] == [f"{service.address}/page/local-worker.js"]
    version = service.client.get("/model/model.json").json()["model"]["version"]
    assert "immutable" in service.client.get(f"/model/{version}.onnx").headers["cache-control"]


def test_the_runtime_is_sent_packed(service: Service) -> None:
    path = next(RUNTIME.glob("*.wasm"))
    if not path.with_name(f"{path.name}.gz").is_file():
        pytest.skip("needs the packed runtime: make page")
    plain = service.client.get(f"/page/ort/{path.name}", headers={"accept-encoding": "gzip;q=0"})
    packed = service.client.get(f"/page/ort/{path.name}", headers={"accept-encoding": "gzip"})
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_long_lines_are_cut_where_the_tagger_cuts_them(page: Page, service: Service, small_tagger: Tagger) -> None:
    lines = [line for line in lines_to_compare() if len(line) > 1024]
    assert len(lines) >= 4
    page.goto(f"{service.address}/local")
    expect(page.locator("#status")).to_contain_text(" ms", timeout=30_000)
    found = page.evaluate(COMPARE, lines)
    assert found == [[word._asdict() for word in small_tagger(line).words] for line in lines]


def test_a_shipped_model_in_the_browser_finds_what_the_tagger_finds(browser: Browser, tmp_path: Path) -> None:
    """It has the tags of symbols and punctuation, which the model of the service here does not have."""
    write_site(find("zh-small"), tmp_path)
    lines = [*lines_to_compare()[:60], "没有句号的长文本，我们去北京大学" * 30]
    words = [Entry("文本", "prefer", "VERB", 9), Entry("北京大学", "forbid"), Entry("去北"), Entry("的长", "join")]
    entries = [{name: value for name, value in word._asdict().items() if value is not None} for word in words]
    with published(tmp_path) as address:
        context = browser.new_context(locale="en-GB")
        opened = context.new_page()
        opened.goto(address)
        expect(opened.locator("#status")).to_contain_text(" ms", timeout=30_000)
        plain, with_words = opened.evaluate(TAG, [[lines, []], [lines[-1:], entries]])
        context.close()
    tagger = load("zh-small")
    check_words(plain, tagger.tag(lines, confidence=True))
    check_words(with_words, tagger.with_dictionary(Dictionary(words)).tag(lines[-1:], confidence=True))


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The address of a web server that knows nothing but the files of a folder."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *arguments: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_folder_on_any_web_server_tags_without_a_service(
    browser: Browser, small_model: Path, small_tagger: Tagger, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "serve.local", "--model", small_model, "--output", tmp_path / "site"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with published(tmp_path / "site") as address:
        context = browser.new_context(locale="en-GB")
        opened = context.new_page()
        opened.goto(address)
        shown(opened, expected(small_tagger, "我们明天去北京大学看朋友。"))
        expect(opened.locator("#privacy")).to_have_text("Text never leaves your device.")
        opened.locator("#text").fill("我喜欢 北京。")
        shown(opened, expected(small_tagger, "我喜欢 北京。"))
        context.close()


def test_the_page_has_a_dictionary_and_says_how_sure_it_is(page: Page, service: Service, small_tagger: Tagger) -> None:
    text = "我喜欢北京。"
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{service.address}/local")
    paste(page, text)
    page.locator("#dictionary summary").click()
    page.locator("#entries").fill("喜欢北  force  VERB\n北京 prefer=0\n京。")
    tagger = small_tagger.with_dictionary(Dictionary([Entry("喜欢北", "force", "VERB"), "京。"]))
    shown(page, expected(tagger, text))
    expect(page.locator("#entry-faults li")).to_have_text(
        ["Line 2 has no effect: “北京 prefer=0”, a weight is above 0 and below 1000."]
    )
    sure = [f"{word.probability:.0%}" for word in tagger(text, confidence=True).words if isinstance(word, RatedWord)]
    labels = [word.get_attribute("aria-label") or "" for word in page.locator(".word").all()]
    assert [label.rpartition(", ")[2].replace(" % sure", "%") for label in labels] == sure
    expect(page.locator("#marks")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for theme in ("dark", "light"):
        page.locator("#theme").click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert violations(page) == []
