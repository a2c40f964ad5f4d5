#!/bin/sh
# Makes the model checker `spin` available, with the compiler that it needs, for the model of
# redeeming without network. Its absence is not an error here: that test is then passed over and
# says so.
set -eu
. "$(dirname "$0")/apt.sh"

! { command -v spin >/dev/null && command -v gcc >/dev/null; } || exit 0

if may_install; then
    echo "  Memasang spin untuk uji model kerja tanpa sinyal … / Installing spin for the model of work without network …"
    quiet_apt spin gcc libc6-dev
else
    echo "Uji model dilewati tanpa spin / the model check needs spin: sudo apt-get install spin gcc libc6-dev" >&2
fi
