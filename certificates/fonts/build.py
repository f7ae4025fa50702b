"""Build the fonts in this folder from Debian's Noto packages.

    apt-get install fonts-noto-core fonts-noto-cjk
    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools
    /tmp/fonts/bin/python certificates/fonts/build.py

The same packages give the same bytes. Hinting is left out because a PDF does not use it. The East Asian font is
the sans, because the serif is twice as large. It keeps only the characters of GBK (every hanzi of the first Unicode
block) and the everyday Hangul of EUC-KR.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

NOTO = Path("/usr/share/fonts/truetype/noto")
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
EAST_ASIAN = "Noto Sans CJK SC"
SERIF_SCRIPTS = (
    *("Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada"),
    *("Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan"),
)
SANS_SCRIPTS = ("NKo", "Thaana", "Tifinagh")
NAMES = (
    *("NotoSerif", "NotoSans", "NotoNaskhArabic"),
    *(f"NotoSerif{script}" for script in SERIF_SCRIPTS),
    *(f"NotoSans{script}" for script in SANS_SCRIPTS),
)


def characters(encoding: str) -> set[int]:
    """Every character of a two-byte encoding."""
    pairs = (bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    decoded = (pair.decode(encoding, errors="ignore") for pair in pairs)
    return {ord(text) for text in decoded if len(text) == 1}


def full_character_map(font: TTFont) -> CmapSubtable:
    """One character map of format 12. Format 4 overflows with so many ranges and loses characters."""
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = font.getBestCmap()
    return table


def write(font: TTFont, unicodes: set[int], target: Path, features: list[str]) -> None:
    options = subset.Options(
        hinting=False, layout_features=features, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    font["cmap"].tables = [full_character_map(font)]
    font.save(target)
    sys.stdout.write(f"{target.name} {target.stat().st_size:,}\n")


def main() -> None:
    folder = Path(__file__).resolve().parent
    for name in NAMES:
        font = TTFont(NOTO / f"{name}-Regular.ttf", recalcTimestamp=False)
        write(font, set(font.getBestCmap()), folder / f"{name}.ttf", ["*"])
    faces = TTCollection(CJK, recalcTimestamp=False).fonts
    east_asian = next(face for face in faces if face["name"].getDebugName(1) == EAST_ASIAN)
    wanted = characters("gbk") | characters("euc_kr")
    write(east_asian, wanted, folder / "NotoSansCJKsc.otf", ["ccmp", "locl", "kern", "mark"])


if __name__ == "__main__":
    main()
