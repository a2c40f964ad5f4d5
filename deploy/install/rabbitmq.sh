#!/bin/sh
# Makes RabbitMQ's programs available (never a running system-wide broker).
# Exit code 0 when they are there afterwards, or when AMQP_URL says to use another broker.
set -eu
. "$(dirname "$0")/apt.sh"

[ -z "${AMQP_URL:-}" ] || exit 0
[ ! -x "${RABBITMQ_SERVER:-/usr/lib/rabbitmq/bin/rabbitmq-server}" ] || exit 0

if may_install; then
    echo "  Memasang RabbitMQ (paket Debian) … / Installing RabbitMQ (Debian package) …"
    had_erlang=$(command -v epmd || true)
    quiet_apt rabbitmq-server
    # They were not here before, so nobody counts on them: do not let them start at the next boot.
    update-rc.d rabbitmq-server disable >/dev/null 2>&1 || true
    if [ -z "$had_erlang" ] && command -v systemctl >/dev/null; then
        systemctl disable epmd.service epmd.socket >/dev/null 2>&1 || true
    fi
    exit 0
fi

cat >&2 <<'MESSAGE'
RabbitMQ belum ada di mesin ini. Pilih salah satu cara:
  1. sudo sh deploy/install/rabbitmq.sh       (paket Debian; tidak menjalankan layanan sistem)
  2. AMQP_URL=amqp://user:sandi@host/vhost make up    (pakai RabbitMQ yang sudah ada)
  3. docker compose up                        (semuanya di dalam Docker)

RabbitMQ is not on this machine. Choose one way:
  1. sudo sh deploy/install/rabbitmq.sh       (Debian package; starts no system service)
  2. AMQP_URL=amqp://user:password@host/vhost make up (use a RabbitMQ that exists)
  3. docker compose up                        (everything inside Docker)
MESSAGE
exit 1
