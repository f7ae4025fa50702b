"""The apps of the product, for tests that look through all of them."""

APPS = ("accounts", "certificates", "courses", "elearning", "privacy", "programmes", "quizzes", "standards")
