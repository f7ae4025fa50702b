"""The database search backend, with straight quotation marks in queries replaced by curly ones.

modelsearch 1.3.2 puts each word for SQLite between straight quotation marks, and one inside a word ends it early. So a
search for `5" tube` in the admin was an error. Curly marks have no meaning in queries.
"""

from __future__ import annotations

from typing import Any

from modelsearch.backends import database


def SearchBackend(params: dict[str, Any]) -> Any:  # the name that modelsearch looks for
    """Return the backend of the database in use, with CurlyQuotesMixin mixed in."""
    backend: Any = type(database.SearchBackend(dict(params)))
    return type(backend.__name__, (CurlyQuotesMixin, backend), {})(params)


class CurlyQuotesMixin:
    def _search(self, compiler: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        words = query.replace('"', "”") if isinstance(query, str) else query
        return super()._search(compiler, words, *args, **kwargs)  # type: ignore[misc]  # of the backend
