"""`python -m sandan` is `sandan`."""

from sandan.cli import main

if __name__ == "__main__":
    main()
