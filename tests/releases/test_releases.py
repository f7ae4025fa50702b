"""The archive of each release, and one of this version, are restored into an empty database, migrated and complete."""

import json
from pathlib import Path

import pytest

from tests.releases import world
from tests.support import databases
from tests.support.product import Product

pytestmark = [pytest.mark.deep, pytest.mark.once]

RELEASES = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{world.EXPECTED}"))
ENGINES = [
    pytest.param("sqlite", marks=pytest.mark.embedded),
    pytest.param("postgresql", marks=pytest.mark.services),
]
LARGEST = 300_000  # bytes of an archive: it stays in the repository for good


def restore(archive: Path, folder: Path, engine: str) -> Product:
    """Restore into an empty installation. The caller stops it."""
    product = Product(folder, engine == "postgresql", **world.SECRETS)
    if product.services:
        databases.create(product.database)
    product.manage("restore", str(archive))
    return product


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("release", [*RELEASES, None], ids=lambda path: path.name if path else "today")
def test_the_archive_of_a_release_is_restored_and_migrated(tmp_path, release, engine):
    if release is None:
        release, source = tmp_path / "today", world.create(tmp_path / "source", engine == "postgresql")
        try:
            assert world.dump(source, release, engine).stat().st_size < LARGEST
        finally:
            source.stop()
    expected = json.loads((release / world.EXPECTED).read_text())[engine]
    product = restore(release / world.FILE.format(engine=engine), tmp_path / "product", engine)
    try:
        found = world.facts(product)
        # Certificates that waited are made by the restore, so there are more files and emails, and none fewer.
        assert {**found, "emails": 0, "files": 0} == {**expected, "emails": 0, "files": 0}
        assert set(expected["files"]) <= set(found["files"]) and expected["emails"] <= found["emails"]
        product.manage("migrate", "--check")
        product.manage("check")
        product.manage("check_files")
        product.manage("verify_audit")
    finally:
        product.stop()
