"""Safety by distillation: requests that harm, a teacher that is told to refuse them, and a check of what it said."""
