"""Redis as the broker, of a worker that outlives it.

When Redis goes while the worker still holds messages, kombu 5.7 asks the closed connection for its host, and the AttributeError
ends the whole worker. Told as what it is, a lost connection, it is handled like any other: the worker connects again.
"""

from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    def _connparams(self, *args, **kwargs):
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("the connection of this channel was closed")
        return super()._connparams(*args, **kwargs)


class Transport(redis.Transport):
    Channel = Channel
