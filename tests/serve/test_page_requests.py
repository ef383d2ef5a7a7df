"""What the page asks of the service: choices, modes, texts of any length, the reader's dictionary; and what fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import expected, needs_browser, paste, shown
from playwright.sync_api import Page, Route, expect
from service import Service

from serve.errors import STATUS
from tagger.tagging.dictionary_lines import CTB, TAGS, UPOS, split_line
from tagger.tagging.tag_maps import read_tag
from tagger.tagging.tagger import Tagger

pytestmark = needs_browser
TEXT = "我喜欢北京。今天天气很好"
CASES = Path(__file__).with_name("cases") / "page_entries.tsv"
OTHER_TOOLS = Path(__file__).parents[1] / "tagging/cases/dictionary.tsv"


def copied_results(page: Page) -> list[Any]:
    """The results that the page copies as JSON."""
    page.locator("#copy-json").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('{')")
    results: list[Any] = json.loads(page.evaluate("navigator.clipboard.readText()"))["results"]
    return results


@pytest.fixture
def troubled(page: Page, service: Service) -> Iterator[Page]:
    """A page whose console may say that an answer was an error."""
    opened = page.context.new_page()
    opened.goto(service.address)
    expect(opened.locator("#status")).to_contain_text(" ms")
    yield opened
    opened.close()


def refuse(page: Page, code: str, message: str) -> None:
    """Answer the page's requests for words with an error, instead of the service."""
    body = json.dumps({"error": {"code": code, "message": message}})
    page.route(
        "**/v1/tag", lambda route: route.fulfill(status=STATUS[code], content_type="application/json", body=body)
    )


def test_choices_are_sent_and_shared(page: Page, service: Service) -> None:
    paste(page, TEXT)
    expect(page.locator("#choose-standard")).to_be_hidden()  # the models have none
    page.locator("#choose-model").select_option("other")
    expect(page.locator("#model")).to_contain_text("other")
    with page.expect_request("**/v1/tag") as sent:
        page.locator("#choose-dictionary").select_option("words")
    assert sent.value.post_data_json == {
        "texts": [TEXT], "confidence": True, "model": "other", "dictionary": "words",
    }  # fmt: skip
    expect(page.locator(".word", has_text="喜欢北").first).to_be_visible()
    page.locator("#dictionary summary").click()
    page.locator("#entries").fill("今天天\n气 nonsense force")
    expect(page.locator(".word", has_text="今天天")).to_be_visible()
    page.locator("#share").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".word", has_text="今天天")).to_be_visible()
    expect(page.locator("#choose-model")).to_have_value("other")
    expect(page.locator("#choose-dictionary")).to_have_value("words")
    expect(page.locator("#entries")).to_have_value("今天天\n气 nonsense force")
    with page.expect_request("**/v1/tag") as sent:
        page.evaluate("text => { location.hash = `#text=${encodeURIComponent(text)}`; }", TEXT)
    assert sent.value.post_data_json == {"texts": [TEXT], "confidence": True, "model": "small"}  # a link says it all


def test_modes_show_what_the_service_finds(page: Page, service: Service) -> None:
    paste(page, TEXT)
    asked: dict[str, dict[str, float]] = {
        "alternatives": {"nbest": 5},
        "search": {"search": 0.1},
        "sentences": {"sentences": True},
    }
    for mode, options in asked.items():
        page.locator("#choose-mode").select_option(mode)
        answer = service.client.post("/v1/tag", json={"texts": [TEXT], **options}).json()["results"][0]
        lists = [found["words"] for found in answer.get("alternatives", [answer])]
        shown(page, [(word["form"], word["pos"]) for words in lists for word in words])
    assert [row["text"] for row in copied_results(page)] == ["我喜欢北京。", "今天天气很好"]
    expect(page.locator(".line")).to_have_count(2)


def test_a_text_of_any_length_comes_in_parts(page: Page, small_tagger: Tagger) -> None:
    """The service takes 20 texts of 2,000 characters, and 20,000 bytes."""
    lines = ["我喜欢北京。", "", "今天天气很好"] * 16
    with page.expect_request("**/v1/tag"):
        page.locator("#text").fill("\n".join(lines))
    shown(page, expected(small_tagger, "\n".join(lines)))
    expect(page.locator("#status")).to_contain_text(" ms")
    long = "他说：“好。”😀" * 300
    paste(page, long)
    expect(page.locator(".line")).to_have_count(1)
    [row] = copied_results(page)
    assert row["text"] == long == "".join(word["form"] for word in row["words"])
    assert all(long[word["start"] : word["end"]] == word["form"] for word in row["words"])


def test_lines_of_the_dictionary(page: Page) -> None:
    cases = [line.split("\t", 1) for line in CASES.read_text(encoding="utf-8").splitlines()[1:]]
    found = page.evaluate(
        """async (lines) => {
            const { parseEntries } = await import('/page/entries.js');
            const limits = { entries: 1, entry_chars: 8 }, model = { tags: ['NOUN', 'PROPN'] };
            return lines.map(line => parseEntries(line.replaceAll('\\\\t', '\\t'), model, limits))
                .map(({ entries, faults }) => (faults.length ? faults[0].fault : JSON.stringify(entries[0])));
        }""",
        [line for line, _ in cases],
    )
    assert dict(zip((line for line, _ in cases), found, strict=True)) == dict(cases)


