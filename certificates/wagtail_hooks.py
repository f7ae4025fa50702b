from wagtail import hooks
from wagtail.permissions import register_permission_policy

from certificates.desk import ManagersPolicy, RegisterViewSet
from certificates.models import Certificate

register_permission_policy(Certificate, ManagersPolicy(Certificate))


@hooks.register("register_admin_viewset")
def register_desk():
    return RegisterViewSet()
