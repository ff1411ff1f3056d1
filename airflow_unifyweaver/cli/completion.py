"""``unifyweaver completion SHELL``."""

from __future__ import annotations

import argparse

from argcomplete.shell_integration import shellcode

from airflow_unifyweaver.cli.exit_codes import DONE


def act(options: argparse.Namespace) -> int:
    """Print what makes a shell complete commands and options: it asks this very program for them."""
    print(shellcode(["unifyweaver"], shell=options.shell))
    return DONE
