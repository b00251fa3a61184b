"""Fixtures of the tests in real Jupyter. Use as plugins: ``pytest_plugins = ["browser_support", "jupyter_fixtures"]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from jupyter_support import Served, jupyter
from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """JupyterLab, serving an empty folder."""
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "course"
    root.mkdir()
    with jupyter(root, "lab", folder / "home") as served:
        yield served


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Notebook 7, serving an empty folder."""
    folder = tmp_path_factory.mktemp("notebook")
    root = folder / "course"
    root.mkdir()
    with jupyter(root, "notebook", folder / "home") as served:
        yield served


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """``tab()`` opens a browser window of its own."""
    contexts: list[BrowserContext] = []

    def open_() -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 1000}))
        return contexts[-1].new_page()

    yield open_
    for context in contexts:
        context.close()
