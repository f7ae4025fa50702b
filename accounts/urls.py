from django.urls import path

from accounts import views

urlpatterns = [
    path("details/", views.profile, name="profile"),
    path("details/sign-out-elsewhere/", views.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("help/", views.help_page, name="help"),
]
