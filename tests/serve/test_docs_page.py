"""The page of the API: what it says comes from the document; its forms work, under a proxy's prefix too."""

import json
from typing import Any

import pytest
from browsing import needs_browser, violations
from playwright.sync_api import Browser, Route, expect
from service import Service

from serve.docs_page import MEANINGS, render_docs
from serve.errors import STATUS
from serve.openapi import document
from serve.settings import Settings

DOCUMENT = document(Settings(max_texts=77, max_entry_chars=55))
PAGE = render_docs(DOCUMENT)


def test_every_operation_field_error_and_limit_is_on_the_page() -> None:
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method != "parameters" and "requestBody" in operation
    ]
    fields = {name for schema in bodies for name in schema["properties"]} | {"strength", "weight", "at", "cut"}
    assert [name for name in fields if f"<code>{name}</code>" not in PAGE] == []
    assert [path for path in DOCUMENT["paths"] if f" {path}</code>" not in PAGE] == []
    assert [name for name in DOCUMENT["components"]["schemas"] if f'id="{name}"' not in PAGE] == []
    assert MEANINGS.keys() == STATUS.keys()
    assert "at most 77 of them" in PAGE
    assert "at most 55 characters" in PAGE
    for name, meaning in (
        ("X-Request-Timeout", "a number above 0<td>Seconds until the answer is wanted,"),
        ("Priority", "a string<td>From u=0, the most urgent, to u=7,"),
    ):
        assert f"<td><code>{name}</code><td>{meaning}" in PAGE
    assert 'href="/' not in PAGE
    assert 'src="/' not in PAGE


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_requests_are_tried_under_a_prefix(browser: Browser, service: Service, scheme: Any) -> None:
    def strip_prefix(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("/some/prefix/", "/")))

    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if "/some/prefix/" not in request.url else None)
    page.route("**/some/prefix/**", strip_prefix)
    page.goto(f"{service.address}/some/prefix/docs")
    section = page.locator("#tag")
    section.get_by_text("try it").click()
    section.get_by_label("body").fill(json.dumps({"texts": ["好"], "nbest": 99}))
    section.get_by_role("button", name="send").click()
    answer = section.locator(".answer")
    expect(answer).to_contain_text('expected a whole number from 1 to 10 in \\"nbest\\", got 99')
    section.get_by_label("content type").select_option("text/plain")
    expect(section.get_by_label("body")).to_have_value("我喜欢北京。\n今天天气很好。")
    section.get_by_role("button", name="send").click()
    expect(answer).to_contain_text('200\n{"line":1,"words":[{"form":')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The sections are alike, and axe takes a second for each.
    page.evaluate("document.querySelectorAll('section:not(#tag), h3[id], h3[id] + *').forEach(part => part.remove())")
    assert violations(page) == []
    assert elsewhere == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 200) == (scheme == "dark")
    context.close()
