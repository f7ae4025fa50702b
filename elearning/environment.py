"""The environment variables and the data folder, which all settings modules use."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# The running product writes below this folder only, unless a setting names another path.
VAR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)

REDIS_URL = env("REDIS_URL", default="")
EMBEDDED = not REDIS_URL
