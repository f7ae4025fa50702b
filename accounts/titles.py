"""Titles before and after the names of people, in the six languages of the site. Uses no database."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Only what is hardly ever a name by itself: "السيد", "Don" and "Miss" are titles and names, so they are left out.
BEFORE = (
    *("dr", "prof", "professor", "doctor", "mr", "mrs", "ms", "mx"),
    *("pr", "docteur", "docteure", "professeur", "professeure", "mme", "mlle"),
    *("dra", "profa", "doctora", "profesor", "profesora", "sra", "srta", "lic"),
    *("д-р", "др", "доктор", "проф", "профессор", "г-н", "г-жа"),
    *("د", r"أ\.?\s?د", r"ا\.?\s?د", "دكتور", "دكتورة", "الدكتور", "الدكتورة", "بروفيسور", "البروفيسور", "بروفسور"),
)
AFTER = ("医生", "医师", "大夫", "教授", "博士", "先生", "女士", "小姐", "护士")  # Chinese titles follow the name
# A title ends with a dot, a space or the name.
LEADING = re.compile(
    rf"[\u200e\u200f]*(?:(?:{'|'.join(sorted(BEFORE, key=len, reverse=True))})(?:\.\s*|\s+|$))+", re.IGNORECASE
)
TRAILING = re.compile(rf"\s*(?:{'|'.join(AFTER)})$")


def title_of(name: str) -> str:
    """The titles at the start of a name, or the Chinese one at its end, as they are written; "" for none."""
    found = LEADING.match(name) or TRAILING.search(name)
    return found[0].strip() if found else ""


def without_title(name: str) -> str:
    """The name without its titles; the whole of it when it is nothing else."""
    leading = LEADING.match(name)
    return TRAILING.sub("", name[leading.end() :] if leading else name).strip() or name


def check_title(name: str) -> None:
    """Validate the name of a person: certificates print the name, and a title is no part of it."""
    if title := title_of(name):
        message = _("Leave out “%(title)s”. Certificates print the name without a title.")
        raise ValidationError(message % {"title": title}, code="title")
