from django.urls import path

from quizzes import preview, problem_reports, views

app_name = "quizzes"
urlpatterns = [
    path("start/<uuid:enrolment>/<uuid:quiz>/", views.start, name="start"),
    path("rehearse/<uuid:quiz>/", preview.begin, name="rehearse"),
    path("rehearse/<uuid:quiz>/result/", preview.result, name="rehearse_result"),
    path("rehearse/<uuid:quiz>/<int:position>/", preview.item, name="rehearse_item"),
    path("<uuid:attempt>/", views.resume, name="attempt"),
    path("<uuid:attempt>/hand-in/", views.hand_in, name="hand_in"),
    path("<uuid:attempt>/leave/", views.leave, name="leave"),
    path("<uuid:attempt>/result/", views.result, name="result"),
    path("<uuid:attempt>/<int:position>/", views.item, name="item"),
    path("<uuid:attempt>/<int:position>/save/", views.save, name="save"),
    path("<uuid:attempt>/<int:position>/report/", problem_reports.report, name="report"),
]
