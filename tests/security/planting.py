"""Write one text into every text field that people below an administrator fill in, without the forms."""

import json
from contextlib import suppress

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, models, transaction
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.blocks import ListBlock, RichTextBlock, StreamBlock, StructBlock
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail.rich_text import RichText

from tests.support.apps import APPS

OURS = set(APPS)
WAGTAILS = {"wagtailcore.Page", "wagtailcore.Revision", "wagtailcore.Comment", "wagtailcore.TaskState", "wagtailcore.ModelLogEntry",
            "wagtailcore.PageLogEntry", "wagtailimages.Image", "wagtaildocs.Document", "wagtailcore.Collection", "taggit.Tag"}  # fmt: skip
# Not free text: values that the system creates or looks up. Emails are sent, not shown.
STRUCTURE = {"slug", "url_path", "path", "code", "digest", "pdf_sha256", "email", "password", "time_zone", "language", "licence",
             "message_id", "dedupe_key", "key", "pool", "file", "file_hash", "object_id", "action", "name_hash", "question_key",
             "previous", "hash", "checksum", "block_id", "country", "accent", "accent_dark", "kind", "loaded_digest", "seal", "number"}  # fmt: skip
TEXTS = {
    "title",
    "text",
    "stem",
    "feedback",
    "rationale",
    "left",
    "right",
    "label",
    "name",
    "comment",
    "module",
    "heading",
    "caption",
}
SEALED = {"Email", "AuditEntry", "AuditSeal", "Throttle", "Operator", "Session"}


def is_words(field: models.Field) -> bool:
    return (
        isinstance(field, models.CharField | models.TextField)
        and not isinstance(
            field, StreamField | models.JSONField | models.EmailField | models.URLField | models.SlugField
        )
        and not field.choices
        and not field.primary_key
        and field.name not in STRUCTURE
        and (field.max_length or 999) >= 30
    )


def planted_models() -> list[type[models.Model]]:
    return [
        model for model in apps.get_models()
        if (model._meta.app_label in OURS or model._meta.label in WAGTAILS)
        and model.__name__ not in SEALED and not model._meta.proxy
    ]  # fmt: skip


def plant(payload: str) -> set[str]:
    """Plant the text. Return the fields that now hold it, as "model.field"."""
    held = set()
    for model in planted_models():
        for field in (field for field in model._meta.local_concrete_fields if is_words(field)):
            for pk in model._default_manager.values_list("pk", flat=True):
                value = payload[: field.max_length] if field.max_length else payload
                try:
                    with transaction.atomic():
                        if models.QuerySet(model).filter(pk=pk).update(**{field.name: value}):
                            held.add(f"{model.__name__}.{field.name}")
                except DatabaseError:
                    continue  # unique, or the row is sealed: try the next one
        for field in (field for field in model._meta.local_concrete_fields if isinstance(field, StreamField)):
            for instance in models.QuerySet(model):
                blocks = planted(field.stream_block, getattr(instance, field.name), payload)
                raw = json.dumps(field.stream_block.get_prep_value(blocks), cls=DjangoJSONEncoder)
                models.QuerySet(model).filter(pk=instance.pk).update(**{field.name: field.to_python(raw)})
                held.add(f"{model.__name__}.{field.name}")
        for field in (field for field in model._meta.local_concrete_fields if isinstance(field, models.JSONField)):
            for pk, value in model._default_manager.values_list("pk", field.name):
                made = in_json(value, payload)
                with suppress(DatabaseError), transaction.atomic():  # or the row is sealed
                    if made != value and models.QuerySet(model).filter(pk=pk).update(**{field.name: made}):
                        held.add(f"{model.__name__}.{field.name}")
    return held


def in_json(value, payload: str, name: str = ""):
    """Return a copy with every free text replaced: values with a space, and values of fields that hold texts.

    The gaps of a cloze text stay; JSON and HTML inside a text, as revisions hold them, are replaced from inside.
    """
    if isinstance(value, dict):
        return {key: in_json(item, payload, key) for key, item in value.items()}
    if isinstance(value, list):
        return [in_json(item, payload, name) for item in value]
    if not isinstance(value, str) or not (" " in value or name in TEXTS):
        return value
    if value.startswith(("[", "{")):
        with suppress(ValueError):
            return json.dumps(in_json(json.loads(value), payload))
    if value.startswith("<"):
        return as_an_author_would(payload)
    return payload + "".join(f" [[{part.partition(']]')[0]}]]" for part in value.split("[[")[1:])


def planted(block, value, payload: str):
    """Return a copy of the value of a block with every text replaced."""
    if isinstance(block, StreamBlock):
        return block.to_python([
            {"type": child.block_type, "id": child.id, "value": child.block.get_prep_value(planted(child.block, child.value, payload))}
            for child in value
        ])  # fmt: skip
    if isinstance(block, TypedTableBlock):
        return block.to_python({
            "columns": [{"type": "text", "heading": payload}, {"type": "text", "heading": payload}],
            "rows": [{"values": [payload, payload]}], "caption": payload,
        })  # fmt: skip
    if isinstance(block, StructBlock):
        return block.to_python(
            {
                name: child.get_prep_value(planted(child, value.get(name), payload))
                for name, child in block.child_blocks.items()
            }
        )
    if isinstance(block, ListBlock):
        items = [block.child_block.get_prep_value(planted(block.child_block, item, payload)) for item in value]
        return block.to_python(
            [{"type": "item", "value": item, "id": old.id} for item, old in zip(items, value.bound_blocks, strict=True)]
        )
    if isinstance(block, RichTextBlock):
        return RichText(as_an_author_would(payload))
    return payload if isinstance(value, str) and is_prose(block) else value


def is_prose(block) -> bool:
    return type(block).__name__ in ("CharBlock", "TextBlock") and getattr(block, "name", "") != "drawing"


def as_an_author_would(payload: str) -> str:
    """Convert it with the editor's own converter, as text and as the URL of a link."""
    state = {
        "blocks": [{"key": "a", "text": payload, "type": "unstyled", "depth": 0, "inlineStyleRanges": [{"offset": 0, "length": 1, "style": "BOLD"}],
                    "entityRanges": [{"offset": 0, "length": len(payload), "key": 0}]}],
        "entityMap": {"0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": payload}}},
    }  # fmt: skip
    return ContentstateConverter(["bold", "italic", "ol", "ul", "link", "h3"]).to_database_format(json.dumps(state))
