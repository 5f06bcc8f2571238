"""What describes an image: hashes, keypoints, embeddings, colours; it searches nothing."""
