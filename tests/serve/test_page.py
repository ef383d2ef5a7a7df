"""The page, driven in a real browser: what is pasted, seen, hovered, copied and shared."""

import json
from typing import Any

import pytest
from browsing import expected, needs_browser, paste, shown
from playwright.sync_api import Page, expect
from service import Service

from tagger import corpus
from tagger.tagging.confidence import RatedWord
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.tagger import Tagger

pytestmark = needs_browser
TEXT = "我喜欢 北京。\n\n今天👍🏽天气\t很好\u3000"


def seen(page: Page) -> list[dict[str, Any]]:
    """The words on the page, as a reader gets them."""
    return page.eval_on_selector_all(  # type: ignore[no-any-return]
        ".word",
        """words => words.map(word => ({
            form: word.textContent, tag: getComputedStyle(word, '::after').content.slice(1, -1),
            colour: getComputedStyle(word).backgroundColor, label: word.getAttribute('aria-label'),
        }))""",
    )


def test_words_are_shown_with_tags_and_one_colour_per_tag(page: Page, small_tagger: Tagger) -> None:
    words = expected(small_tagger, TEXT)
    paste(page, TEXT)
    shown(page, words)
    found = seen(page)
    assert [(word["form"], word["tag"]) for word in found] == words
    colours = {word["tag"]: word["colour"] for word in found}
    assert all(word["colour"] == colours[word["tag"]] for word in found)
    assert len(set(colours.values())) == len(colours) > 1
    legend = {button.text_content(): button for button in page.locator("#legend button").all()}
    assert {text.split()[0] for text in legend if text} == set(colours)
    for text, button in legend.items():
        assert text
        tag, count = text.split()[0], int(text.split()[-1])
        assert count == sum(word["tag"] == tag for word in found)
        assert button.evaluate("button => getComputedStyle(button).backgroundColor") == colours[tag]
    lines = page.eval_on_selector_all(".line", "lines => lines.map(line => line.textContent)")
    assert lines == TEXT.split("\n")


def test_a_word_tells_its_tag_and_place_when_pointed_at(page: Page, small_tagger: Tagger) -> None:
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))
    word = small_tagger(TEXT.split("\n")[0], confidence=True).words[-1]
    assert isinstance(word, RatedWord)
    sure = f"{word.probability:.0%}".replace("%", " % sure")
    element = page.locator(".line").first.locator(".word").last
    element.hover()
    expect(page.locator("#tip")).to_be_visible()
    expect(page.locator("#tip")).to_contain_text(word.form)
    expect(page.locator("#tip")).to_contain_text(f"offsets {word.start}–{word.end} (code points)")
    expect(page.locator("#tip")).to_contain_text(str(word.pos))
    expect(page.locator("#tip")).to_contain_text(sure)
    expect(element).to_have_attribute(
        "aria-label",
        f"{word.form}, {word.pos} {_name(word.pos)}, offsets {word.start}–{word.end} (code points), {sure}",
    )
    page.locator("#text").hover()
    expect(page.locator("#tip")).to_be_hidden()


def test_doubtful_words_are_underlined(page: Page, small_tagger: Tagger) -> None:
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))
    lines = page.eval_on_selector_all(
        ".word",
        """words => words.map(word => {
            const form = word.firstElementChild ?? word, style = getComputedStyle(form);
            return style.textDecorationLine + style.textDecorationStyle;
        })""",
    )
    through_tags = page.eval_on_selector_all(
        ".word", "words => words.filter(word => getComputedStyle(word).textDecorationLine !== 'none').length"
    )
    assert through_tags == 0  # a line under the whole word would go through its tag
    words = [
        w for s in small_tagger.tag(TEXT.split("\n"), confidence=True) for w in s.words if isinstance(w, RatedWord)
    ]
    for line, word in zip(lines, words, strict=True):
        assert ("wavy" in line) == (word.probability < 0.6)
        assert ("underline" in line) == (word.probability < 0.9)
    assert any("wavy" in line for line in lines)
    expect(page.locator("#marks")).to_contain_text("wavy: less than 60 % sure")


def _name(pos: str | None) -> str:
    return {"NOUN": "noun", "VERB": "verb", "X": "other"}[str(pos)]


def test_what_is_copied_is_what_the_tagger_says(page: Page, small_tagger: Tagger) -> None:
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))
    page.locator("#copy-conllu").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "".join(corpus.format_sentence(small_tagger(line), "conllu") for line in TEXT.split("\n"))
    page.locator("#copy-json").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('{')")
    found = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert [result["text"] for result in found["results"]] == TEXT.split("\n")
    want = [[word._asdict() for word in small_tagger(line).words] for line in TEXT.split("\n")]
    for word in (word for result in found["results"] for word in result["words"]):
        assert 0 <= word.pop("probability") <= word.pop("span_probability") + 1e-6
    assert [result["words"] for result in found["results"]] == want
    assert found["model"]["name"] == "small"


