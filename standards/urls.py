from django.urls import path, register_converter

from standards import views


class CodeConverter:
    """Match the code of a section or statement: 1.3, 4.2.3.26, A.1.2."""

    regex = r"[0-9A-Za-z]{1,4}(?:\.[0-9]{1,4}){1,5}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")

app_name = "standards"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.edition, name="edition"),
    path("<slug:slug>/search/", views.search, name="search"),
    path("<slug:slug>/section/<code:code>/", views.section, name="section"),
    path("<slug:slug>/<code:code>/", views.statement, name="statement"),
    path("<slug:slug>/<code:code>/confirm/", views.confirm, name="confirm"),
]
