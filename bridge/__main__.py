"""`python -m bridge` is `dawbridge`."""

from bridge.cli import main

main()
