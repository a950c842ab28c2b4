"""``python -m iai_proxy``."""

from iai_proxy.cli import main

if __name__ == "__main__":
    main()
