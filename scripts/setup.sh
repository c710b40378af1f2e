# Sourced by the scripts beside it: makes .venv hold what requirements.lock names, and the project.
# Leaves $root, $venv and $python set. Needs Python 3.11 to 3.13 and, the first time, a network.

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
python=$venv/bin/python
stamp=$venv/.installed # what was installed, or 'unfinished'

say() { printf 'hpo_exp: %s\n' "$*" >&2; }

supported() { "$1" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

has_uv() { command -v uv >/dev/null; }

# The state that a finished installation has. The prefix is part of it: an editable installation
# that was copied with its folder would still run the code of the folder it came from.
wanted() {
    "$python" -I -c 'import hashlib, sys
texts = b"".join(open(path, "rb").read() for path in sys.argv[1:])
print(hashlib.sha256(texts).hexdigest(), sys.version.split()[0], sys.prefix)' \
        "$root/requirements.lock" "$root/pyproject.toml" 2>/dev/null
}

installed() { [ -s "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; }

# Installers that are killed leave half a package behind and take it for a whole one afterwards,
# and programs in a copied environment still start the original: neither is built upon. One
# without a stamp was made by hand and is.
usable() {
    case $(cat "$stamp" 2>/dev/null) in
    '' | *" $venv") supported "$python" && { has_uv || "$python" -m pip --version >/dev/null 2>&1; } ;;
    *) false ;;
    esac
}

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3 python; do
        if supported "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    if has_uv && candidate=$(uv python find '>=3.11,<3.14' 2>/dev/null); then
        printf '%s\n' "$candidate"
        return
    fi
    say 'Python 3.11, 3.12 or 3.13 is needed and none was found on PATH: install one and run this again.'
    return 1
}

create_venv() {
    local base
    base=$(find_python) || return
    rm -rf -- "$venv"
    mkdir -- "$venv"
    echo unfinished >"$stamp"
    if has_uv; then
        uv venv --quiet --allow-existing --python "$base" "$venv" || return
    else
        "$base" -m venv "$venv" || return
    fi
}

pip_install() {
    if has_uv; then
        uv pip install --quiet --python "$python" "$@"
    else
        "$python" -m pip install -qq --disable-pip-version-check "$@"
    fi
}

install() {
    say 'installing into .venv (once, a minute or two)'
    usable || create_venv || return
    echo unfinished >"$stamp"
    pip_install --requirement "$root/requirements.lock" || return
    : >"$stamp" # a slip in pyproject.toml is no reason to fetch everything again
    pip_install --no-deps --no-build-isolation --editable "$root" || return
    wanted >"$stamp.new" && mv -- "$stamp.new" "$stamp"
}

# The kernel drops this lock when its holder dies. Python takes it, on our descriptor, because
# macOS has no flock command; where a file system knows no locks we go on without.
lock() {
    local base
    base=$(find_python) || return
    "$base" -I -c 'import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("hpo_exp: waiting for another installation into .venv", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    sys.exit(1)' || say 'going on without a lock: do not start a second installation'
}

if ! installed; then
    exec 9<"$root/requirements.lock"
    lock || exit 1
    # Somebody else may have installed everything while we waited.
    if ! installed && ! install >&2; then
        say 'the installation into .venv failed: mend what is said above and run this again.'
        exit 1
    fi
    exec 9<&-
fi
