"""What the privacy app registers with Wagtail: erasing people instead of deleting them."""

from django.urls import path
from wagtail import hooks

from privacy import admin


@hooks.register("register_admin_urls")
def erasure_urls():
    return [path("people/<int:pk>/erase/", admin.ErasePersonView.as_view(), name="erase_person")]


hooks.register("before_delete_user", admin.before_delete_user)
hooks.register("before_bulk_action", admin.before_bulk_action)
