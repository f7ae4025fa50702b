import courses.fields
import courses.models.pages
import courses.revisions
import django.core.validators
import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('standards', '0001_initial'),
        ('wagtailcore', '0098_apitoken'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HomePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
            ],
            options={
                'verbose_name': 'home page',
            },
            bases=(courses.revisions.SafeAutosaveMixin, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='LessonPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('number', models.CharField(blank=True, help_text='As shown, for example 1.2.3.', max_length=12, verbose_name='number')),
                ('minutes', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(1, 'Enter at least one minute.'), django.core.validators.MaxValueValidator(240, 'Enter at most %(limit_value)s minutes.')], verbose_name='minutes')),
                ('bytes', models.PositiveIntegerField(default=0, editable=False)),
                ('objectives', courses.fields.BlockField([], blank=True)),
                ('body', courses.fields.BlockField([], blank=True)),
            ],
            options={
                'verbose_name': 'lesson',
            },
            bases=(courses.revisions.SafeAutosaveMixin, 'wagtailcore.page', models.Model),
        ),
        migrations.CreateModel(
            name='ModulePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('number', models.CharField(blank=True, help_text='As shown, for example 1.2.', max_length=12, verbose_name='number')),
                ('minutes', models.PositiveSmallIntegerField(default=0, verbose_name='minutes')),
                ('summary', models.TextField(blank=True, verbose_name='summary')),
            ],
            options={
                'verbose_name': 'module',
            },
            bases=(courses.revisions.SafeAutosaveMixin, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='CompletionSweep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(help_text='When the last sweep began.')),
                ('all_at', models.DateTimeField(help_text='When the last sweep that looked at everybody began.')),
                ('needed_digest', models.CharField(help_text='A digest of what every release needed then.', max_length=64)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PackageItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(unique=True)),
                ('package', models.CharField(max_length=60)),
                ('loaded_digest', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='CoursePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('code', models.CharField(default=courses.models.pages.free_code, help_text='Short and permanent, for example C1.', max_length=20, verbose_name='code')),
                ('short_title', models.CharField(max_length=80, verbose_name='short title')),
                ('lede', models.TextField(blank=True, verbose_name='in one or two sentences')),
                ('hours', models.DecimalField(decimal_places=1, default=Decimal('1'), max_digits=4, validators=[django.core.validators.MinValueValidator(Decimal('0.5'))], verbose_name='hours of credit')),
                ('audience', models.CharField(blank=True, max_length=200, verbose_name='for whom')),
                ('requires', models.CharField(blank=True, max_length=200, verbose_name='needed first')),
                ('outcomes', courses.fields.BlockField([], blank=True)),
                ('on_monday', courses.fields.BlockField([], blank=True)),
                ('authors', courses.fields.BlockField([], blank=True)),
                ('valid_years', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='certificate valid for, years')),
                ('next_review', models.DateField(blank=True, null=True, verbose_name='next review')),
                ('edition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='standards.edition', verbose_name='based on')),
            ],
            options={
                'verbose_name': 'course',
            },
            bases=(courses.revisions.SafeAutosaveMixin, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='CourseRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('course_key', models.UUIDField()),
                ('number', models.CharField(max_length=12)),
                ('kind', models.CharField(choices=[('editorial', 'Editorial: only new learners get the new outline'), ('required', 'Required: everyone who has not finished gets the new outline, and an email'), ('correction', 'Correction of safety: a text was wrong, such as a dose. Everyone who has read it is told and must confirm')], default='editorial', max_length=10)),
                ('note', models.CharField(blank=True, max_length=1000, verbose_name='what is new, in a sentence for learners')),
                ('corrects', models.JSONField(default=list, help_text='Of a correction of safety: the keys of the steps that were wrong.')),
                ('withdrawn', models.JSONField(default=list, help_text='The keys of the tests that it no longer asks for. Its maker decided that.')),
                ('told_at', models.DateTimeField(blank=True, help_text='When everybody concerned had been told.', null=True)),
                ('code', models.CharField(max_length=20)),
                ('title', models.CharField(max_length=255)),
                ('short_title', models.CharField(max_length=80)),
                ('hours', models.DecimalField(decimal_places=1, max_digits=4)),
                ('valid_years', models.PositiveSmallIntegerField()),
                ('edition', models.CharField(blank=True, max_length=120)),
                ('language', models.CharField(default='en', max_length=10)),
                ('outline', models.JSONField(help_text='[{key, kind, module_key, minutes, required, certifies, bytes}]')),
                ('statements', models.JSONField(default=list, help_text='Codes cited by the lessons.')),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'course release',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('course_key', models.UUIDField(db_index=True)),
                ('period', models.PositiveSmallIntegerField(default=1)),
                ('enrolled_at', models.DateTimeField(auto_now_add=True)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('active_at', models.DateTimeField(blank=True, null=True)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('completed_on', models.DateField(blank=True, null=True)),
                ('learner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to=settings.AUTH_USER_MODEL)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='courses.courserelease')),
            ],
            options={
                'verbose_name': 'enrolment',
            },
        ),
        migrations.CreateModel(
            name='Completion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_key', models.UUIDField()),
                ('completed_at', models.DateTimeField()),
                ('score', models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True)),
                ('max_score', models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='completions', to='courses.enrolment')),
            ],
            options={
                'verbose_name': 'completion',
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_key', models.UUIDField()),
                ('block_id', models.CharField(blank=True, help_text='Empty: a note on the whole lesson.', max_length=36)),
                ('text', models.TextField(max_length=5000)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='courses.enrolment')),
            ],
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_key', models.UUIDField()),
                ('block_id', models.UUIDField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='positions', to='courses.enrolment')),
            ],
        ),
        migrations.CreateModel(
            name='LessonReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_key', models.UUIDField()),
                ('delivered_at', models.DateTimeField()),
                ('counts_at', models.DateTimeField(blank=True, null=True)),
                ('read_until', models.DateTimeField(blank=True, null=True)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='courses.enrolment')),
            ],
            options={
                'verbose_name': 'reading of a lesson',
            },
        ),
        migrations.CreateModel(
            name='ReleaseNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('learner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='release_notices', to=settings.AUTH_USER_MODEL)),
                ('release', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='courses.courserelease')),
            ],
            options={
                'verbose_name': 'release notice',
            },
        ),
        migrations.CreateModel(
            name='ProblemReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('about', models.CharField(help_text='page, or what an app above courses names it.', max_length=20)),
                ('key', models.UUIDField(help_text='None for a page that is not written by authors.', null=True)),
                ('title', models.CharField(max_length=300, verbose_name='about')),
                ('path', models.CharField(blank=True, help_text='The address to go back to.', max_length=500)),
                ('course_key', models.UUIDField(db_index=True, null=True)),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('details', models.JSONField(default=dict, help_text='What else is known, such as the release. No answer key.')),
                ('kind', models.CharField(choices=[('wrong', 'Something is wrong or out of date'), ('unclear', 'Something is not clear'), ('broken', 'Something does not work'), ('other', 'Something else')], max_length=10, verbose_name='what is wrong')),
                ('could_harm', models.BooleanField(default=False, verbose_name='could harm a patient')),
                ('text', models.TextField(blank=True, verbose_name='description')),
                ('sent_at', models.DateTimeField(auto_now_add=True, verbose_name='sent')),
                ('state', models.CharField(choices=[('open', 'Waiting for an answer'), ('answered', 'Answered'), ('withdrawn', 'Withdrawn')], default='open', max_length=10, verbose_name='state')),
                ('answer', models.TextField(blank=True, verbose_name='answer')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('told_at', models.DateTimeField(help_text='When the trainers were emailed.', null=True)),
                ('reporter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='problem_reports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'problem report',
                'verbose_name_plural': 'problem reports',
                'indexes': [models.Index(condition=models.Q(('state', 'open'), ('told_at', None)), fields=['course_key'], name='problem_untold')],
            },
        ),
        migrations.AddConstraint(
            model_name='courserelease',
            constraint=models.UniqueConstraint(fields=('course_key', 'number'), name='release_number_once'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('completed_at', None)), fields=['completed_at'], name='enrolment_unfinished'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('completed_at', None), ('left_at', None)), fields=['active_at'], name='enrolment_open_active'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(fields=('learner', 'course_key', 'period'), name='enrolled_once_a_period'),
        ),
        migrations.AddConstraint(
            model_name='completion',
            constraint=models.UniqueConstraint(fields=('enrolment', 'step_key'), name='step_completed_once'),
        ),
        migrations.AddIndex(
            model_name='lessonreading',
            index=models.Index(condition=models.Q(('counts_at__isnull', False)), fields=['counts_at'], name='reading_waiting'),
        ),
        migrations.AddConstraint(
            model_name='lessonreading',
            constraint=models.UniqueConstraint(fields=('enrolment', 'step_key'), name='one_reading_a_step'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.UniqueConstraint(fields=('enrolment', 'step_key', 'block_id'), name='one_note_a_block'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('enrolment', 'step_key'), name='one_position_a_step'),
        ),
        migrations.AddIndex(
            model_name='releasenotice',
            index=models.Index(condition=models.Q(('confirmed_at', None)), fields=['learner'], name='notice_unconfirmed'),
        ),
        migrations.AddConstraint(
            model_name='releasenotice',
            constraint=models.UniqueConstraint(fields=('release', 'learner'), name='told_once_a_release'),
        ),
    ]
