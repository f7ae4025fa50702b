from django.urls import path

from courses import views
from courses.problem_reports import views as problem_reports

urlpatterns = [
    path("courses/", views.catalogue, name="catalogue"),
    path("learning/", views.learning, name="learning"),
    path("learning/notices/<uuid:notice>/confirm/", views.confirm_notice, name="confirm_notice"),
    path("learning/reports/", problem_reports.my_reports, name="my_reports"),
    path("learning/reports/<uuid:report>/withdraw/", problem_reports.withdraw, name="withdraw_report"),
    path("learning/reports/new/", problem_reports.report_page, name="report_problem"),
    path("learning/join/<uuid:course_key>/", views.join, name="join"),
    path("learning/<uuid:enrolment>/leave/", views.leave, name="leave"),
    path("learning/<uuid:enrolment>/renew/", views.renew, name="renew"),
    path("learning/<uuid:enrolment>/<uuid:step>/done/", views.done, name="step_done"),
    path("learning/<uuid:enrolment>/<uuid:step>/position/", views.position, name="step_position"),
    path("learning/<uuid:enrolment>/<uuid:step>/note/", views.note, name="step_note"),
]
