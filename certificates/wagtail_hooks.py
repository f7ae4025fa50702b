from wagtail import hooks
from wagtail.permissions import register_permission_policy

from accounts.admin.permissions import ScopedPermissionPolicy
from accounts.models import Role
from certificates.admin import CertificateViewSet
from certificates.models import Certificate

register_permission_policy(Certificate, ScopedPermissionPolicy(Certificate, role=Role.MANAGER))


@hooks.register("register_admin_viewset")
def register_certificates():
    return CertificateViewSet()
