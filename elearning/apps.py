from django.apps import AppConfig


class ElearningConfig(AppConfig):
    name = "elearning"

    def ready(self) -> None:
        from elearning import checks  # noqa: F401, PLC0415 - importing it registers the checks, which need the settings
