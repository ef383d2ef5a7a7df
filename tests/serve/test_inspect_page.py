"""The tab that looks inside, driven in a real browser; and axe's judgement of both tabs."""

import pytest
from browsing import needs_browser, paste, violations
from playwright.sync_api import Page, expect
from service import Service

from tagger.tagging.inspection.inspector import Inspector
from tagger.tagging.tagger import Tagger

pytestmark = needs_browser
TEXT = "我喜欢北京。"


def look(page: Page, text: str) -> None:
    paste(page, text)
    page.locator("#tab-inside").click()
    page.wait_for_function("n => document.querySelectorAll('.map').length == n", arg=13)  # scores, 6 in each direction


def test_words_have_their_probabilities(page: Page, small_tagger: Tagger, small_model: str) -> None:
    look(page, TEXT)
    inspection = Inspector.open(small_model)(TEXT)
    items = page.locator("#chances li").all()
    assert [item.locator("b").text_content() for item in items] == [word.form for word in inspection.words]
    for item, word, p in zip(items, inspection.words, inspection.probabilities, strict=True):
        assert str(word.pos) in (item.text_content() or "")
        assert float((item.text_content() or "").split()[-2]) == pytest.approx(100 * p, abs=0.51)


def test_a_cell_tells_its_values_by_keyboard_and_by_mouse(page: Page, small_model: str) -> None:
    look(page, TEXT)
    steps = Inspector.open(small_model)(TEXT).to_json(0)["directions"]["backward"]
    names = ["forget gate", "input gate", "output gate", "candidate", "cell state", "hidden state"]
    reached = []
    page.locator("#tab-inside").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.ariaLabel"))
    assert reached[-1] is None or reached[-1].startswith("hidden state, backward")
    page.locator("[aria-label^='cell state, backward']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")

    def values(time: int, unit: int) -> str:
        told = [f"{name} {all_[time][unit]:.2f}" for name, all_ in zip(names, steps.values(), strict=True)]
        return f"character {time + 1} “{TEXT[time]}” · unit {unit} · {' · '.join(told)}"

    expect(page.locator("#readout")).to_have_text(values(1, 1))
    expect(page.locator(".cursor:visible")).to_have_count(6)  # the same cell on each map of the direction
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")  # there is nothing further down
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#readout")).to_have_text(values(4, 7))
    canvas = page.locator("[aria-label^='forget gate, backward'] canvas")
    canvas.hover(position={"x": 72 + 22 * 2.5, "y": 22 + 14 * 3.5})
    expect(page.locator("#readout")).to_have_text(values(2, 3))


def test_one_sentence_of_several(page: Page) -> None:
    look(page, "我爱北京。\n\n今天天气很好")
    assert page.locator("#sentence option").all_text_contents() == ["我爱北京。", "今天天气很好"]
    page.locator("#sentence").select_option(index=1)
    expect(page.locator("#chances")).to_contain_text("今")
    page.locator("#text").fill("")
    expect(page.locator("#inside")).to_be_hidden()
    page.locator("#text").fill(TEXT)
    expect(page.locator("#inside")).to_be_visible()
    page.locator("#tab-inside").press("ArrowLeft")
    expect(page.locator("#panel-words")).to_be_visible()
    expect(page.locator("#panel-inside")).to_be_hidden()


def test_what_the_service_refuses_is_said(page: Page, service: Service) -> None:
    other = page.context.new_page()  # the console says that an answer was 413
    other.goto(service.address)
    look(other, TEXT)
    other.locator("#text").fill("好" * 101)
    expect(other.locator("#inside-status")).to_contain_text("at most 100 characters")
    expect(other.locator("#inside")).to_be_hidden()
    other.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1000), ("dark", 320)])
def test_axe_finds_nothing_wrong(page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("theme => { localStorage.setItem('theme', theme) }", theme)
    page.reload()
    paste(page, TEXT)
    assert violations(page) == []
    look(page, TEXT)
    page.locator(".map").last.focus()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_language_and_theme_reach_the_maps(page: Page) -> None:
    look(page, TEXT)
    page.locator("#language").click()
    expect(page.locator("figcaption").first).to_contain_text("遗忘门")
    expect(page.locator("#tab-inside")).to_have_text("看网络内部")
    colour = "document.querySelector('.scale i').style.background"
    before = page.evaluate(colour)
    page.locator("#theme").click()
    page.wait_for_function(f"before => {colour} !== before", arg=before)
