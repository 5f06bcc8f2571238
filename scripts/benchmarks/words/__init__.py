"""The parts of the words benchmark, one a module; words_run.py runs those that are asked for."""
