"""Files in memory, where a test or a benchmark looks at what would be stored."""

import io

from overtone.payout.files import Writable


class _MemoryFile(io.BytesIO):
    def __init__(self, sink: "MemorySink", name: str) -> None:
        super().__init__()
        self._sink, self._name = sink, name

    def close(self) -> None:
        if not self.closed:
            self._sink.contents[self._name] = self.getvalue()
        super().close()


class MemorySink:
    """Files in a dictionary, by name."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def open(self, name: str) -> Writable:
        """A new file."""
        return _MemoryFile(self, name)
