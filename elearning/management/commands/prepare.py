from django.core.management.base import BaseCommand
from django.db import transaction

from courses import bootstrap as courses
from quizzes import bootstrap as quizzes


class Command(BaseCommand):
    help = "Create what an empty database needs: home page, groups and their permissions, the review workflow. Safe to repeat."

    @transaction.atomic
    def handle(self, *args, **options):
        courses.prepare()
        quizzes.prepare()
        self.stdout.write("The database is prepared.")
