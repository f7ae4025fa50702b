"""A StreamField whose block definitions stay out of migrations."""

from wagtail.fields import StreamField


class BlockField(StreamField):
    """A StreamField that leaves its blocks out of migrations, so that a new block type needs none."""

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
