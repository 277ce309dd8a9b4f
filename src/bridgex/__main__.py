"""``python -m bridgex``: the command line."""

from bridgex.cli import main

if __name__ == "__main__":
    main()
