"""What a build costs before it runs: measured on one machine, reckoned for another."""
