# Sourced by the scripts of bin/: sets $python to a Python that is new enough, or ends with one clear line.
trap 'echo "${0##*/}: stopped" >&2; exit 130' INT
python=
for candidate in "${LIANHENG_PYTHON:-}" python3.13 python3.12 python3.11 python3 python3.14; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 -c 'import platform; print("found " + platform.python_version())' 2>/dev/null || echo "found none")
    echo "${0##*/}: needs Python 3.11 or newer ($found): install python3.11, or name one with LIANHENG_PYTHON=/path/to/python" >&2
    exit 2
fi
