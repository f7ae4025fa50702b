"""The database's own search, asked in words: SQLite is given each word between quotation marks, and one inside it ends
it early (modelsearch 1.3.2), so that `5" tube` was an error for whoever searched the admin. Rounded ones mean nothing."""

from __future__ import annotations

from typing import Any

from modelsearch.backends import database


def SearchBackend(params: dict[str, Any]) -> Any:  # the name that modelsearch looks for
    """The backend of the database that is in use."""
    kind: Any = type(database.SearchBackend(dict(params)))
    return type(kind.__name__, (InWords, kind), {})(params)


class InWords:
    def _search(self, compiler: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        words = query.replace('"', "”") if isinstance(query, str) else query
        return super()._search(compiler, words, *args, **kwargs)  # type: ignore[misc]  # of the backend this is mixed into
