"""`lianheng assess recompute`: the same results from a package, without a database."""

import argparse


def add_parser(rooms: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the assessment commands that need no server."""
