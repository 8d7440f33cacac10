"""How much memory this process ever had."""

import resource
import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_mb() -> float:
    """In MB. Where Linux says it of the program itself, for what `getrusage` says of a child begins with its parent's."""
    if _STATUS.exists():
        lines = (line.split() for line in _STATUS.read_text().splitlines())
        found = next((int(words[1]) for words in lines if words and words[0] == "VmHWM:"), 0)
        if found:
            return found / 1024
    return _mb(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def children_peak_mb() -> float:
    """In MB, the most that a program had which this process started and which has ended; 0 where it started none."""
    return _mb(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _mb(most: int) -> float:
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
