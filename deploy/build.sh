#!/bin/sh
# What an image or an installation without containers is built by: the packages with their hashes, then the rest.
#   deploy/build.sh packages       needs requirements.txt only, so that an image keeps this layer while code changes
#   deploy/build.sh application    compiles the languages and collects the static files into STATIC_DIR
#   deploy/build.sh                both
# PYTHON names the interpreter to build for; by default that of .venv, if there is one.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
  PYTHON=python3
  if [ -x .venv/bin/python ]; then PYTHON=.venv/bin/python; fi
fi
STATIC_DIR=${STATIC_DIR:-$PWD/static-built}
# The languages whose catalogue is complete.
TRANSLATED=${TRANSLATED:-$(sed -n 's/^TRANSLATED := //p' Makefile)}

packages() {
  "$PYTHON" -m pip install --disable-pip-version-check --quiet --require-hashes --requirement requirements.txt
}

application() {
  for language in $TRANSLATED; do
    "$PYTHON" -m babel.messages.frontend --quiet compile \
      --directory elearning/locale --domain "django djangojs" --locale "$language"
  done
  # Without a database, a broker or an address in its environment this is no production, so it needs no secrets.
  scratch=$(mktemp -d)
  env -u DATABASE_URL -u DATABASE_HOST -u REDIS_URL -u BASE_URL VAR_DIR="$scratch" STATIC_DIR="$STATIC_DIR" \
    "$PYTHON" manage.py collectstatic --no-input --clear --verbosity 0
  rm -rf "$scratch"
}

case "${1:-all}" in
  packages) packages ;;
  application) application ;;
  all) packages; application ;;
  *) echo "usage: deploy/build.sh [packages|application]" >&2; exit 2 ;;
esac
