"""Create the tables of the app, and the triggers that protect the audit trail from every client of the database.

Rows can only be appended, and an entry can get its seal only once.

SQLite drops a table's triggers when a migration alters the table: such a migration runs install() again afterwards.
"""

import accounts.models
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import django_countries.fields
import uuid
from django.conf import settings
from django.db import migrations, models

ENTRY, SEAL = "accounts_auditentry", "accounts_seal"
REFUSAL = "The audit trail is appended to, never changed or removed."
FROZEN = ("id", "at", "verb", "actor", "object_type", "object_id", "ids")


def rules(same):
    """Yield (name, table, event, condition or None) for every trigger. `same` is the operator "equal, NULL included"."""
    frozen = " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in FROZEN)
    yield f"{ENTRY}_update", ENTRY, "UPDATE", f"NOT (OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL AND {frozen})"
    yield f"{ENTRY}_delete", ENTRY, "DELETE", None
    yield f"{SEAL}_update", SEAL, "UPDATE", None
    yield f"{SEAL}_delete", SEAL, "DELETE", None


def sqlite(name, table, event, condition):
    when = f"WHEN {condition}" if condition else ""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def postgresql(name, table, event, condition):
    yield f"""
        CREATE FUNCTION {name}_refused() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition or 'TRUE'} THEN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$"""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_refused()"


DIALECTS = {"sqlite": (sqlite, "IS"), "postgresql": (postgresql, "IS NOT DISTINCT FROM")}


def install(apps, schema_editor):
    write, same = DIALECTS[schema_editor.connection.vendor]
    for rule in rules(same):
        for statement in write(*rule):
            schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for name, table, *_rest in rules("IS"):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}", params=None)
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}_refused()", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('process', models.CharField(max_length=20)),
                ('host', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'heartbeat',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('process', 'host'), name='heartbeat_once')],
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('count', models.PositiveIntegerField()),
                ('previous', models.CharField(blank=True, max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'seal of the audit trail',
                'ordering': ['number'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('blocked_until', models.DateTimeField(null=True)),
                ('forget_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Facility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('country', django_countries.fields.CountryField(max_length=2, verbose_name='country')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
            ],
            options={
                'verbose_name': 'facility',
                'verbose_name_plural': 'facilities',
                'ordering': ['country', 'name'],
                'constraints': [models.UniqueConstraint(fields=('country', 'region', 'name'), name='facility_once_in_its_region')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('username', models.CharField(default=accounts.models.new_username, max_length=12, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9]+$')])),
                ('email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='email address')),
                ('name', models.CharField(help_text='As it should appear on certificates, in any script, without titles such as Dr.', max_length=150, verbose_name='name')),
                ('language', models.CharField(choices=[('ar', 'Arabic'), ('zh-hans', 'Chinese'), ('en', 'English'), ('fr', 'French'), ('ru', 'Russian'), ('es', 'Spanish')], default='en', max_length=10, verbose_name='language')),
                ('country', django_countries.fields.CountryField(max_length=2, verbose_name='country where you work')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[accounts.models.check_time_zone], verbose_name='time zone')),
                ('cadre', models.CharField(blank=True, choices=[('doctor', 'Doctor'), ('nurse', 'Nurse or midwife'), ('clinical_officer', 'Clinical officer'), ('pharmacist', 'Pharmacist'), ('psychologist', 'Psychologist or counsellor'), ('social_worker', 'Social worker'), ('outreach', 'Outreach or community worker'), ('peer', 'Peer worker'), ('manager', 'Service manager'), ('policy', 'Policymaker or researcher'), ('student', 'Student'), ('other', 'Other')], max_length=20, verbose_name='your work')),
                ('licence_number', models.CharField(blank=True, max_length=60, verbose_name='licence number')),
                ('sex', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male'), ('other', 'Other')], max_length=10, verbose_name='sex')),
                ('course_emails', models.BooleanField(default=True, verbose_name='Email me when the steps of my courses change')),
                ('undeliverable_address', models.EmailField(blank=True, editable=False, max_length=254)),
                ('undeliverable_how', models.CharField(blank=True, choices=[('refused', 'the mail server refused it'), ('unencodable', 'no mail server can be told this address'), ('bounced', 'an email came back')], editable=False, max_length=12)),
                ('undeliverable_reason', models.CharField(blank=True, editable=False, max_length=300)),
                ('undeliverable_since', models.DateTimeField(editable=False, null=True)),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('facility', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='staff', to='accounts.facility', verbose_name='facility')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                ('verb', models.CharField(max_length=40, verbose_name='what')),
                ('actor', models.UUIDField(null=True)),
                ('object_type', models.CharField(blank=True, max_length=60)),
                ('object_id', models.CharField(blank=True, max_length=40)),
                ('ids', models.JSONField(default=dict)),
                ('seal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='accounts.seal')),
            ],
            options={
                'verbose_name': 'entry of the audit trail',
                'verbose_name_plural': 'audit trail',
                'ordering': ['-pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AccountChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('address', 'email address'), ('password', 'password'), ('second_step_on', 'two-step sign-in turned on'), ('second_step_off', 'two-step sign-in turned off'), ('codes', 'new recovery codes')], max_length=20)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('address', models.EmailField(max_length=254)),
                ('second_steps', models.JSONField(default=list)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='account_changes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'change of a sign-in',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('email_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CountryScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('trainer', 'Trainer'), ('reviewer', 'Reviewer'), ('manager', 'Programme manager')], max_length=10, verbose_name='role')),
                ('country', models.CharField(help_text='Two letters, or * for every country.', max_length=2)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scopes', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'role',
                'verbose_name_plural': 'roles',
                'constraints': [models.UniqueConstraint(fields=('user', 'role', 'country'), name='scope_once')],
            },
        ),
        migrations.CreateModel(
            name='Email',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('claimed', 'Claimed'), ('done', 'Done'), ('failed', 'Failed')], default='pending', editable=False, max_length=10)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('last_error', models.CharField(blank=True, editable=False, max_length=500)),
                ('done_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('dedupe_key', models.CharField(max_length=200)),
                ('message_id', models.CharField(editable=False, max_length=200)),
                ('to', models.EmailField(max_length=254, verbose_name='email address')),
                ('kind', models.CharField(max_length=60, verbose_name='kind')),
                ('urgency', models.PositiveSmallIntegerField(choices=[(1, 'at once'), (2, 'soon'), (3, 'when there is time')], default=1)),
                ('language', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                ('unconfirmed', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='emails', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'email',
                'verbose_name_plural': 'emails',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['due_at'], name='email_not_done'), models.Index(fields=['done_at'], name='email_newest'), models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['urgency', 'due_at'], name='email_queue'), models.Index(fields=['message_id'], name='email_by_message_id'), models.Index(fields=['to'], name='email_by_address')],
                'constraints': [models.UniqueConstraint(fields=('dedupe_key',), name='email_once_a_cause')],
            },
        ),
        migrations.CreateModel(
            name='SendingLease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_until', models.DateTimeField(default=django.utils.timezone.now)),
                ('next_bulk_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['name', 'id'], name='person_by_name'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='email_once'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['object_type', 'object_id'], name='accounts_au_object__2df7a0_idx'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['actor'], name='accounts_au_actor_97e3c5_idx'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(condition=models.Q(('seal', None)), fields=['at'], name='audit_unsealed'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(condition=models.Q(('verb', 'backup.made')), fields=['-at'], name='backups_made'),
        ),
        migrations.RunPython(install, remove),
    ]