def test_lines_for_other_tools_are_those_of_the_command(page: Page) -> None:
    lines = [line.split("\t")[1] for line in OTHER_TOOLS.read_text(encoding="utf-8").splitlines()[1:]]
    models = [sorted(UPOS), sorted(CTB), ["NOUN"], []]
    found = page.evaluate(
        """async ([lines, tags, models]) => {
            const { readLine, readTag } = await import('/page/other-tools.js');
            const read = ({ word, tag = null, isUnwanted = false }) => [word, tag, isUnwanted];
            return [lines.map(readLine).map(line => line && read(line)),
                models.map(pos => tags.map(tag => readTag(tag, pos)))];
        }""",
        [lines, sorted(TAGS), models],
    )
    assert found[0] == [
        None if form in ("word", "phrase") else [word, tag, is_unwanted]
        for word, form, tag, is_unwanted in map(split_line, lines)
    ]
    for pos, tags in zip(models, found[1], strict=True):
        assert [tag or None for tag in tags] == [read_tag(tag, pos) for tag in sorted(TAGS)]


def test_lines_without_effect_are_named(page: Page) -> None:
    paste(page, TEXT)
    page.locator("#dictionary summary").click()
    page.locator("#entries").fill("喜欢北\n京。  nonsense\n" + "好\n" * 5)
    expect(page.locator("#entry-faults li")).to_have_text(
        [
            "Line 2 has no effect: “京。 nonsense”, after the word comes force, prefer, forbid, join or cut.",
            "Line 7 has no effect: “好”, there are too many entries.",
        ]
    )
    expect(page.locator(".word", has_text="喜欢北")).to_be_visible()
    page.locator("#language").click()
    expect(page.locator("#entry-faults li").last).to_contain_text("第 7 行不起作用")


def test_errors_are_in_the_language_of_the_reader(troubled: Page) -> None:
    own = {
        "file_too_large",
        "file_unreadable",
        "space_in_word",
        "unreachable",
        "unreadable",
        "no_runtime",
        "no_model",
        "browser",
    }
    explained = troubled.evaluate(
        "async () => Object.values((await import('/page/wording.js')).WORDING).map(texts => Object.keys(texts.errors))"
    )
    assert all(set(STATUS) | own <= set(codes) for codes in explained)
    refuse(troubled, "deadline", "expected an answer within 10 s")
    troubled.locator("#text").fill("好")
    status = troubled.locator("#status")
    expect(status).to_contain_text("The server did not finish in time")
    expect(status.locator("small")).to_have_text("expected an answer within 10 s")
    expect(troubled.locator("#result-box")).to_be_hidden()
    troubled.locator("#language").click()
    expect(status).to_contain_text("服务器没有在规定时间内完成")
    expect(status.locator("small")).to_have_text("expected an answer within 10 s")
    troubled.unroute("**/v1/tag")
    troubled.route("**/v1/tag", lambda route: route.abort())
    troubled.locator("#text").fill("好的")
    expect(status).to_contain_text("连接不到服务器")


def test_the_key_is_asked_for_once(troubled: Page) -> None:
    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            route.fulfill(status=401, content_type="application/json", body='{"error": {"code": "unauthorized"}}')

    troubled.route("**/v1/*", guard)
    troubled.reload()
    expect(troubled.locator("#status")).to_contain_text("This service needs a key.")
    troubled.locator("#key").fill("secret")
    troubled.locator("#key").press("Enter")
    expect(troubled.locator("#status")).to_contain_text(" ms")
    expect(troubled.locator("#key-box")).to_be_hidden()
    troubled.reload()
    expect(troubled.locator("#status")).to_contain_text(" ms")
    troubled.locator("#tab-inside").click()
    expect(troubled.locator("#chances li").first).to_be_visible()


def test_the_glossary_names_the_tags_of_the_model(page: Page) -> None:
    page.locator("#glossary summary").click()
    rows = page.locator("#glossary-rows tr").all_inner_texts()
    names = [" ".join(row.split()[:3]) for row in rows]
    assert names == ["NOUN 名词 noun", "VERB 动词 verb", "X 其他 other"]


def test_a_busy_service_is_asked_again(troubled: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        body = '{"error": {"code": "overloaded", "message": "the queue is full"}}'
        return route.fulfill(status=429, headers={"retry-after": "0.01"}, content_type="application/json", body=body)

    troubled.route("**/v1/tag", refuse_once)
    paste(troubled, "今天天气很好")
    expect(troubled.locator(".word", has_text="今")).not_to_have_count(0)
    assert refused


def test_the_page_works_under_the_prefix_of_a_proxy(page: Page, service: Service, small_tagger: Tagger) -> None:
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))  # nothing of the page before is under way any more
    prefix, outside = f"{service.address}/prefix", []
    page.on("request", lambda request: outside.append(request.url) if not request.url.startswith(prefix) else None)
    page.route(f"{prefix}/**", lambda route: route.continue_(url=route.request.url.replace("/prefix", "")))
    page.goto(f"{prefix}/")
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))
    page.locator("#tab-inside").click()
    expect(page.locator("#chances li").first).to_be_visible()
    assert outside == []
