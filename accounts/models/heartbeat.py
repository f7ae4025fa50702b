"""When each background process last showed that it works."""

from django.db import models


class Heartbeat(models.Model):
    """The last time a process on one machine showed that it works. Written by elearning.heartbeats; accounts.retention deletes old ones.

    It is in the database and not in the cache, which may be emptied, nor in the broker, which may be what is broken.
    """

    process = models.CharField(max_length=20)
    host = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "heartbeat"
        default_permissions = ()
        # Two worker processes of one machine may write at once; there is one row for both.
        constraints = [models.UniqueConstraint(fields=["process", "host"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.process} on {self.host}"
