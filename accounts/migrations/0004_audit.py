"""The audit trail, held by the database whoever writes: rows are appended, and an entry is given its seal once.

SQLite drops a table's triggers when a migration alters the table: such a migration runs install() again afterwards.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

ENTRY, SEAL = "accounts_auditentry", "accounts_seal"
KEPT = "The audit trail is appended to, never changed or removed."
FROZEN = ("id", "at", "verb", "actor", "object_type", "object_id", "ids")


def rules(same):
    """(name, table, event, condition or None) of every trigger; `same` is how a database says "equal, NULL included"."""
    frozen = " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in FROZEN)
    yield f"{ENTRY}_update", ENTRY, "UPDATE", f"NOT (OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL AND {frozen})"
    yield f"{ENTRY}_delete", ENTRY, "DELETE", None
    yield f"{SEAL}_update", SEAL, "UPDATE", None
    yield f"{SEAL}_delete", SEAL, "DELETE", None


def sqlite(name, table, event, condition):
    when = f"WHEN {condition}" if condition else ""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"


def postgresql(name, table, event, condition):
    yield f"""
        CREATE FUNCTION {name}_refused() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition or 'TRUE'} THEN
                RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';
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

    dependencies = [
        ('accounts', '0003_throttle'),
    ]

    operations = [
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
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='accounts_au_object__2df7a0_idx'), models.Index(fields=['actor'], name='accounts_au_actor_97e3c5_idx')],
            },
        ),
        migrations.RunPython(install, remove),
    ]
