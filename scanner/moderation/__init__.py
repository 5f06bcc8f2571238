"""What people do about verdicts: cases, decisions, seller notices, appeals, enforcement, each with its tables."""
