"""What evidence means: the policy, the verdict, its JSON and its words; no model and no database."""
