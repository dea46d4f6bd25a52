#!/usr/bin/env bash
# The steps of the Dockerfile where there is no Docker: in a new folder, as an ordinary user, with its own commands.
# python scripts/postgres.py scripts/image.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    mkdir "$folder/app"
    # What .dockerignore lets through of what is committed.
    git archive HEAD $(sed -n 's/^!//p' .dockerignore) Dockerfile scripts/image.sh | tar -x -C "$folder/app"
    find "$folder/app" -type d -name tests -prune -exec rm -r {} +
    as_user=()
    [ "$(id -u)" != 0 ] || { chown -R nobody "$folder"; as_user=(setpriv --reuid nobody --regid nogroup --clear-groups); }
    "${as_user[@]}" env HOME="$folder" PYTHON="${PYTHON:-/usr/bin/python3}" \
        "$folder/app/scripts/image.sh" "$folder"
    exit
fi

say() { echo "--- $*"; }

say "as $(id -un): packages"
"$PYTHON" -m venv "$folder/venv"
export PATH=$folder/venv/bin:$PATH
pip install --no-cache-dir --disable-pip-version-check --quiet --require-hashes --requirement requirements.txt

say "the build commands of the Dockerfile"
(eval "$(sed -n '/^RUN export/,/[^\\]$/p' Dockerfile | sed "s#^RUN ##; s#/opt/venv#$folder/venv#; s#/app#$folder/app#")")
du -sh "$folder/venv" "$folder/app"
chmod -R a-w "$folder/app"

say "start, as the image does"
export SECRET_KEY ALLOWED_HOSTS=cash.example.com PORT=8765 DEBUG=0 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
SECRET_KEY=$(head -c 48 /dev/urandom | base64 -w 0)
python manage.py check --deploy --fail-level WARNING
python manage.py migrate --verbosity 0
gunicorn --config python:cashpilot.gunicorn >"$folder/log" 2>&1 &
for _ in $(seq 50); do python scripts/healthcheck.py 2>/dev/null && break; sleep 0.2; done
python scripts/healthcheck.py >/dev/null
ask() { curl --silent --show-error --header "Host: cash.example.com" --header "X-Forwarded-Proto: https" "$@"; }
login=$(ask --include http://127.0.0.1:$PORT/accounts/login/)
for part in "200 OK" Content-Security-Policy Strict-Transport-Security __Host-csrf 'lang="es"'; do
    grep --quiet "$part" <<<"$login" || { say "the sign-in page lacks $part"; exit 1; }
done
sheet=$(grep -o '/static/css/cashpilot[^"]*css' <<<"$login")
ask --include --output /dev/null --write-out '%{http_code} %header{content-encoding} %header{cache-control}\n' \
    --header "Accept-Encoding: br" "http://127.0.0.1:$PORT$sheet"

say "backup; a restore is refused while CashPilot runs"
python manage.py backup "$folder/backup.zip" 2>/dev/null
if python manage.py restore --yes "$folder/backup.zip"; then exit 1; fi

say "stop, restore"
kill -TERM %1
wait %1
python manage.py restore --yes "$folder/backup.zip" 2>/dev/null
python -c 'import json, sys; print(sum(bool(json.loads(line)) for line in sys.stdin), "lines of JSON in the log")' <"$folder/log"
say "all of it works"
