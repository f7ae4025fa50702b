"""The browser of the tests, from Debian's packages. The headless shell needs a quarter less processor time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

PACKAGES = ["chromium-headless-shell", "chromium"]  # each has a program of the same name


def program() -> str:
    """Return the path of the program, "" if none is installed."""
    return next((path for name in PACKAGES if (path := shutil.which(name))), "")


@contextmanager
def launched() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, so Django would refuse database access as asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
