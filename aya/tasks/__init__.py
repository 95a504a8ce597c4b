"""The kinds of task, one module each: what a worker does between its files in and files out."""
