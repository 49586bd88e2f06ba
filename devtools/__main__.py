"""`python -m devtools <command>`."""

import sys
from pathlib import Path

from devtools.cli import main

# It is no distribution, so nothing installs it.
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

if __name__ == "__main__":
    main(prog_name="python -m devtools")
