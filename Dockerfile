# The image of web, worker and beat. It holds no secret and runs as a user who owns nothing but /var/lib/care.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm AS runtime
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CARE_VAR=/var/lib/care \
    STATIC_ROOT=/app/gathered
RUN useradd --system --uid 10001 --home-dir /var/lib/care --create-home care
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Any key will do to gather static files; it is not kept.
RUN SECRET_KEY=not-kept CARE_VAR=/tmp/var python manage.py collectstatic --no-input && rm -r /tmp/var
USER 10001
VOLUME /var/lib/care
EXPOSE 8000
CMD ["gunicorn", "care.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", \
     "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s CMD ["python", "manage.py", "health"]
