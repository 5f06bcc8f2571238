"""The review console: pages for people who decide; what they decide is kept and heeded elsewhere."""
