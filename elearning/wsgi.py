import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "elearning.settings")
application = get_wsgi_application()

# What is loaded by now stays for good: the collector need not walk it again in the middle of requests.
gc.collect()
gc.freeze()
