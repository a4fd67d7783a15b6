"""The engine half runs where there is no Django."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

IMPORT_ALL = """
import importlib, pkgutil, sys
import lianheng.cli, lianheng.engine, lianheng.library
count = 0
for package in (lianheng.engine, lianheng.library, lianheng.cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".tests" not in module.name:
            importlib.import_module(module.name)
            count += 1
print(count, sorted(name for name in sys.modules if name.split(".")[0] == "django" or name.startswith("lianheng.web")))
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


def test_no_module_of_engines_library_and_command_line_imports_it() -> None:
    done = _python("-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    count, names = done.stdout.split(" ", 1)
    assert int(count) > 20
    assert names.strip() == "[]"


def test_the_command_line_says_what_to_install_where_it_is_absent() -> None:
    # An import hook stands for an environment without the server half.
    code = (
        "import importlib.util, sys; find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *a: None if name == 'django' else find(name, *a);"
        "from lianheng.cli.main import main; sys.exit(main(['serve']))"
    )
    done = _python("-c", code)
    assert done.returncode == 2
    assert done.stderr.strip() == "lianheng serve: first install the server: pip install 'lianheng[web]'"
