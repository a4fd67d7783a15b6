"""Loaded by pytest before anything else (`-p lianheng.testing`): test mode before Django reads its settings."""

import os
import tempfile

os.environ["LIANHENG_MODE"] = "test"
os.environ.setdefault("LIANHENG_DATA", tempfile.mkdtemp(prefix="lianheng-test-"))
os.environ.setdefault("LIANHENG_SQLITE_SYNCHRONOUS", "NORMAL")
os.environ["LIANHENG_TODAY"] = ""
# Small matrices: threads of the linear algebra wait for each other longer than they work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
