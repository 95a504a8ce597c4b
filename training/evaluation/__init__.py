"""How well a model does: tasks, answers, figures with intervals by language, and where it fails."""
