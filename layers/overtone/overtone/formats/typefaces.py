"""The letters that FiraGO lacks, from the Noto fonts (SIL Open Font License): as much of them as a document uses.

Chinese, Japanese and Korean share a font of 33 MB whose outlines vary with the weight, which a PDF cannot hold. A document uses a few
dozen of its 65,000 glyphs, so those are drawn at the weight in use into a small TrueType font. Other scripts join and reorder their
letters by the rules of their font, which is small, and embedded as it is.
"""

import atexit
import io
import shutil
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, NamedTuple

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

WEIGHTS: Final = {"": 400, "B": 700}
"""By fpdf2's style."""
_UNDATED: Final = 3_800_000_000
"""What stands for the hour at which a font was made, in seconds since 1904."""
_UNITS_OFF_MAX: Final = 1.0
"""How far a quadratic curve may run beside the cubic one, of 1,000 units of an em."""
_JAPANESE, _KOREAN, _CHINESE = range(3)
"""Faces of the collection: the same letters, as each language draws them."""
_KANA: Final = range(0x3040, 0x3100)
_HANGUL: Final = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xAC00, 0xD7B0))
_SCRIPTS: Final = {
    "Armenian": range(0x0530, 0x0590),
    "Bengali": range(0x0980, 0x0A00),
    "Gurmukhi": range(0x0A00, 0x0A80),
    "Gujarati": range(0x0A80, 0x0B00),
    "Oriya": range(0x0B00, 0x0B80),
    "Tamil": range(0x0B80, 0x0C00),
    "Telugu": range(0x0C00, 0x0C80),
    "Kannada": range(0x0C80, 0x0D00),
    "Malayalam": range(0x0D00, 0x0D80),
    "Sinhala": range(0x0D80, 0x0E00),
    "Lao": range(0x0E80, 0x0F00),
    "Myanmar": range(0x1000, 0x10A0),
    "Ethiopic": range(0x1200, 0x1400),
    "Khmer": range(0x1780, 0x1800),
    "Emoji": range(0x1F300, 0x1FB00),
}


class Face(NamedTuple):
    """A font for letters that the first font lacks, with a file for each style."""

    name: str
    files: dict[str, Path]


def faces(letters: frozenset[str], folder: Path) -> list[Face]:
    """The fonts for letters, those that are made written to a folder; letters of no known script have none."""
    found = [
        Face(script, {style: _at_weight(script, style) for style in WEIGHTS})
        for script, codes in _SCRIPTS.items()
        if any(ord(letter) in codes for letter in letters)
    ]
    if drawn := sorted(letter for letter in letters if ord(letter) in _east_asian(_CHINESE)[0]):
        files = {style: folder / f"cjk{style}.ttf" for style in WEIGHTS}
        for style, file in files.items():
            file.write_bytes(_drawn(drawn, WEIGHTS[style]))
        found.append(Face("CJK", files))
    return found


def known(letters: frozenset[str], fonts: list[Face]) -> frozenset[str]:
    """Which of the letters the fonts have."""
    return letters & {chr(code) for font in fonts for code in _codes(font.files[""])}


@lru_cache(maxsize=len(_SCRIPTS))
def _codes(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=1)
def _made() -> Path:
    folder = Path(mkdtemp(prefix="typefaces-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=len(_SCRIPTS) * len(WEIGHTS))
def _at_weight(script: str, style: str) -> Path:
    """A script's font at a style's weight: made once in a process, as it takes a second."""
    name = "NotoEmoji" if script == "Emoji" else f"NotoSans{script}"
    with TTFont(_folder("manimgx_fonts") / f"{name}[wght].ttf", recalcTimestamp=False) as font:
        file = _made() / f"{script}{style}.ttf"
        instantiateVariableFont(font, {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes} | {"wght": WEIGHTS[style]}).save(file)
        return file


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin).parent


@lru_cache(maxsize=3)
def _east_asian(face: int) -> tuple[dict[int, str], TTFont]:
    """Names of the glyphs by letter, and the font."""
    font = TTFont(_folder("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc", fontNumber=face, lazy=True)
    return font.getBestCmap(), font


def _language(letters: list[str]) -> int:
    codes = [ord(letter) for letter in letters]
    if any(code in _KANA for code in codes):
        return _JAPANESE
    return _KOREAN if any(code in part for part in _HANGUL for code in codes) else _CHINESE


def _drawn(letters: list[str], weight: int) -> bytes:
    """A TrueType font of the letters at a weight; the same bytes for the same letters."""
    names, source = _east_asian(_language(letters))
    cmap = {ord(letter): names[ord(letter)] for letter in letters if ord(letter) in names}
    order = [".notdef", *dict.fromkeys(cmap.values())]
    outlines: Any = source.getGlyphSet(location={"wght": weight})
    glyphs, widths = {}, {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, _UNITS_OFF_MAX, reverse_direction=True))
        glyphs[name] = pen.glyph()
        widths[name] = round(outlines[name].width)
    made = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    made.font.recalcTimestamp = False
    made.updateHead(created=_UNDATED, modified=_UNDATED)
    made.setupGlyphOrder(order)
    made.setupCharacterMap(cmap)
    made.setupGlyf(glyphs)
    made.setupHorizontalMetrics({name: (widths[name], glyphs[name].xMin if glyphs[name].numberOfContours else 0) for name in order})
    across = source["hhea"]
    made.setupHorizontalHeader(ascent=across.ascent, descent=across.descent)
    made.setupNameTable({"familyName": "Noto Sans CJK", "styleName": "Bold" if weight == WEIGHTS["B"] else "Regular"})
    made.setupOS2(sTypoAscender=across.ascent, sTypoDescender=across.descent, usWinAscent=across.ascent, usWinDescent=-across.descent)
    made.setupPost()
    buffer = io.BytesIO()
    made.font.save(buffer)
    return buffer.getvalue()
