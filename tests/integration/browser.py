"""Debian's Chromium, for tests of what people see: where it stands, and what is asked of every page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
NEEDED = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium")
SERIOUS = {"serious", "critical"}
PHONE = {"width": 390, "height": 844}
