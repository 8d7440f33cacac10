"""How large each function is unpacked: its own code and its layers, of which Lambda takes 250 MB together.

    python -m local.sizes [.aws-sam/build]

reads what `sam build` left and says it of each function. `expected` says about the same from the locks and from what this
environment has installed, so that the gate need not build.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final, NamedTuple

from local.template import FUNCTION, LAYER, parsed

MB: Final = 1_000_000
LAMBDA_BYTES_MAX: Final = 250 * MB
BYTES_MAX: Final = 240 * MB
"""What may grow while nobody looks: ours, below Lambda's."""
ROOT: Final = Path(__file__).parent.parent
BUILT: Final = ROOT / ".aws-sam" / "build"
LOCKS: Final = {"Deps": ROOT / "layers/deps/requirements.txt", "Pdf": ROOT / "layers/deps/pdf.txt"}
"""By layer of wheels, what it is filled from."""
_LEFT_OUT: Final = frozenset({".c", ".pyx", ".pxd", ".pyi", ".a", ".pyc"})
_LOCALES: Final = frozenset({"root", "en", "en_001", "sv", "de", "es"})
_FONTS: Final = frozenset({"__init__", "FiraGO_Regular", "FiraGO_Bold"})


class Size(NamedTuple):
    """A function's bytes: of its own code and of each of its layers."""

    code: int
    layers: dict[str, int]

    @property
    def whole(self) -> int:
        """What Lambda counts."""
        return self.code + sum(self.layers.values())


def layers_of(template: Path) -> dict[str, tuple[str, ...]]:
    """By function, its layers: those of all and its own."""
    source = parsed(template.read_text(encoding="utf-8"))
    shared = source["Globals"]["Function"]["Layers"]
    functions = {name: one for name, one in source["Resources"].items() if one["Type"] == FUNCTION}
    return {name: tuple(layer["Ref"] for layer in (*shared, *one["Properties"].get("Layers", ()))) for name, one in functions.items()}


def built(tree: Path = BUILT) -> dict[str, Size]:
    """Of every function that `sam build` left in a folder."""
    source = parsed((tree / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    layers = {name: _of(tree / name) for name, one in source.items() if one["Type"] == LAYER}
    return {name: Size(_of(tree / name), {layer: layers[layer] for layer in of}) for name, of in layers_of(tree / "template.yaml").items()}


def expected(lock: Path) -> int:
    """About what a layer of wheels has once built and compiled: byte code is as large as its source."""
    return sum(_installed(name) for name in names(lock))


def names(lock: Path) -> list[str]:
    """The packages that a lock names."""
    return [line.split("==")[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line and line[0] not in " #"]


def _installed(name: str) -> int:
    return sum(file.stat().st_size * (2 if file.suffix == ".py" else 1) for file in _files(name) if file.is_file())


def _files(name: str) -> Iterator[Path]:
    """What the layer's Makefile leaves of a wheel."""
    for entry in distribution(name).files or ():
        parts = entry.parts
        spare = {"tests", "include", "bin", ".."} & {*parts} and ".dist-info" not in parts[0]
        locale = "locale-data" in parts and entry.suffix == ".dat" and entry.stem not in _LOCALES
        font = parts[0] == "pymupdf_fonts" and entry.stem not in _FONTS
        if not (spare or locale or font or entry.suffix in _LEFT_OUT):
            yield Path(str(entry.locate()))


def _of(folder: Path) -> int:
    """A folder's bytes; where the runtime's Python was not at hand, with the byte code that one that has it adds."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    compiled = any(file.suffix == ".pyc" for file in files)
    return sum(file.stat().st_size * (2 if file.suffix == ".py" and not compiled else 1) for file in files)


def main() -> int:
    """Print each function's size, the largest first; 1 where one is over the limit."""
    found = built(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILT)
    for name, size in sorted(found.items(), key=lambda item: -item[1].whole):
        parts = ", ".join(f"{layer} {size_ / MB:.1f}" for layer, size_ in size.layers.items())
        print(f"{name:<18} {size.whole / MB:6.1f} MB unpacked (code {size.code / MB:.1f}, {parts})")
    return int(any(size.whole > BYTES_MAX for size in found.values()))


if __name__ == "__main__":
    sys.exit(main())
