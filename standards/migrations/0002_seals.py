"""What is sealed or appended is held by the database, whoever writes.

A sealed edition, its sections and its statements are not updated, removed or added to; texts and
checks of statements are never updated or removed. SQLite drops a table's triggers when a migration
alters the table: such a migration runs install() again afterwards.
"""

from django.db import migrations

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
    dependencies = [("standards", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
