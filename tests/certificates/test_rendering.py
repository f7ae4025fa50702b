import datetime
import io
import re
import unicodedata
from dataclasses import replace
from decimal import Decimal

import pypdf
import pytest
import typst

from certificates import rendering
from certificates.printed_fields import PrintedFields, lines

pytestmark = pytest.mark.once

PRINTED = PrintedFields(
    code="K7QM-2X9D-HT4V-RB3P",
    name="Amina Yusuf Hassan",
    course="Foundations: drug use disorders and the International Standards",
    course_code="C1",
    hours=Decimal("3.00"),
    score=Decimal("21.00"),
    max_score=Decimal("24.00"),
    edition="International Standards 2020",
    release="1.1",
    completed_on=datetime.date(2026, 11, 30),
    valid_until=datetime.date(2029, 11, 30),
    issued_on=datetime.date(2026, 12, 1),
    issuer="National Training Centre",
    language="en",
)
NAMES = {
    "Latin": "Zoë Nguyễn-Łukasiewicz Ñandú",
    "Cyrillic": "Ольга Ивановна Щербакова",
    "Greek": "Ἑλένη Παπαδοπούλου",
    "Arabic": "أمينة يوسف حسن",
    "Persian": "گلاره پژمان‌فر",
    "Hebrew": "מרים כהן",
    "Chinese": "朱镕珺 歐陽喆",
    "Japanese": "山田 はなこ",
    "Korean": "김민준",
    "Devanagari": "देवी प्रसाद",
    "Bengali": "বিমল চক্রবর্তী",
    "Tamil": "கமலா தேவி",
    "Sinhala": "නිමල් පෙරේරා",
    "Thai": "สมชาย ใจดี",
    "Lao": "ສົມສັກ",
    "Khmer": "សុខា ចាន់",
    "Myanmar": "အောင်ဆန်း",
    "Ethiopic": "ዓለም ፀሐይ",
    "Armenian": "Արամ Խաչատրյան",
    "Georgian": "ნინო ბერიძე",
    "Tibetan": "བསྟན་འཛིན",
    "Thaana": "އަޙްމަދު",
    "N'Ko": "ߒߞߏ",
    "Tifinagh": "ⵜⵉⴼⵉⵏⴰⵖ",
}


def render(**changes) -> bytes:
    return rendering.render(
        replace(PRINTED, **changes),
        accent="#0d5a63",
        verify_url="https://training.example.org/certificates/K7QM-2X9D-HT4V-RB3P/",
        check_at="training.example.org/certificates/",
    )


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def letters(text: str) -> set[str]:
    """The letters and marks of a text, whatever order or composition a reader gives them in."""
    normal = unicodedata.normalize("NFKD", text)
    return {character for character in normal if unicodedata.category(character)[0] in "LMN"}


def test_every_printed_field_can_be_read_in_the_file():
    text = " ".join(read(render()).pages[0].extract_text().split())
    for wanted in (
        "Certificate of completion",
        PRINTED.name,
        PRINTED.course,
        "Course code C1",
        "Hours 3 ",
        "Result Passed, 21 of 24",
        "Completed 30 November 2026",
        "Valid until 30 November 2029",
        "International Standards 2020; course release 1.1",
        "Issued by National Training Centre",
        "Issued on 1 December 2026",
        "K7QM-2X9D-HT4V-RB3P",
        "training.example.org/certificates/",
        "WHO and UNODC do not endorse it.",
    ):
        assert wanted in text


def test_the_file_is_tagged_archivable_and_says_its_language_and_title():
    reader = read(render(language="fr"))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"].startswith("fr")
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    metadata = catalogue["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert PRINTED.name in reader.metadata.title
    assert reader.metadata.creation_date.date() == PRINTED.issued_on


def test_every_font_is_in_the_file():
    fonts = read(render(name=" ".join(NAMES.values())[:140])).pages[0]["/Resources"]["/Font"].values()
    kinds = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert len(kinds) > 5
    assert all({"/FontFile2", "/FontFile3"} & set(kind) for kind in kinds)


def test_the_same_facts_give_the_same_bytes_and_others_do_not():
    first = render()
    render(name="Somebody Else", language="ar")
    assert render() == first
    assert render(hours=Decimal("3.5")) != first


@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_printed_in_its_own_script(script):
    def page(name: str) -> set[str]:
        return letters(read(render(name=name)).pages[0].extract_text())

    others = page("-")
    assert page(NAMES[script]) - others == letters(NAMES[script]) - others


def test_arabic_letters_join():
    def forms(name: str) -> int:
        """How many different drawings of Arabic letters stand on the page."""
        page = read(render(name=name)).pages[0]
        (arabic,) = (f.get_object() for f in page["/Resources"]["/Font"].values() if "Naskh" in f["/BaseFont"])
        return len(re.findall(rb"^<[0-9A-F]{4}> <", arabic["/ToUnicode"].get_data(), re.MULTILINE))

    assert (forms("ب ب"), forms("ببب")) == (forms("ب"), forms("ب") + 2)


def test_an_arabic_certificate_is_laid_out_from_the_right():
    def where(language: str) -> float:
        """How far from the left edge the name begins, in points."""
        found: list[float] = []

        def note(text, cm, tm, _font, _size):
            if text.strip().startswith("Amina"):
                found.append(tm[4] * cm[0] + tm[5] * cm[2] + cm[4])

        read(render(language=language)).pages[0].extract_text(visitor_text=note)
        return found[0]

    assert where("ar") > where("en") + 200


def test_a_long_name_and_a_long_title_stay_on_one_page():
    pdf = read(render(name="W" * 150, course="Überschrift " * 21))
    assert len(pdf.pages) == 1
    assert pdf.pages[0].extract_text().count("W") >= 150


def test_markup_in_a_name_is_only_letters():
    name = '#read("/etc/passwd") *bold* $x$ \\ @ref <b>'
    assert name in " ".join(read(render(name=name)).pages[0].extract_text().split())


def test_a_character_nobody_has_drawn_is_refused_and_named():
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        render(name="Amina \U0001f600")


def test_control_characters_are_left_out():
    assert render(name="Amina\x00 Yusuf\n\tHassan") == render(name="Amina Yusuf Hassan")


def test_the_square_code_carries_the_address():
    svg = rendering.qr_svg("https://training.example.org/certificates/K7QM-2X9D-HT4V-RB3P/")
    assert svg.startswith("<svg")
    assert svg != rendering.qr_svg("https://training.example.org/certificates/K7QM-2X9D-HT4V-RB3Q/")


def test_what_was_not_scored_has_no_result_line():
    assert [line.label for line in lines(replace(PRINTED, score=None, max_score=None, course_code=""))] == [
        "Hours",
        "Completed",
        "Valid until",
        "Edition taught",
        "Issued by",
        "Issued on",
    ]


def test_hours_lose_idle_zeros_only():
    assert [lines(replace(PRINTED, hours=Decimal(hours)))[1].value for hours in ("30.00", "1.50", "0.25", "3")] == [
        "30",
        "1.5",
        "0.25",
        "3",
    ]
