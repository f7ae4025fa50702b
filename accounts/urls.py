from django.urls import path

from accounts import views
from accounts.emails import views as email_views

urlpatterns = [
    path("details/", views.profile, name="profile"),
    path("details/sign-out-elsewhere/", views.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("help/", views.help_page, name="help"),
    path("emails/try-again/", email_views.try_again, name="try_email_again"),
    path("emails/off/<str:token>/", email_views.switch_off, name="switch_off_emails"),
]
