"""The transformed template, for tests that read it without deploying it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.template import Template, read

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def template() -> Template:
    return read(ROOT / "template.yaml")
