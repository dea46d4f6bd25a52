# The major version of the PostgreSQL server that `backup` is for. Debian has 17, docker-compose.yml's; others come from
# PostgreSQL's own packages.
ARG POSTGRES_CLIENT=17

# Where packages are installed, texts compiled and static files collected. Nothing of this stage's tools is shipped.
FROM python:3.11.14-slim-trixie AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gettext && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
COPY requirements.txt /tmp/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/requirements.txt
WORKDIR /app
COPY . .
# Production's settings make the hashed names; the key is only there to let them start, and stays behind.
RUN export SECRET_KEY="only to build, never to run: $(head -c 48 /dev/urandom | base64 -w 0)" ALLOWED_HOSTS=build && \
    python manage.py compilemessages --verbosity 0 && \
    python manage.py collectstatic --noinput --verbosity 0 && \
    pip uninstall --yes --quiet pip setuptools && \
    python -m compileall -q -j 0 /opt/venv /app

FROM python:3.11.14-slim-trixie
ARG POSTGRES_CLIENT
RUN apt-get update && \
    if [ "$POSTGRES_CLIENT" != 17 ]; then \
        apt-get install --yes --no-install-recommends postgresql-common ca-certificates && \
        /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; \
    fi && \
    apt-get install --yes --no-install-recommends "postgresql-client-$POSTGRES_CLIENT" && \
    touch /etc/cashpilot-image && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin cashpilot && \
    install --directory --owner cashpilot --mode 700 /backups
COPY --from=build /opt/venv /opt/venv
# Root owns the code: the process that serves it cannot change it.
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
USER cashpilot
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "scripts/healthcheck.py"]
CMD ["gunicorn", "--config", "python:cashpilot.gunicorn"]
