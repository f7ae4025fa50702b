from itertools import chain

from django.core.management.base import BaseCommand

from privacy import erasure
from privacy.models import Erasure


class Command(BaseCommand):
    help = "Run after restoring a backup: erase again everybody who was erased since it was made."

    def handle(self, *args, **options):
        requested = Erasure.objects.values_list("person", flat=True)
        count = erasure.replay(chain(erasure.logged_erasures(), requested.iterator()))
        self.stdout.write(f"{count} erased again.")
