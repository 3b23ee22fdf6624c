#!/bin/sh
# Installs the real parts the tests drive (broker, database, browser, fonts) where we may.
set -eu
wanted=""
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || wanted="$wanted mosquitto"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || wanted="$wanted postgresql"
command -v chromium >/dev/null || command -v google-chrome >/dev/null || wanted="$wanted chromium"
[ -n "$(ls /usr/share/fonts 2>/dev/null)" ] || wanted="$wanted fonts-noto-cjk"
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$wanted"
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
else
    echo "Tests that need these Debian packages will be skipped:$wanted" >&2
fi
