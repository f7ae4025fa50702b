"""Install the guard in gunicorn, worker and beat. Python imports this module when its folder is on PYTHONPATH."""

import guard

guard.install()
