# One image for web, worker and beat; which one it is, the command says (docker-compose.yml).
# Debian 12, whose PostgreSQL client has the version of the server in docker-compose.yml: `backup` and `restore` need that.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/data
RUN useradd --create-home --uid 10001 plumbline && mkdir -p /data/media /data/certificates && chown -R plumbline /data
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt

COPY . .
RUN pybabel --quiet compile --directory elearning/locale --domain "django djangojs" --locale ar \
 && VAR_DIR=/tmp/build SECRET_KEY=only-for-collecting python manage.py collectstatic --no-input --verbosity 0 \
 && mkdir -p /app/static-built && cp -r /tmp/build/static/. /app/static-built && rm -rf /tmp/build \
 && chown -R plumbline /app/static-built
ENV STATIC_DIR=/app/static-built

USER plumbline
EXPOSE 8000
CMD ["gunicorn", "elearning.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--preload"]
