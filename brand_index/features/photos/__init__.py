"""What of a registered photo is its own: its nature, and how common its keypoints and its hash are; no search."""
