"""Wagtail's pages without a single inline script, so that the policy of the admin needs no exception for scripts.

Its templates' inline scripts are replaced in templates/wagtailadmin/; the choosers' is written by Python, here.
"""

import json

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
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


BaseChooser.render = render_chooser
AdminTaskChooser.js_constructor = "createTaskChooser"


@hooks.register("insert_global_admin_js")
def no_inline_scripts() -> SafeString:
    return format_html('<script src="{}"></script>', static("admin.js"))
