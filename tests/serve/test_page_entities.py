"""The page with a model of entities whose types are its own: their names, their colours, and names instead of words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import models
import pytest
from browsing import needs_browser, needs_runtime, violations
from playwright.sync_api import Browser, Page, expect
from service import Service

from tagger.modelfile.metadata import TaggerMetadata
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.tagging.tagger import load

pytestmark = needs_browser
TYPES = ("疾病", "GENE")
TEXT = "我们明天去北京大学看朋友，我喜欢北京。"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "own.onnx"
    metadata = open_model(models.ENTITIES).metadata
    assert isinstance(metadata, TaggerMetadata)
    rewrite(models.ENTITIES, path, replace(metadata, scheme=replace(metadata.scheme, pos=TYPES)))
    return path


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Service]:
    with Service("--model", model) as started:
        yield started


@pytest.fixture(params=["/", pytest.param("/local", marks=needs_runtime)])
def own_page(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.goto(service.address + request.param)
    opened.locator("#text").fill(TEXT)
    expect(opened.locator("#status")).to_contain_text(f"{len(TEXT)} characters", timeout=30_000)
    yield opened
    context.close()


def test_entities_have_their_own_types_and_count_as_names(own_page: Page, model: Path) -> None:
    wanted = [(entity.form, entity.label) for entity in load(model)(TEXT).entities]
    assert {label for _, label in wanted} == set(TYPES)
    seen = own_page.eval_on_selector_all(".word", "words => words.map(({ word }) => [word.form, word.label])")
    assert seen == [list(entity) for entity in wanted]
    expect(own_page.locator("#status")).to_contain_text(f"{len(wanted)} names, ")
    expect(own_page.locator("#legend-title")).to_have_text("Types of names")
    assert own_page.eval_on_selector_all("#format option", "options => options.map(({ value }) => value)") == ["jsonl"]
    modes = own_page.eval_on_selector_all("#choose-mode option", "options => options.map(({ value }) => value)")
    assert modes in ([], ["words", "sentences"])  # the page of the browser alone has no modes


def test_a_type_has_one_colour_on_every_page_that_can_be_read_in_both_themes(own_page: Page) -> None:
    colours = (
        "words => [...new Set(words.map(({ dataset, style }) => `${dataset.tag} ${style.getPropertyValue('--hue')}`))]"
    )
    assert sorted(own_page.eval_on_selector_all(".word", colours)) == ["GENE 197", "疾病 111"]
    assert sorted(own_page.eval_on_selector_all("#legend button", colours)) == ["GENE 197", "疾病 111"]
    for _ in ("light", "dark"):
        assert violations(own_page) == []
        own_page.locator("#theme").click()


def test_an_entry_may_name_a_type_alone(own_page: Page) -> None:
    own_page.locator("details:has(#entries)").evaluate("details => { details.open = true }")
    own_page.locator("#entries").fill("朋友 疾病\n明天\tGENE")
    expect(own_page.locator(".word[data-tag='疾病']", has_text="朋友")).to_be_visible(timeout=10_000)
    expect(own_page.locator(".word[data-tag='GENE']", has_text="明天")).to_be_visible()
    expect(own_page.locator("#entry-faults li")).to_have_count(0)
