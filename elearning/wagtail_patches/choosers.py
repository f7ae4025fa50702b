"""Wagtail's choosers without their inline scripts, so that the admin's policy needs no exception for scripts.

templates/wagtailadmin/ replaces the inline scripts of Wagtail's templates. The choosers write theirs in Python.
"""

import json

from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.admin.widgets import BaseChooser
from wagtail.admin.widgets.workflows import AdminTaskChooser


def render_chooser(self: BaseChooser, name, value, attrs=None, renderer=None) -> SafeString:
    """BaseChooser.render(), with what the inline script says as data for static/admin.js."""
    data = self.get_value_data(value)
    html = self.render_html(name, data, attrs)
    options = self.get_js_init_options(attrs["id"], name, data)
    return format_html(
        '{}<template data-controller="chooser" data-chooser-kind-value="{}" data-chooser-field-value="{}"'
        ' data-chooser-options-value="{}"></template>',
        html, self.js_constructor, attrs["id"], json.dumps(options),
    )  # fmt: skip


def install() -> None:
    BaseChooser.render = render_chooser
    AdminTaskChooser.js_constructor = "createTaskChooser"
