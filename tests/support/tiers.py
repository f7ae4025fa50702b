"""How much a run of the tests tries: the first tier a sample of long tables, `make test-all` and `make faults` all of it."""

import os

FAULTS_IN_FULL = os.environ.get("FAULTS") == "full"
EVERYTHING = FAULTS_IN_FULL or os.environ.get("TIER") == "all"
