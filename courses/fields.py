"""A StreamField whose block definitions stay out of migrations."""

from wagtail.fields import StreamField


class BlockField(StreamField):
    """Block definitions are code, not schema: adding a block kind makes no migration."""

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
