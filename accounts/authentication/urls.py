"""allauth's pages of the account and of the second step, with ours in the place of some."""

from allauth.account import urls as account_urls
from allauth.mfa.base.views import authenticate, index
from allauth.mfa.recovery_codes.views import download_recovery_codes, view_recovery_codes
from django.urls import include, path

from accounts.authentication import views

second_step_patterns = [
    path("", index, name="mfa_index"),
    path("authenticate/", authenticate, name="mfa_authenticate"),
    path("reauthenticate/", views.ConfirmCodeView.as_view(), name="mfa_reauthenticate"),
    path("totp/activate/", views.ActivateView.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", views.DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path("recovery-codes/", view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", views.NewCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", download_recovery_codes, name="mfa_download_recovery_codes"),
]

OURS = {"account_signup", "account_reauthenticate", "account_reset_password"}
urlpatterns = [
    *(pattern for pattern in account_urls.urlpatterns if pattern.name not in OURS),
    path("signup/", views.SignUpView.as_view(), name="account_signup"),
    path("password/reset/", views.ResetPasswordView.as_view(), name="account_reset_password"),
    path("reauthenticate/", views.ConfirmPasswordView.as_view(), name="account_reauthenticate"),
    path("undo/<str:token>/", views.undo_change, name="undo_account_change"),
    path("second-step/", include(second_step_patterns)),
]
