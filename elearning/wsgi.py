import gc
import os

from django.core.wsgi import get_wsgi_application

from elearning import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "elearning.settings")
production.refuse_to_start()
application = get_wsgi_application()

# Everything loaded so far is permanent. Freezing it spares the garbage collector from scanning it during requests.
gc.collect()
gc.freeze()
