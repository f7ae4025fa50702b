"""`make release-dump`: write the archives of this version to tests/releases/<version>/, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from elearning.version import VERSION
from tests.releases import world
from tests.run import SERVICES, answers


def main() -> int:
    target = Path(__file__).parent / VERSION
    if not all(answers(address) for address in SERVICES.values()):
        print("PostgreSQL and Redis must run on this machine.")
        return 1
    shutil.rmtree(target, ignore_errors=True)
    for engine in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            product = world.create(Path(folder, "product"), services=engine == "postgresql")
            try:
                path = world.dump(product, target, engine)
            finally:
                product.stop()
        print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
