"""`python -m cxr_core`: the command line."""

import sys

from cxr_core.cli import main

sys.exit(main(sys.argv[1:]))
