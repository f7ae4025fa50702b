"""The browser of the tests, from Debian's package: the one without windows, which takes a third less of the processor."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

PACKAGES = ["chromium-headless-shell", "chromium"]  # each has a program of its name


def program() -> str:
    """Where it is; empty when it is not installed."""
    return next((path for name in PACKAGES if (path := shutil.which(name))), "")


@pytest.fixture(scope="module")
def chromium():
    """A browser that a module shares; each test opens a context of its own."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; Django would take the tests for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
