"""Backups: one archive with the database, the files and a manifest, and restoring it elsewhere.

`make.make()` writes an archive, `restore.restore()` reads one. Reasons: docs/decisions/0087 to 0089.
"""

from elearning.backups.records import last_backup

__all__ = ["last_backup"]
