"""The main pages, and a scene with data to show on them."""

SCENE = """
import time
from django.db import transaction
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.sessions import SessionStore
from accounts.models import User
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.pages import CoursePage
from elearning import demo_data
from privacy import registry, requests
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt

def session(email):
    user = User.objects.get(email=email)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    # The password was confirmed, as the erasure page requires.
    store["account_authentication_methods"] = [{"method": "password", "at": time.time() + 3600, "reauthenticated": True}]
    store["account_authentication_methods_user"] = str(user.pk)
    store.save()
    return store.session_key

demo_data.create_people()
course = CoursePage.objects.get()
quiz = QuizPage.objects.child_of(course).get()
otieno = User.objects.get(email="otieno@example.org")
joined = enrolment.join(otieno, course.translation_key)
failed = attempts.start(joined, quiz)
for item in failed.items.select_related("version")[:12]:
    attempts.save(failed, item, 1, item.version.question_type.key(item.version.content["body"]), False)
attempts.submit(failed)
running = attempts.start(joined, quiz)
kinds = {item.version.question_type.name: item.position for item in running.items.select_related("version")}
passed = Attempt.objects.get(enrolment__learner__email="baraka@example.org")
certificate = Certificate.objects.get(learner__email="baraka@example.org")
gone = Certificate.objects.get(learner__email="mona@example.org")
requests.request_copy(User.objects.get(email="amina@example.org"))
with transaction.atomic():
    registry.erase(User.objects.get(email="mona@example.org"))
answer = {
    "amina": session("amina@example.org"), "baraka": session("baraka@example.org"), "otieno": session("otieno@example.org"),
    "running": str(running.uuid), "failed": str(failed.uuid), "passed": str(passed.uuid), "kinds": kinds,
    "code": certificate.shown_code, "gone": gone.shown_code,
}
"""
# Additional data, for the screens of the admin.
STAFF = """
from courses.models.pages import LessonPage, ModulePage
answer |= {
    "kofi": session("kofi@example.org"), "admin": session("admin@example.org"), "rosa": session("rosa@example.org"),
    "lesson": LessonPage.objects.first().pk, "module": ModulePage.objects.first().pk, "course": course.pk, "quiz": quiz.pk,
    "person": otieno.pk,
}
"""

LESSON = "foundations/health-conditions/diagnosis-and-treatment-goals/"


def addresses(scene: dict) -> dict[str, tuple[str, str]]:
    """Return (person, URL) for each page; person is "" for a visitor."""
    return {
        "home": ("", ""),
        "catalogue": ("", "courses/"),
        "course": ("amina", "foundations/"),
        "lesson": ("amina", LESSON),
        "learning": ("amina", "learning/"),
        **{f"quiz-{kind}": ("otieno", f"quiz/{scene['running']}/{at}/") for kind, at in scene["kinds"].items()},
        "hand-in": ("otieno", f"quiz/{scene['running']}/hand-in/"),
        "leave-test": ("otieno", f"quiz/{scene['running']}/leave/"),
        "learning-running": ("otieno", "learning/"),
        "course-running": ("otieno", "foundations/"),
        "course-complete": ("baraka", "foundations/"),
        "first-lesson": ("", "foundations/why-standards/from-draft-to-revised-edition/"),
        "result": ("otieno", f"quiz/{scene['failed']}/result/"),
        "result-passed": ("baraka", f"quiz/{scene['passed']}/result/"),
        "certificates": ("baraka", "certificates/mine/"),
        "verification": ("", f"certificates/{scene['code']}/"),
        "statement": ("", "standards/2020/1.3.6/"),
        "edition": ("", "standards/2020/"),
        "sign-in": ("", "accounts/login/"),
        "sign-up": ("", "accounts/signup/"),
        "details": ("amina", "accounts/details/"),
        "privacy": ("", "accounts/privacy/"),
        "your-data": ("amina", "accounts/your-data/"),
        "erase": ("baraka", "accounts/your-data/erase/"),
        "erased": ("", "accounts/your-data/erased/"),
        "verification-erased": ("", f"certificates/{scene['gone']}/"),
    }
