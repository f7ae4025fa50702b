from django.urls import path

from certificates import views

app_name = "certificates"
urlpatterns = [
    path("", views.check, name="check"),
    path("mine/", views.my_certificates, name="mine"),
    path("mine/rows/", views.my_certificates_rows, name="mine_rows"),
    path("<str:code>/", views.show, name="show"),
    path("<str:code>/pdf/", views.pdf, name="pdf"),
]
