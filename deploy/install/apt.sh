# Sourced by the other scripts here: installs Debian packages without starting what they bring.
# Effects: `quiet_apt PACKAGE…` installs as root; returns 1 when this is not root or not Debian.

may_install() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null
}

# Packages of servers start a system-wide server when they are installed, unless this policy file
# says no. Whatever file was there before is put back, also when the installation fails.
quiet_apt() {
    may_install || return 1
    (
        set -eu
        policy=${POLICY_FILE:-/usr/sbin/policy-rc.d}
        kept=$(mktemp -d)
        [ ! -e "$policy" ] || mv "$policy" "$kept/policy-rc.d"
        # An arriving signal must not leave the machine with our policy.
        restore() {
            rm -f "$policy"
            [ ! -e "$kept/policy-rc.d" ] || mv "$kept/policy-rc.d" "$policy"
            rmdir "$kept"
        }
        trap restore EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@" >"$kept.log" 2>&1 ||
            { apt-get -qq update && apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"; } \
                >"$kept.log" 2>&1 ||
            { cat "$kept.log" >&2; rm -f "$kept.log"; exit 1; }
        rm -f "$kept.log"
    )
}
