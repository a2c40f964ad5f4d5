#!/bin/sh
# Makes SoftHSM available, a key device made of software, for the tests of keys in devices.
# Its absence is not an error here: those tests are then passed over and say so.
set -eu
. "$(dirname "$0")/apt.sh"

[ -z "${SOFTHSM:-}" ] || exit 0
! command -v softhsm2-util >/dev/null || exit 0

if may_install; then
    echo "  Memasang SoftHSM untuk uji kunci di perangkat … / Installing SoftHSM for the tests of keys in devices …"
    quiet_apt softhsm2
else
    echo "Uji kunci di perangkat dilewati tanpa SoftHSM / the tests of keys in devices need SoftHSM: sudo apt-get install softhsm2" >&2
fi
