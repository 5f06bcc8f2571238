"""What changes the confidence of evidence, or what it counts as, before the policy decides."""
