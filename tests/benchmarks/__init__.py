"""Benchmarks: figures that the README quotes, measured anew by `make bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "layers" / "overtone"))
