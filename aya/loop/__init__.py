"""Build, train, measure, distil, build and train again: the loop of a recipe, step by step."""
