import datetime
import io
import re
import unicodedata
from dataclasses import replace
from decimal import Decimal

import pypdf
import pytest

from accounts.printable import printable
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
    """The letters, marks and digits of a text, independent of order and composition."""
    normal = unicodedata.normalize("NFKD", text)
    return {character for character in normal if unicodedata.category(character)[0] in "LMN"}


def test_the_pdf_contains_every_printed_field():
    text = " ".join(read(render()).pages[0].extract_text().split())
    for expected in (
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
        assert expected in text


def test_the_pdf_is_tagged_archivable_and_has_language_and_title():
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


def test_every_font_is_embedded():
    fonts = read(render(name=" ".join(NAMES.values())[:140])).pages[0]["/Resources"]["/Font"].values()
    descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert len(descriptors) > 5
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in descriptors)


def test_equal_fields_give_equal_bytes_and_different_fields_do_not():
    first = render()
    render(name="Somebody Else", language="ar")
    assert render() == first
    assert render(hours=Decimal("3.5")) != first


@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_rendered_in_its_own_script(script):
    def page(name: str) -> set[str]:
        return letters(read(render(name=name)).pages[0].extract_text())

    others = page("-")
    assert page(NAMES[script]) - others == letters(NAMES[script]) - others


def test_arabic_letters_join():
    def glyph_count(name: str) -> int:
        """The number of different Arabic glyphs on the page."""
        page = read(render(name=name)).pages[0]
        (arabic,) = (f.get_object() for f in page["/Resources"]["/Font"].values() if "Naskh" in f["/BaseFont"])
        return len(re.findall(rb"^<[0-9A-F]{4}> <", arabic["/ToUnicode"].get_data(), re.MULTILINE))

    assert (glyph_count("ب ب"), glyph_count("ببب")) == (glyph_count("ب"), glyph_count("ب") + 2)


def test_an_arabic_certificate_is_laid_out_right_to_left():
    def name_offset(language: str) -> float:
        """The distance of the name from the left edge, in points."""
        offsets: list[float] = []

        def record_offset(text, cm, tm, _font, _size):
            if text.strip().startswith("Amina"):
                offsets.append(tm[4] * cm[0] + tm[5] * cm[2] + cm[4])

        read(render(language=language)).pages[0].extract_text(visitor_text=record_offset)
        return offsets[0]

    assert name_offset("ar") > name_offset("en") + 200


def test_a_long_name_and_a_long_title_stay_on_one_page():
    pdf = read(render(name="W" * 150, course="Überschrift " * 21))
    assert len(pdf.pages) == 1
    assert pdf.pages[0].extract_text().count("W") >= 150


def test_markup_in_a_name_is_plain_text():
    name = '#read("/etc/passwd") *bold* $x$ \\ @ref <b>'
    assert name in " ".join(read(render(name=name)).pages[0].extract_text().split())


def test_a_character_without_a_glyph_raises_an_error():
    with pytest.raises(rendering.CannotBePrinted, match="could not be displayed"):
        render(name="Amina \U0001f600")


@pytest.mark.deep
def test_every_character_that_a_field_accepts_is_printed():
    signs = sorted(printable())
    for start in range(0, len(signs), 4000):
        render(issuer=" ".join(signs[start : start + 4000]))


def test_control_characters_are_removed():
    assert render(name="Amina\x00 Yusuf\n\tHassan") == render(name="Amina Yusuf Hassan")


def test_the_qr_code_depends_on_the_url():
    svg = rendering.qr_svg("https://training.example.org/certificates/K7QM-2X9D-HT4V-RB3P/")
    assert svg.startswith("<svg")
    assert svg != rendering.qr_svg("https://training.example.org/certificates/K7QM-2X9D-HT4V-RB3Q/")


def test_a_score_is_cut_and_not_rounded_up():
    printed = dict(lines(replace(PRINTED, score=Decimal("23.996"))))
    assert printed["Result"] == "Passed, 23.99 of 24"


def test_a_certificate_without_a_test_says_so():
    untested = replace(PRINTED, score=None, max_score=None)
    assert dict(lines(untested))["Result"] == "Completed, without a test"
    assert "Result Completed, without a test" in " ".join(
        read(render(score=None, max_score=None)).pages[0].extract_text().split()
    )


def test_an_erased_certificate_without_a_code_has_no_empty_lines():
    erased = replace(PRINTED, name="", score=None, max_score=None, course_code="")
    assert [line.label for line in lines(erased)] == [
        "Hours",
        "Completed",
        "Valid until",
        "Edition taught",
        "Issued by",
        "Issued on",
    ]


def test_hours_lose_only_trailing_zeros():
    assert [lines(replace(PRINTED, hours=Decimal(hours)))[1].value for hours in ("30.00", "1.50", "0.25", "3")] == [
        "30",
        "1.5",
        "0.25",
        "3",
    ]
