"""The pages on which reviewers decide: the queue and its cases."""
