from itertools import chain

from django.core.management.base import BaseCommand

from privacy import erasure
from privacy.models import Erasure


class Command(BaseCommand):
    help = "After restoring a backup: erase again whoever had been erased since it was made."

    def handle(self, *args, **options):
        asked = Erasure.objects.values_list("person", flat=True)
        many = erasure.replay(chain(erasure.noted(), asked.iterator()))
        self.stdout.write(f"{many} erased again.")
