#!/usr/bin/env bash
# Back up the database of production, for cron: good or not at all; then encrypt, copy, forget what is old, tell.
# Settings from .env.backup beside manage.py; docs/backup_restore.md tells them. Exit code 0: all of it was done.
set -euo pipefail
umask 077
cd "$(dirname "$0")/.."
settings=${BACKUP_SETTINGS:-.env.backup}
[ ! -f "$settings" ] || { set -a; . "$settings"; set +a; }

folder=${BACKUP_FOLDER:-backups}
keep=${KEEP_DAYS:-30}
name=cashpilot-$(date -u +%Y%m%dT%H%M%SZ).zip
said=$(mktemp)
trap 'rm -f "$said"' EXIT
trap 'cat "$said" >&2; echo "CashPilot: NO BACKUP ($(date)). Nothing old was deleted." >&2' ERR
[[ $keep =~ ^[1-9][0-9]*$ ]] || { echo "KEEP_DAYS=$keep: write a number of days, 1 or more." >&2; false; }
mkdir -p "$folder"
# How far it is, is for who looks on: of a good night cron has nothing to mail.
followed() { if [ -t 2 ]; then "$@"; else "$@" 2>"$said"; fi || return; }

if [ -n "${MANAGE:-}" ]; then # for example: docker compose run --rm -T backup
    followed $MANAGE backup "${MANAGE_FOLDER:-/backups}/$name"
else
    export DATABASE_URL=${DATABASE_PUBLIC_URL:-${DATABASE_URL:?write DATABASE_PUBLIC_URL in $settings}}
    export DOTENV=/dev/null DEBUG=1 # this process serves nobody and needs no other setting
    followed "${PYTHON:-.venv/bin/python}" manage.py backup "$folder/$name" ${SCRATCH_DATABASE_URL:+--scratch "$SCRATCH_DATABASE_URL"}
fi
if [ -n "${AGE_RECIPIENT:-}" ]; then
    age --recipient "$AGE_RECIPIENT" --output "$folder/.$name.age" "$folder/$name"
    mv "$folder/.$name.age" "$folder/$name.age"
    rm "$folder/$name"
    name=$name.age
fi
[ -z "${COPY_COMMAND:-}" ] || BACKUP=$folder/$name bash -euo pipefail -c "$COPY_COMMAND"

# Only here, after a good one: who has had none for a month keeps the last.
find "$folder" -maxdepth 1 -type f -name 'cashpilot-*.zip*' -mtime "+$((keep - 1))" ! -name "$name" -delete
# A service that waits for this, and calls you when it does not come (healthchecks.io and its like).
[ -z "${PING_URL:-}" ] || curl --fail --silent --show-error --max-time 10 --retry 3 --output /dev/null "$PING_URL"
echo "Good: $folder/$name"
