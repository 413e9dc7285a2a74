"""The command line of a checkout: ``python app.py serve`` is what ``getu serve`` is."""

import sys

from dashboard.commands import main

if __name__ == "__main__":
    sys.exit(main())
