"""What tests of the page share: a real browser, if there is one, and what a reader sees."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from serve.browser import RUNTIME
from tagger.tagging.tagger import Tagger

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium")
needs_runtime = pytest.mark.skipif(not RUNTIME.is_dir(), reason="needs onnxruntime-web: make page")


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def paste(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.wait_for_function("text => document.querySelector('#result').innerText.length > 0", arg=text)
    expect(page.locator("#status")).to_contain_text(" ms")


def expected(tagger: Tagger, text: str) -> list[tuple[str, str | None]]:
    return [(word.form, word.pos) for line in text.split("\n") for word in tagger(line).words]


def violations(page: Page) -> list[Any]:
    """What axe finds wrong with the page as it is: the rules' names and the elements."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def shown(page: Page, words: list[tuple[str, str | None]]) -> None:
    page.wait_for_function(
        """forms => JSON.stringify([...document.querySelectorAll('.word')].map(word => word.textContent))
            == JSON.stringify(forms)""",
        arg=[form for form, _ in words],
    )
