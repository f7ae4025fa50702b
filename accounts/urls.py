from django.urls import path

from accounts import views

urlpatterns = [
    path("details/", views.profile, name="profile"),
    path("privacy/", views.privacy, name="privacy"),
    path("help/", views.help_page, name="help"),
]
