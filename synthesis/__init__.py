"""Generated data with evidence that it is worth training on."""
