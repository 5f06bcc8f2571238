"""What a segment searches most of: descriptors of keypoints and vectors of views, flat for few, in lists for many."""
