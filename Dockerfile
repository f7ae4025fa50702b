# One image for web, worker and beat; which one it is, the command says (docker-compose.yml).
# Debian 12, whose PostgreSQL client has the version of the server in docker-compose.yml: `backup` and `restore` need that.
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    VAR_DIR=/data ERASURE_LOG=/erasures/erasures.log STATIC_DIR=/app/static-built GUNICORN_CMD_ARGS="--bind 0.0.0.0:8000"
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/*
# A new volume gets the owner of the folder that it is mounted on.
RUN useradd --create-home --uid 10001 plumbline \
 && mkdir -p /data /erasures /backups \
 && chown -R 10001:10001 /data /erasures /backups
WORKDIR /app

COPY requirements.txt ./
COPY deploy/build.sh deploy/
RUN deploy/build.sh packages

COPY . .
RUN deploy/build.sh application

USER 10001
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "elearning.wsgi"]
