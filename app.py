"""The command line of a checkout: ``python app.py serve`` is what ``getu serve`` is."""

import signal
import sys

if __name__ == "__main__":
    # Until a command runs there is nothing to clean up, so Ctrl-C may simply end the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from dashboard.commands import main

    sys.exit(main())
