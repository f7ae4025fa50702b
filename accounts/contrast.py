"""Check the contrast of an accent colour with every background it is used on. Formula: WCAG 2.2, "contrast ratio"."""

import colorsys
import re

from django.utils.translation import gettext as _

AA = 4.5  # WCAG 2.2, success criterion 1.4.3
LIGHT = {"paper": "#fcfcfa", "plaster": "#f1f3f0", "warn": "#fbf0d9", "ok": "#e9f2e6"}
DARK = {"paper": "#111617", "plaster": "#1a2122", "warn": "#2a2212", "ok": "#18261a"}
BACKGROUNDS = {"light": LIGHT, "dark": DARK}
INKS = ("#ffffff", "#0b1d1f")


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(a: str, b: str, share: float) -> str:
    """Mix `a` into `b`; `share` is the part of `a`, 0 to 1. The stylesheet's --tint has 10 % accent and 90 % paper."""
    pairs = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(x * share + y * (1 - share)):02x}" for x, y in pairs)


def hsl(colour: str) -> tuple[float, float, float]:
    """Return hue in degrees, saturation and lightness in per cent."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(r, g, b)
    return round(hue * 360, 1), round(saturation * 100, 1), round(lightness * 100, 1)


def ink_on(colour: str) -> str:
    """Return the text colour with the best contrast on a filled button of this colour."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def check_accent(colour: str, theme: str) -> str:
    """Return why this accent cannot be used in the theme ("light" or "dark"), or "" when it can."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return _("Enter the colour as # and six digits or letters from a to f, for example #0d5a63.")
    backgrounds = BACKGROUNDS[theme]
    pairs = [*backgrounds.values(), mix(colour, backgrounds["paper"], 0.1), ink_on(colour)]
    worst = min(contrast(colour, other) for other in pairs)
    if worst < AA:
        return _(
            "Text in this colour would be hard to read: contrast %(found).1f to 1, at least %(needed).1f to 1 is needed."
        ) % {"found": worst, "needed": AA}
    return ""
