"""Helpers for tests of pages in a real browser: input, what a reader sees, and accessibility."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from serve.browser import RUNTIME
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium")
needs_runtime = pytest.mark.skipif(not RUNTIME.is_dir(), reason="needs onnxruntime-web: make page")


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, which is closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def paste(page: Page, text: str) -> None:
    """Put a text on the page and wait for its answer."""
    page.locator("#text").fill(text)
    page.wait_for_function("text => document.querySelector('#result').innerText.length > 0", arg=text)
    expect(page.locator("#status")).to_contain_text(" ms")


def expected(tagger: Tagger, text: str) -> list[tuple[str, str | None]]:
    """The words and tags that the tagger finds in each line of the text."""
    return [(word.form, word.pos) for line in text.split("\n") for word in tagger(line).words]


def violations(page: Page) -> list[Any]:
    """The accessibility rules that the page violates according to axe, with the elements."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    rules = page.evaluate("axe.run()")["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in rules]


def shown(page: Page, words: list[tuple[str, str | None]]) -> None:
    """Wait until the page shows these words."""
    page.wait_for_function(
        """forms => JSON.stringify([...document.querySelectorAll('.word')].map(word => word.textContent))
            == JSON.stringify(forms)""",
        arg=[form for form, _ in words],
    )


def check_words(found: list[Any], sentences: Iterable[Sentence]) -> None:
    """Fails for words or tags, of each text, that are not the tagger's, or probabilities that are not within 1e-4."""
    for words, sentence in zip(found, sentences, strict=True):
        plain = [{name: word[name] for name in ("form", "pos", "start", "end")} for word in words]
        assert plain == [word._asdict() for word in sentence.words]
        for name in ("probability", "span_probability"):
            wanted = [getattr(word, name) for word in sentence.words]
            assert [word[name] for word in words] == pytest.approx(wanted, abs=1e-4), sentence.text
