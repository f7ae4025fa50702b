"""kombu's Redis and filesystem transports with fixes that keep the worker running when the broker fails.

When Redis goes away while the worker holds messages, kombu 5.7 asks the closed connection for its host, and the
AttributeError ends the worker. Here it is raised as a lost connection, so the worker connects again.

In a folder, kombu 5.7 writes a message under its final name. If the worker reads too early, or the writer dies, the
worker finds half a message, and the ValueError ends it. Here a message is renamed into place when it is complete.
"""

import time
import uuid
from pathlib import Path
from queue import Empty

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, redis
from kombu.utils.json import dumps
from redis.exceptions import ConnectionError as ConnectionLost


class RedisChannel(redis.Channel):
    def _connparams(self, *args, **kwargs):
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("the connection of this channel was closed")
        return super()._connparams(*args, **kwargs)


class RedisTransport(redis.Transport):
    Channel = RedisChannel


class FolderChannel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        """Write the message under another name, then rename it, so the worker never finds half a message."""
        path = Path(self.data_folder_out) / f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        draft = path.with_suffix(".part")
        try:
            draft.write_text(dumps(payload))
            draft.rename(path)
        except OSError as error:
            raise ChannelError(f"cannot write a message to {path.parent}") from error

    def _get(self, queue):
        try:
            return super()._get(queue)
        except ValueError as error:  # cut off by a power failure; the sweep finds its row
            raise Empty from error


class FolderTransport(filesystem.Transport):
    Channel = FolderChannel
