from django.urls import path

from accounts import views

urlpatterns = [
    path("details/", views.profile, name="profile"),
    path("help/", views.help_page, name="help"),
]
