import courses.fields
import courses.revisions
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import modelsearch.index
import uuid
import wagtail.models.preview
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0001_initial'),
        ('wagtailcore', '0098_apitoken'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('quiz_key', models.UUIDField(help_text="The quiz page's translation_key.")),
                ('quiz_title', models.CharField(max_length=255, verbose_name='test')),
                ('number', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='attempt')),
                ('state', models.CharField(choices=[('open', 'Open'), ('submitted', 'Handed in'), ('closed', 'Closed')], default='open', max_length=10, verbose_name='state')),
                ('why', models.CharField(blank=True, choices=[('time', 'The time was up')], max_length=10, verbose_name='why closed')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('deadline', models.DateTimeField(verbose_name='closes')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='handed in')),
                ('minutes', models.PositiveSmallIntegerField(verbose_name='minutes')),
                ('extra_minutes', models.PositiveSmallIntegerField(default=0, help_text="How many of them are this person's in addition.")),
                ('pass_percent', models.PositiveSmallIntegerField(verbose_name='pass mark, %')),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('per_round', models.PositiveSmallIntegerField(default=1)),
                ('pause_hours', models.PositiveSmallIntegerField(default=0)),
                ('practice', models.BooleanField(default=False, help_text='Done when handed in, whatever the score.', verbose_name='practice')),
                ('review', models.CharField(choices=[('questions', 'Which questions were missed; once the test is passed, every answer with its explanation'), ('score', 'The score only, also once the test is passed')], default='questions', max_length=10, verbose_name='shown afterwards')),
                ('seed', models.BigIntegerField(help_text='Decided the draw and every order; kept so that both can be explained.')),
                ('seq', models.PositiveIntegerField(default=0)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='courses.enrolment', verbose_name='enrolment')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'ordering': ['-started_at'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('translation_key', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('live', models.BooleanField(default=True, editable=False, verbose_name='live')),
                ('has_unpublished_changes', models.BooleanField(default=False, editable=False, verbose_name='has unpublished changes')),
                ('first_published_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='first published at')),
                ('last_published_at', models.DateTimeField(editable=False, null=True, verbose_name='last published at')),
                ('go_live_at', models.DateTimeField(blank=True, null=True, verbose_name='go live date/time')),
                ('expire_at', models.DateTimeField(blank=True, null=True, verbose_name='expiry date/time')),
                ('expired', models.BooleanField(default=False, editable=False, verbose_name='expired')),
                ('locked', models.BooleanField(default=False, editable=False, verbose_name='locked')),
                ('locked_at', models.DateTimeField(editable=False, null=True, verbose_name='locked at')),
                ('code', models.CharField(help_text='Short and permanent, for example c1-m1-q01.', max_length=60, verbose_name='code')),
                ('pool', models.SlugField(help_text='The group of questions a test draws from, for example c1-m1.', max_length=60, verbose_name='pool')),
                ('module', models.SlugField(blank=True, help_text='Only if a pool has questions from several modules.', max_length=60, verbose_name='module')),
                ('critical', models.BooleanField(default=False, help_text='Nobody passes the test without getting this question fully right, whatever the score.', verbose_name='critical error')),
                ('level', models.CharField(choices=[('remember', 'Remember'), ('understand', 'Understand'), ('apply', 'Apply'), ('analyse', 'Analyse')], default='understand', max_length=12, verbose_name='level')),
                ('stem', models.TextField(help_text='What the learner is asked, as plain text.', verbose_name='question')),
                ('content', courses.fields.BlockField([], verbose_name='answers')),
                ('rationale', models.TextField(blank=True, help_text='Shown with the result.', verbose_name='why the answer is right')),
                ('cites', courses.fields.BlockField([], blank=True, verbose_name='based on')),
                ('by_people', models.BooleanField(default=False, editable=False)),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
                ('live_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision')),
                ('locale', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.locale', verbose_name='locale')),
                ('locked_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='locked_%(class)ss', to=settings.AUTH_USER_MODEL, verbose_name='locked by')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ['pool', 'code'],
                'abstract': False,
            },
            bases=(courses.revisions.SafeAutosaveMixin, wagtail.models.preview.PreviewableMixin, modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name='QuestionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(help_text="The question's translation_key.")),
                ('language', models.CharField(max_length=10)),
                ('number', models.PositiveIntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('words_digest', models.CharField(db_index=True, help_text='Equal for questions that ask the same in the same words.', max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.ForeignKey(blank=True, help_text='On a translation: the version it says in another language.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renditions', to='quizzes.questionversion')),
            ],
            options={
                'verbose_name': 'question version',
            },
        ),
        migrations.CreateModel(
            name='AttemptItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('option_order', models.JSONField(default=list, help_text='Ids.')),
                ('flagged', models.BooleanField(default=False)),
                ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='quizzes.attempt')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quizzes.questionversion')),
            ],
            options={
                'verbose_name': 'question of an attempt',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='QuizPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('number', models.CharField(blank=True, help_text='As shown, for example 1.2.3.', max_length=12, verbose_name='number')),
                ('minutes', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(1, 'Enter at least one minute.'), django.core.validators.MaxValueValidator(600, 'Enter at most %(limit_value)s minutes.')], verbose_name='minutes')),
                ('bytes', models.PositiveIntegerField(default=0, editable=False)),
                ('intro', models.TextField(blank=True, verbose_name='introduction')),
                ('purpose', models.CharField(choices=[('test', 'Test: its pass is asked for'), ('practice', 'Practice: done when it is handed in, with feedback at once')], default='test', max_length=10, verbose_name='purpose')),
                ('pass_percent', models.PositiveSmallIntegerField(default=80, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='pass mark, %')),
                ('attempts_per_round', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1)], verbose_name='attempts in a row')),
                ('pause_hours', models.PositiveSmallIntegerField(default=24, verbose_name='pause after them, hours')),
                ('review', models.CharField(choices=[('questions', 'Which questions were missed; once the test is passed, every answer with its explanation'), ('score', 'The score only, also once the test is passed')], default='questions', max_length=10, verbose_name='shown afterwards')),
                ('mixed', models.BooleanField(default=False, verbose_name='shuffle the questions')),
                ('draws', courses.fields.BlockField([], blank=True, verbose_name='questions')),
            ],
            options={
                'verbose_name': 'test',
                'constraints': [models.CheckConstraint(condition=models.Q(('minutes__gte', 1)), name='quiz_has_time', violation_error_message='A test needs at least one minute.'), models.CheckConstraint(condition=models.Q(('attempts_per_round__gte', 1)), name='quiz_has_attempts', violation_error_message='A round needs at least one attempt.')],
            },
            bases=(courses.revisions.SafeAutosaveMixin, 'wagtailcore.page', models.Model),
        ),
        migrations.CreateModel(
            name='Regrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('claimed', 'Claimed'), ('done', 'Done'), ('failed', 'Failed')], default='pending', editable=False, max_length=10)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('last_error', models.CharField(blank=True, editable=False, max_length=500)),
                ('done_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('choice', models.CharField(choices=[('accept', 'Accept another answer as well'), ('rekey', 'Another answer is the right one'), ('full', 'Give everybody the point'), ('drop', 'Leave the question out of the score')], max_length=10, verbose_name='correction')),
                ('answer', models.JSONField(null=True)),
                ('reason', models.CharField(max_length=250, verbose_name='reason')),
                ('stage', models.CharField(choices=[('looking', 'Finding who is affected'), ('looked', 'Ready to be applied'), ('applying', 'Being applied'), ('applied', 'Applied'), ('reverting', 'Being reverted'), ('reverted', 'Reverted')], default='looking', max_length=10, verbose_name='stage')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='started')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='applied at')),
                ('reverted_at', models.DateTimeField(null=True, verbose_name='reverted at')),
                ('revert_reason', models.CharField(blank=True, max_length=250, verbose_name='reason for reverting')),
                ('cursor', models.BigIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('applied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reverted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='regrades', to='quizzes.questionversion')),
            ],
            options={
                'verbose_name': 'regrade',
                'verbose_name_plural': 'regrades',
                'ordering': ['-made_at'],
                'default_permissions': (),
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['due_at'], name='regrade_not_done'), models.Index(fields=['done_at'], name='regrade_newest')],
            },
        ),
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('score', models.DecimalField(decimal_places=3, max_digits=8, verbose_name='score')),
                ('max_score', models.DecimalField(decimal_places=3, max_digits=8, verbose_name='maximum score')),
                ('passed', models.BooleanField(verbose_name='passed')),
                ('critical_errors', models.PositiveSmallIntegerField(default=0, verbose_name='critical errors')),
                ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                ('at', models.DateTimeField()),
                ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='quizzes.attempt')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('regrade', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='quizzes.regrade')),
            ],
            options={
                'verbose_name': 'mark',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score_before', models.DecimalField(decimal_places=3, max_digits=8)),
                ('score_after', models.DecimalField(decimal_places=3, max_digits=8)),
                ('max_after', models.DecimalField(decimal_places=3, max_digits=8)),
                ('passed_before', models.BooleanField()),
                ('reaches', models.BooleanField()),
                ('certified', models.BooleanField(help_text='Whether a valid certificate exists for the course of this test.')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='quizzes.attempt')),
                ('regrade', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='quizzes.regrade')),
            ],
            options={
                'verbose_name': 'change by a regrade',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('op', models.PositiveIntegerField()),
                ('payload', models.JSONField(help_text='Ids or a number as text; null when the answer was taken back.', null=True)),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='quizzes.attemptitem')),
            ],
            options={
                'verbose_name': 'response',
            },
        ),
        migrations.CreateModel(
            name='Script',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('handed_in_at', models.DateTimeField(verbose_name='handed in')),
                ('wanted', models.PositiveSmallIntegerField(help_text='How many people are to mark it; one more where two differ.')),
                ('most', models.PositiveSmallIntegerField()),
                ('points', models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='script', to='quizzes.attemptitem')),
            ],
            options={
                'verbose_name': 'text to be marked',
                'verbose_name_plural': 'texts to be marked',
                'ordering': ['handed_in_at', 'pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Marking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('points', models.JSONField(help_text='By criterion.', null=True)),
                ('comment', models.TextField(blank=True, verbose_name='comment for the learner')),
                ('begun_at', models.DateTimeField(verbose_name='started')),
                ('at', models.DateTimeField(null=True, verbose_name='marked')),
                ('marker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('script', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='markings', to='quizzes.script')),
            ],
            options={
                'verbose_name': 'marking of a text',
                'ordering': ['number'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Accommodation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quiz_key', models.UUIDField(help_text="The quiz page's translation_key.")),
                ('quiz_title', models.CharField(max_length=255, verbose_name='test')),
                ('extra_minutes', models.PositiveSmallIntegerField(default=0, verbose_name='extra minutes')),
                ('extra_attempts', models.PositiveSmallIntegerField(default=0, verbose_name='extra attempts before a pause')),
                ('reason', models.CharField(max_length=250, verbose_name='reason')),
                ('at', models.DateTimeField(verbose_name='given')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('learner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='accommodations', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'extra time and attempts',
                'verbose_name_plural': 'extra time and attempts',
                'ordering': ['-at'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('learner', 'quiz_key'), name='accommodation_once')],
            },
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['deadline'], name='attempt_open_deadline'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['-started_at', 'id'], name='attempt_newest'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('enrolment', 'quiz_key', 'number'), name='attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('enrolment', 'quiz_key'), name='one_open_attempt'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['pool', 'live'], name='quizzes_que_pool_529b54_idx'),
        ),
        migrations.AlterUniqueTogether(
            name='question',
            unique_together={('translation_key', 'locale')},
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(fields=('key', 'language', 'number'), name='question_version_once'),
        ),
        migrations.AddConstraint(
            model_name='attemptitem',
            constraint=models.UniqueConstraint(fields=('attempt', 'position'), name='item_position_once'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.UniqueConstraint(fields=('attempt', 'number'), name='mark_number_once'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(fields=('regrade', 'attempt'), name='regrade_changes_once'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.UniqueConstraint(fields=('item', 'op'), name='response_op_once'),
        ),
        migrations.AddIndex(
            model_name='script',
            index=models.Index(condition=models.Q(('settled_at', None)), fields=['handed_in_at'], name='script_unsettled'),
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.UniqueConstraint(fields=('script', 'number'), name='marking_place_once'),
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.UniqueConstraint(fields=('script', 'marker'), name='marking_once_each'),
        ),
    ]
