"""The rooms' cast of people serves here too."""

from lianheng.web.conftest import fixed_day, log_in, make_user, small_tree

__all__ = ["fixed_day", "log_in", "make_user", "small_tree"]
