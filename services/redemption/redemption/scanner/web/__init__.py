"""Templates and files of the terminal's app."""
