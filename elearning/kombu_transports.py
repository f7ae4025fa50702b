"""The two brokers, of a worker that outlives them.

When Redis goes while the worker still holds messages, kombu 5.7 asks the closed connection for its host, and the AttributeError
ends the whole worker. Told as what it is, a lost connection, it is handled like any other: the worker connects again.

In a folder, kombu 5.7 writes a message under the name by which the worker looks for it. A worker that was faster, or a process
that died while it wrote, left half of one, and the ValueError ended the worker.
"""

import time
import uuid
from pathlib import Path
from queue import Empty

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, redis
from kombu.utils.json import dumps
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    def _connparams(self, *args, **kwargs):
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("the connection of this channel was closed")
        return super()._connparams(*args, **kwargs)


class Transport(redis.Transport):
    Channel = Channel


class FolderChannel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        """A message is there as a whole or not at all."""
        place = Path(self.data_folder_out) / f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        draft = place.with_suffix(".part")
        try:
            draft.write_text(dumps(payload))
            draft.rename(place)
        except OSError as error:
            raise ChannelError(f"no message could be left in {place.parent}") from error

    def _get(self, queue):
        try:
            return super()._get(queue)
        except ValueError as error:  # cut off with the machine's power; what it was to wake is a row of an outbox
            raise Empty from error


class FolderTransport(filesystem.Transport):
    Channel = FolderChannel
