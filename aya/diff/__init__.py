"""What differs between two versions: recipe, rows gained and lost and why, mixture."""
