"""A child process that says again what its parent says."""

from contextlib import suppress

from iai_proxy import child_process


def main() -> None:
    connection = child_process.parent()
    with suppress(EOFError, OSError):
        while True:
            connection.send(connection.recv())


if __name__ == "__main__":
    main()
