#!/usr/bin/env bash
# Restore a backup of production on this machine: restore_to_local.sh [--drill] [FILE], without FILE the newest.
# --drill: to a database that is gone afterwards, to see that a backup can be restored; for cron, every month.
# Settings from .env.backup beside manage.py; docs/backup_restore.md tells them. Exit code 0: restored, all agrees.
set -euo pipefail
umask 077
cd "$(dirname "$0")/.."
settings=${BACKUP_SETTINGS:-.env.backup}
[ ! -f "$settings" ] || { set -a; . "$settings"; set +a; }

drill=
[ "${1:-}" != --drill ] || { drill=1; shift; }
scratch=$(mktemp -d)
touch "$scratch/log"
exec 3>&2
trap '[ $? = 0 ] || cat "$scratch/log" >&3; rm -rf "$scratch"' EXIT
local=${LOCAL_DATABASE_URL:-sqlite:///$PWD/db.sqlite3}
[ -z "$drill" ] || local=${DRILL_DATABASE_URL:-sqlite:///$scratch/drill.sqlite3}
for address in "${DATABASE_PUBLIC_URL:-}" "${DATABASE_URL:-}"; do
    [ "$local" != "$address" ] || { echo "That is the address of production: nothing was restored." >&2; exit 1; }
done
file=${1:-$(find "${BACKUP_FOLDER:-backups}" -maxdepth 1 -name 'cashpilot-*.zip*' | sort | tail -n 1)}
[ -n "$file" ] || { echo "There is no backup in ${BACKUP_FOLDER:-backups}." >&2; exit 1; }
if [[ $file == *.age ]]; then
    age --decrypt --identity "${AGE_IDENTITY:?write the file of your key in $settings}" --output "$scratch/plain.zip" "$file"
    plain=$scratch/plain.zip
else
    plain=$file
fi

export DATABASE_URL=$local DOTENV=/dev/null DEBUG=1
# How far it is, is for who looks on: of a good drill cron has nothing to mail.
[ -t 2 ] || exec 2>"$scratch/log"
manage() { "${PYTHON:-.venv/bin/python}" manage.py "$@"; }
manage restore "$plain" --yes | tee "$scratch/said" # and verified
if grep --quiet "Now run: manage.py migrate" "$scratch/said"; then
    manage migrate --verbosity 0
    manage verify_integrity
fi
[ -z "$drill" ] || { [ -z "${DRILL_PING_URL:-}" ] || curl --fail --silent --show-error --max-time 10 --retry 3 --output /dev/null "$DRILL_PING_URL"; }
echo "Restored: $file"
