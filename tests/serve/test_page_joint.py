"""The page with a model of words and entities: marks over words, what is saved and copied, and the browser alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import models
import pytest
from browsing import check_words, needs_browser, needs_runtime, paste, violations
from playwright.sync_api import Browser, Page, expect
from service import Service

from tagger.tagging.confidence import RatedEntity
from tagger.tagging.tagger import Tagger, load

pytestmark = needs_browser
TEXT = "我们明天去北京大学看朋友，我喜欢北京。今天天气很好。\n\niPhone 15 卖 5999 元，我喜\u200b欢北京。"
LONG = "没有句号的长文本，我们去北京大学" * 70 + "\u200b。"
PARTS = """() => [...document.querySelectorAll('.entity')].map(part => (
    [part.textContent, part.classList.contains('first'), part.classList.contains('last')]))"""
LOCAL = """async (lines) => {
    const { open } = await import(new URL('page/local.js', document.baseURI));
    return (await (await open()).tag(lines, {}, [])).results;
}"""


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load(models.JOINT)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service("--model", models.JOINT) as started:
        yield started


@pytest.fixture(params=["/", pytest.param("/local", marks=needs_runtime)])
def both_page(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto(service.address + request.param)
    paste(opened, TEXT)
    expect(opened.locator("#status")).to_contain_text(f"{len(TEXT.replace(chr(10), ''))} characters", timeout=30_000)
    yield opened
    context.close()


def marked(page: Page) -> list[str]:
    """The entities whose parts are marked."""
    entities, form = [], ""
    for text, is_first, is_last in page.evaluate(PARTS):
        assert is_first == (not form)
        form += text
        if is_last:
            entities.append(form)
            form = ""
    assert not form
    return entities


def test_entities_are_marked_over_words_and_counted(both_page: Page, tagger: Tagger) -> None:
    sentences = [tagger(line) for line in TEXT.split("\n")]
    entities = [entity for sentence in sentences for entity in sentence.entities]
    words = [word for sentence in sentences for word in sentence.words]
    assert len({entity.label for entity in entities}) == 2
    assert both_page.locator(".word").all_text_contents() == [word.form for word in words]
    # A space between two words of an entity stands between their chips, where there is no mark.
    assert [form.replace(" ", "") for form in marked(both_page)] == [e.form.replace(" ", "") for e in entities]
    labels = both_page.eval_on_selector_all(".word", "words => words.map(({ dataset }) => dataset.above ?? '')")
    assert " ".join(filter(None, labels)).split() == [entity.label for entity in entities]
    expect(both_page.locator("#status")).to_contain_text(f"{len(words)} words, {len(entities)} names, ")
    expect(both_page.locator("#legend-title")).to_have_text("Parts of speech and types of names")
    counts = {label: sum(entity.label == label for entity in entities) for label in ("LOC", "PER")}
    buttons = both_page.locator("#legend button.name").all_text_contents()
    assert {text.split()[0]: int(text.split()[-1]) for text in buttons} == counts
    both_page.locator("#legend button.name", has_text="PER").click()
    shown = both_page.locator(".word.shown").all_text_contents()
    assert shown
    assert set(shown) <= {word.form for word in words}
    both_page.locator("#legend button.name", has_text="PER").click()
    for _ in ("light", "dark"):
        assert violations(both_page) == []
        both_page.locator("#theme").click()


def test_marks_stand_over_words_and_over_nothing_else(both_page: Page) -> None:
    boxes = both_page.evaluate(
        """() => [...document.querySelectorAll('.marked .word')].map(word => {
            const style = getComputedStyle(word, '::before'), box = word.getBoundingClientRect();
            const part = word.querySelector('.entity')?.getClientRects()[0];
            return { top: box.top, bottom: box.bottom, bar: part?.top,
                line: word.closest('.line').getBoundingClientRect().top,
                label: box.top + parseFloat(getComputedStyle(word).paddingTop) + parseFloat(style.marginTop) };
        })"""
    )
    assert boxes
    for box in boxes:
        assert box["line"] <= box["label"] < box["top"] < box["bottom"]
        if box["bar"] is not None:
            assert box["label"] < box["bar"] < box["bottom"]


def test_what_is_saved_and_copied_has_both(both_page: Page, service: Service) -> None:
    lines = TEXT.split("\n")
    body = {"texts": lines, "confidence": True}
    wanted = service.client.post("/v1/tag", json=body).json()["results"]
    both_page.locator("#format").select_option("jsonl")
    with both_page.expect_download() as saved:
        both_page.locator("#download").click()
    rows = [json.loads(line) for line in Path(saved.value.path()).read_text(encoding="utf-8").splitlines()]
    both_page.locator("#copy-json").click()
    both_page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('{')")
    copied = json.loads(both_page.evaluate("navigator.clipboard.readText()"))["results"]
    assert copied == rows
    for line, row, result in zip(lines, rows, wanted, strict=True):
        assert (row["text"], set(row)) == (line, {"text", "words", "spans"})
        for name in ("words", "spans"):
            for found, item in zip(row[name], result[name], strict=True):
                assert found == pytest.approx(item, abs=1e-4)


@pytest.mark.parametrize("mode", ["sentences", "search"])
def test_other_views_have_entities_too(browser: Browser, service: Service, mode: str) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{service.address}/#mode={mode}&text={TEXT.split(chr(10))[0]}")
    expect(page.locator("#status")).to_contain_text("names, ", timeout=30_000)
    options = {"sentences": {"sentences": True}, "search": {"search": 0.1}}[mode]
    body = {"texts": TEXT.split("\n")[:1], **options}
    [result] = service.client.post("/v1/tag", json=body).json()["results"]
    wanted = [span["form"] for span in result["spans"]]
    assert wanted
    found = page.locator(".word.name").all_text_contents() if mode == "search" else marked(page)
    assert found == wanted
    context.close()


@needs_runtime
def test_the_browser_finds_what_the_tagger_finds(browser: Browser, service: Service, tagger: Tagger) -> None:
    lines = [*TEXT.split("\n"), LONG, "\u200b", "👨‍👩‍👧去e\u0301\u0301", "https://a.cn/?q=1。x " * 90]
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{service.address}/local")
    expect(page.locator("#status")).to_contain_text(" ms", timeout=30_000)
    found = page.evaluate(LOCAL, lines)
    context.close()
    sentences = list(tagger.tag(lines, confidence=True))
    check_words([result["words"] for result in found], sentences)
    for result, sentence in zip(found, sentences, strict=True):
        plain = [{name: span[name] for name in ("form", "label", "start", "end")} for span in result["spans"]]
        assert plain == [entity._asdict() for entity in sentence.entities]
        rates = [entity.probability for entity in sentence.entities if isinstance(entity, RatedEntity)]
        assert [span["probability"] for span in result["spans"]] == pytest.approx(rates, abs=1e-4)
