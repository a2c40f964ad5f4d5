#!/bin/sh
# Makes Chromium available for the tests that look at pages as a person does.
# Its absence is not an error here: those tests then fail and say the same.
set -eu
. "$(dirname "$0")/apt.sh"

[ -z "${CHROMIUM:-}" ] || exit 0
! command -v chromium >/dev/null || exit 0

if may_install; then
    echo "  Memasang Chromium untuk uji halaman … / Installing Chromium for the page tests …"
    quiet_apt chromium fonts-liberation
else
    echo "Uji halaman memerlukan Chromium / the page tests need Chromium: sudo apt-get install chromium (or CHROMIUM=/path)" >&2
fi