def test_a_link_brings_the_text_back_and_no_server_sees_it(page: Page, service: Service, small_tagger: Tagger) -> None:
    text = "a+b & 100% #喜欢\n第二行"
    paste(page, text)
    shown(page, expected(small_tagger, text))
    page.locator("#share").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{service.address}/#text=")
    page.goto("about:blank")
    page.goto(link)
    shown(page, expected(small_tagger, text))
    assert page.locator("#text").input_value() == text


def test_the_legend_picks_out_a_tag(page: Page, small_tagger: Tagger) -> None:
    words = expected(small_tagger, TEXT)
    paste(page, TEXT)
    shown(page, words)
    button = page.locator("#legend button").first
    tag = (button.text_content() or "").split()[0]
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.locator(".word.shown").all_text_contents() == [form for form, pos in words if pos == tag]
    button.click()
    expect(page.locator(".word.shown")).to_have_count(0)


def test_everything_is_reached_by_keyboard(page: Page, small_tagger: Tagger) -> None:
    text = "我喜欢北京。"
    words = small_tagger(text).words
    paste(page, text)
    shown(page, expected(small_tagger, text))
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        if reached[-1].startswith("word"):
            break
    assert {"copy-conllu", "copy-json", "share"} <= set(reached)
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == words[-1].form
    expect(page.locator("#tip")).to_contain_text(f"{words[-1].start}–{words[-1].end}")
    page.keyboard.press("Escape")
    expect(page.locator("#tip")).to_be_hidden()
    page.keyboard.press("Home")
    if len(words) > 1:
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == words[1].form
    unnamed = page.eval_on_selector_all(
        "button, textarea, a", "all => all.filter(e => !(e.textContent.trim() || e.labels?.length)).length"
    )
    assert unnamed == 0


def test_two_languages_and_two_themes_that_are_remembered(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text("Chinese words")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("#language").click()
    expect(page.locator("h1")).to_contain_text("中文分词与词性标注")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#status")).to_contain_text("个词")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, dark[4:-1].split(","))) < 150 < 600 < sum(map(int, light[4:-1].split(",")))
    page.reload()
    expect(page.locator("h1")).to_contain_text("中文分词与词性标注")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_colour(page: Page, theme: str) -> None:
    """WCAG's contrast of at least 4.5 between every word, its tag, and their background, for tags of one's own too."""
    page.evaluate("theme => { localStorage.setItem('theme', theme) }", theme)
    page.reload()
    expect(page.locator("#status")).to_contain_text(" ms")
    ratios = page.evaluate(
        """async () => {
            const parse = (colour) => colour.match(/[0-9.]+/g).slice(0, 3)
                .map(v => colour.startsWith('color(') ? +v : v / 255);
            const light = (colour) => {
                const [r, g, b] = parse(colour).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ratio = (a, b) => {
                const [x, y] = [light(a), light(b)];
                return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
            };
            const word = document.querySelector('.word'), ratios = [];
            word.style.transition = 'none';
            for (const hue of [null, ...Array(360).keys()]) {
                word.classList.toggle('plain', hue === null);
                word.style.setProperty('--hue', hue ?? 0);
                const style = getComputedStyle(word), under = getComputedStyle(word, '::after').color;
                ratios.push([hue, ratio(style.color, style.backgroundColor), ratio(under, style.backgroundColor)]);
            }
            return ratios;
        }"""
    )  # fmt: skip
    assert len(ratios) == 361
    assert [entry for entry in ratios if min(entry[1:]) < 4.5] == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_cut_off_on_a_phone(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    paste(page, "我喜欢北京。" * 20 + "\nhttps://example.org/" + "a" * 200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.eval_on_selector_all(
        "button", "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 30).length"
    )
    assert small == 0


def test_words_of_ones_own(page: Page, small_tagger: Tagger) -> None:
    text = "我喜欢北京。"
    paste(page, text)
    shown(page, expected(small_tagger, text))
    page.locator("#dictionary summary").click()
    page.locator("#entries").fill("喜欢北  force  VERB\n京。")
    dictionary = Dictionary([Entry("喜欢北", "force", "VERB"), "京。"])
    shown(page, expected(small_tagger.with_dictionary(dictionary), text))
    assert {"喜欢北", "京。"} <= set(page.locator(".word").all_text_contents())
    page.locator("#entries").fill("喜|欢\tcut\n我喜\tjoin\n北京\tprefer=99")
    dictionary = Dictionary([Entry("喜|欢", "cut"), Entry("我喜", "join"), Entry("北京", "prefer", None, 99)])
    shown(page, expected(small_tagger.with_dictionary(dictionary), text))
    page.locator("#entries").fill("")
    shown(page, expected(small_tagger, text))
