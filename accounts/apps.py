from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"


class PeopleConfig(WagtailUsersAppConfig):
    """Wagtail's user administration with our viewset, which has one name field and details of work."""

    user_viewset = "accounts.admin.people.PeopleViewSet"
