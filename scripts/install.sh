#!/bin/sh
# install.sh VENV REQUIREMENTS: creates the virtual environment if necessary, and installs the requirements into it.
# PYTHON3=… selects the Python that it is made with.
set -eu

venv=$1
requirements=$2

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON3:-python3}" python3.13 python3.12 python3.11 python3.14 python; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "NN Lab needs Python 3.11 or newer, and there is none on the PATH. Install it, or name it: make PYTHON3=/path/to/python3 …" >&2
    return 1
}

# An incomplete environment, or one whose Python is gone, is recreated.
if ! { is_new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version; } >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making $venv with $python"
    if ! "$python" -m venv --clear "$venv"; then
        rm -rf "$venv"
        echo "$python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi

echo "Installing $requirements; the first time takes some minutes"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
