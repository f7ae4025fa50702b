"""Create the tables, and the triggers that protect sealed editions and appended rows against every writer.

A sealed edition, its sections and its statements cannot be updated or removed, and nothing can be added to them. Texts
and checks of statements cannot be updated or removed. SQLite drops the triggers of a table when a migration alters it,
so such a migration has to run install() again.
"""

import django.db.models.deletion
import modelsearch.index
from django.conf import settings
from django.db import migrations, models

EDITION = "standards_edition"
PARTS = ("standards_section", "standards_statement")
APPENDED = ("standards_statementtext", "standards_statementcheck")

SEALED = "This edition is sealed: it is never changed. A new edition is loaded beside it."
KEPT = "Texts and checks of statements are appended, never changed or removed."


def is_sealed(row):
    return f"EXISTS (SELECT 1 FROM {EDITION} WHERE id = {row}.edition_id AND sealed_at IS NOT NULL)"


def rules():
    """(name, table, event, condition or None, message) of every trigger."""
    for event in ("UPDATE", "DELETE"):
        yield f"{EDITION}_{event.lower()}", EDITION, event, "OLD.sealed_at IS NOT NULL", SEALED
        for table in APPENDED:
            yield f"{table}_{event.lower()}", table, event, None, KEPT
    for table in PARTS:
        yield f"{table}_insert", table, "INSERT", is_sealed("NEW"), SEALED
        yield f"{table}_update", table, "UPDATE", f"{is_sealed('OLD')} OR {is_sealed('NEW')}", SEALED
        yield f"{table}_delete", table, "DELETE", is_sealed("OLD"), SEALED


def sqlite(name, table, event, condition, message):
    when = f"WHEN {condition}" if condition else ""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"


def postgresql(name, table, event, condition, message):
    yield f"""
        CREATE FUNCTION {name}_refused() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition or 'TRUE'} THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$"""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_refused()"


def install(apps, schema_editor):
    write = {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]
    for rule in rules():
        for statement in write(*rule):
            schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for name, table, *_rest in rules():
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}", params=None)
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}_refused()", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=20, unique=True, verbose_name='short name in the address')),
                ('title', models.CharField(max_length=300, verbose_name='title')),
                ('short_title', models.CharField(max_length=120, verbose_name='short title')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('publishers', models.JSONField(default=list, verbose_name='publishers')),
                ('isbn', models.CharField(blank=True, max_length=20, verbose_name='ISBN')),
                ('url', models.URLField(blank=True, verbose_name='address of the publication')),
                ('licence', models.CharField(max_length=60, verbose_name='licence')),
                ('licence_url', models.URLField(verbose_name='address of the licence')),
                ('citation', models.TextField(verbose_name='suggested citation')),
                ('languages', models.JSONField(default=list, verbose_name='languages of the publication')),
                ('sources', models.JSONField(default=dict, help_text='Short name: title and address.', verbose_name='sources')),
                ('sealed_at', models.DateTimeField(editable=False, null=True, verbose_name='sealed')),
            ],
            options={
                'verbose_name': 'edition',
                'verbose_name_plural': 'editions',
                'ordering': ['-year', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, verbose_name='number')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('summary', models.TextField(verbose_name='summary')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('kind', models.CharField(choices=[('system', 'System'), ('principle', 'Principle'), ('setting', 'Setting'), ('intervention', 'Intervention'), ('population', 'Population')], max_length=12, verbose_name='kind')),
                ('basis', models.CharField(choices=[('sourced', 'a source was read'), ('mixed', 'partly sourced'), ('editor-check', 'to be compared with the publication')], max_length=12, verbose_name='basis')),
                ('position', models.PositiveSmallIntegerField()),
                ('edition', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sections', to='standards.edition', verbose_name='edition')),
            ],
            options={
                'verbose_name': 'section',
                'verbose_name_plural': 'sections',
                'ordering': ['edition', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, verbose_name='code')),
                ('label', models.CharField(help_text='Of the text it was loaded with; for lists.', max_length=80, verbose_name='first words')),
                ('position', models.PositiveSmallIntegerField()),
                ('audience', models.JSONField(default=list, verbose_name='for whom')),
                ('evidence_note', models.TextField(blank=True, verbose_name='note on the evidence')),
                ('sources', models.JSONField(default=list, verbose_name='sources')),
                ('basis', models.CharField(choices=[('sourced', 'a source was read'), ('mixed', 'partly sourced'), ('editor-check', 'to be compared with the publication')], max_length=12, verbose_name='basis')),
                ('editor_check', models.BooleanField(verbose_name='to be checked by an editor')),
                ('edition', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='standards.edition', verbose_name='edition')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='standards.section', verbose_name='section')),
            ],
            options={
                'verbose_name': 'statement',
                'verbose_name_plural': 'statements',
                'ordering': ['edition', 'position'],
            },
            bases=(modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name='StatementText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('ar', 'Arabic'), ('zh-hans', 'Chinese'), ('en', 'English'), ('fr', 'French'), ('ru', 'Russian'), ('es', 'Spanish')], max_length=10, verbose_name='language')),
                ('kind', models.CharField(choices=[('paraphrase', 'paraphrase'), ('official', 'official text')], max_length=10, verbose_name='kind')),
                ('text', models.TextField(verbose_name='text')),
                ('source', models.CharField(max_length=200, verbose_name='where it comes from')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('statement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='standards.statement')),
            ],
            options={
                'verbose_name': 'text of a statement',
                'ordering': ['statement', 'language', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='StatementCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('text', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='standards.statementtext')),
            ],
            options={
                'verbose_name': 'check of a text',
            },
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.UniqueConstraint(fields=('edition', 'code'), name='section_code_once'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.UniqueConstraint(fields=('edition', 'position'), name='section_position_once'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('edition', 'code'), name='statement_code_once'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('edition', 'position'), name='statement_position_once'),
        ),
        migrations.AddIndex(
            model_name='statementtext',
            index=models.Index(fields=['statement', 'language'], name='standards_s_stateme_187b0f_idx'),
        ),
        migrations.AddConstraint(
            model_name='statementcheck',
            constraint=models.UniqueConstraint(fields=('text',), name='text_checked_once'),
        ),
        migrations.RunPython(install, remove),
    ]
