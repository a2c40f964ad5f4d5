#!/bin/sh
# Makes Chromium available for the tests that look at pages as a person does: whole for those that
# are a phone, without windows of its own (five times quicker) for the others.
# Its absence is not an error here: those tests then fail and say the same.
set -eu
. "$(dirname "$0")/apt.sh"

[ -z "${CHROMIUM:-}" ] || exit 0
! { command -v chromium >/dev/null && command -v chromium-headless-shell >/dev/null; } || exit 0

if may_install; then
    echo "  Memasang Chromium untuk uji halaman … / Installing Chromium for the page tests …"
    quiet_apt chromium chromium-headless-shell fonts-liberation
elif ! command -v chromium >/dev/null; then
    echo "Uji halaman memerlukan Chromium / the page tests need Chromium: sudo apt-get install chromium (or CHROMIUM=/path)" >&2
fi
