#!/bin/sh
# Makes .venv with the Python given; on Debian the venv module is a package of its own.
set -eu
python=$1
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Sandan needs Python 3.11 or newer; '$python' is not. Name one: make PYTHON=python3.12" >&2
    exit 1
fi
[ -x .venv/bin/pip ] && exit 0
rm -rf .venv
echo 'Making a virtual environment in .venv…'
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        "$python" -m venv .venv
    else
        echo "'$python -m venv' does not work here. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
