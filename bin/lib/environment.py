"""A virtualenv with the program in it, made once and left alone while nothing changed. Standard library only."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
INCLUDED_IN = {"web": ("web,dev",)}
PIP_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


def fail(line: str, code: int = 1) -> NoReturn:
    """End with one line that says what is wrong and how to mend it."""
    print(f"{Path(sys.argv[0]).stem.replace('testing', 'test')}: {line}", file=sys.stderr)
    sys.exit(code)


def say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def installing_alone() -> Iterator[None]:
    """Hold the checkout while installing; the kernel lets go when the process dies."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        fail("another start is installing in this folder at the moment: wait until it is ready")
    finally:
        os.close(handle)


def ensure(extras: str, venv: Path = VENV, editable_of: Path = ROOT, more: Sequence[str] = ()) -> Path:
    """Return the Python of a virtualenv that holds the program with `extras`; installs only what changed."""
    python = venv / "bin" / "python"
    if _is_ready(venv, extras, more):
        return python
    with installing_alone():
        _check_writable(venv.parent)
        _make(venv)
        name = venv.name
        say(f"installing lianheng[{extras}] into {name} (once, needs the network) …")
        target = f"{editable_of}[{extras}]" if extras else str(editable_of)
        _install(python, ["-c", str(ROOT / "constraints.txt"), "-e", target, *more])
        _stamp(venv, extras).write_text(_fingerprint(extras, more))
    return python


def _is_ready(venv: Path, extras: str, more: Sequence[str] = ()) -> bool:
    """Say whether this, or an installation that includes it, is there and unchanged."""
    holding = [extras, *INCLUDED_IN.get(extras, ())]
    stamps = [(_stamp(venv, held), _fingerprint(held, more)) for held in holding]
    return any(stamp.exists() and stamp.read_text() == wanted for stamp, wanted in stamps) and _runs(
        venv / "bin" / "python"
    )


def _stamp(venv: Path, extras: str) -> Path:
    return venv / f"lianheng-{extras.replace(',', '-')}.stamp"


def _fingerprint(extras: str, more: Sequence[str]) -> str:
    text = [str(ROOT), extras, *more]
    text += [(ROOT / name).read_text() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256("\0".join(text).encode()).hexdigest()


def _runs(python: Path) -> bool:
    return python.exists() and subprocess.run([python, "-c", "import lianheng"], capture_output=True).returncode == 0


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".lianheng-write-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        fail(f"cannot write in {folder} ({error.strerror}): copy the program into a folder of your own")


def _make(venv: Path) -> None:
    """Make the virtualenv; one left half-made by an interrupted start is replaced."""
    python = venv / "bin" / "python"
    if python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    if venv.exists():
        shutil.rmtree(venv)
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode:
        _install_venv_package()
    done = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True)
    if done.returncode:
        fail(f"cannot make {venv.name}: {_last_line(done.stdout + done.stderr)}")


def _install_venv_package() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = f"Python {version} lacks its venv module"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail(f"{wanted}: let the administrator run 'apt-get install python{version}-venv' and start again")
    say(f"{wanted}: installing the Debian package …")
    apt_install(f"python{version}-venv", "python3-venv")


def apt_install(*names: str, together: bool = False) -> None:
    """Install the first of `names` that can be had (or all of them together) with apt-get; fail naming them."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True)
    base = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    tries = [names] if together else [(name,) for name in names]
    for packages in tries:
        done = subprocess.run([*base, *packages], env=environment, capture_output=True, text=True)
        if done.returncode == 0:
            return
    fail(f"apt-get could not install {' '.join(names)}: {_last_line(done.stderr)}")


def _install(python: Path, arguments: Sequence[str]) -> None:
    uv = shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", str(python), *arguments]
    else:
        command = [str(python), "-m", "pip", "install", *PIP_QUIET, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        fail(f"installing failed: {_last_line(done.stderr or done.stdout)} (the next start goes on from here)")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["no message"])[-1][:300]
