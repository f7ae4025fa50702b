"""Python imports this by itself when its folder is on PYTHONPATH: the guard inside gunicorn, worker and beat."""

import guard

guard.install()
