"""Engines: run the tasks of a plan, retry the lost ones, report events; nothing else."""
