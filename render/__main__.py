"""`python -m render` is the same as `render`."""

from render.cli import main

main()
