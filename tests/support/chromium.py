"""The browser of the tests, from Debian's package: the one without windows, which takes a quarter less of the processor."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

PACKAGES = ["chromium-headless-shell", "chromium"]  # each has a program of its name


def program() -> str:
    """Where it is; empty when it is not installed."""
    return next((path for name in PACKAGES if (path := shutil.which(name))), "")


@contextmanager
def launched() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; Django would take the tests for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
