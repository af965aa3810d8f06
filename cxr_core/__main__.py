"""`python -m cxr_core`: the command line."""

import os
import sys

from cxr_core.cli import CANCELLED, main

status = main(sys.argv[1:])
if status == CANCELLED:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # to take a backend down in good order can take seconds
sys.exit(status)
