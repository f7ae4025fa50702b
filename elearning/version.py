"""The version of the product, by Semantic Versioning."""

VERSION = "1.0.0.dev0"
