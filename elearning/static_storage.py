"""The storage of collected static files. Each file name contains a hash of the content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which also rewrites the `import` paths of JavaScript modules to the hashed names."""

    support_js_module_import_aggregation = True
