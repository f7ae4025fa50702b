"""Time zones: which ones may be chosen, and which one is usual in a country. Uses no database."""

from __future__ import annotations

import functools
import zoneinfo

from babel.core import get_global

# Of countries with several zones: the one where most people live. CLDR, which babel brings, knows all the others.
USUAL = {
    "AQ": "Antarctica/McMurdo", "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo", "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago",
    "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil",
    "ES": "Europe/Madrid", "FM": "Pacific/Pohnpei", "GL": "America/Nuuk", "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty", "MH": "Pacific/Majuro", "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby", "PS": "Asia/Hebron", "PT": "Europe/Lisbon", "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv", "UM": "Pacific/Wake", "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip
DEFAULT = "UTC"


@functools.cache
def allowed_zones() -> list[str]:
    """The zones that a person may have, in alphabetical order after UTC."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [DEFAULT, *sorted(names)]


def zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in allowed_zones()]


def usual_zone(country: str) -> str:
    """The time zone in which most people of a country live, by its two-letter code; UTC for an unknown country."""
    zones = [USUAL[country]] if country in USUAL else get_global("territory_zones").get(country, [])
    return next((zone for zone in zones if zone in allowed_zones()), DEFAULT)


def chosen_zone(sent: str, country: str) -> str:
    """The zone that a browser sent, if a person may have it; else the usual one of their country."""
    return sent if sent in allowed_zones() else usual_zone(country)
