#!/bin/sh
# Makes .venv with the pinned packages of requirements-dev.txt and the four packages of this
# repository in it. Safe to repeat.
set -eu
cd "$(dirname "$0")/../.."
. deploy/install/apt.sh

python=${PYTHON:-python3}

if [ ! -x .venv/bin/pip ]; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "Perlu Python 3.11 atau lebih baru / Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "  Memasang python3-venv … / Installing python3-venv …"
        quiet_apt python3-venv || {
            echo "Perlu paket python3-venv / the package python3-venv is needed: sudo apt-get install python3-venv" >&2
            exit 1
        }
    fi
    "$python" -m venv .venv
fi

echo "  Memasang paket Python … / Installing Python packages …"
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    -e libs/common -e services/registry -e services/issuance -e services/redemption
