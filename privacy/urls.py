from django.urls import path

from privacy import views

urlpatterns = [
    path("privacy/", views.what_we_keep, name="privacy"),
    path("your-data/", views.your_data, name="your_data"),
    path("your-data/copy/", views.make_copy, name="make_copy"),
    path("your-data/copy/<uuid:copy>/", views.copy_file, name="copy_file"),
    path("your-data/erase/", views.erase, name="erase"),
    path("your-data/erased/", views.erasure_asked, name="erasure_asked"),
]
