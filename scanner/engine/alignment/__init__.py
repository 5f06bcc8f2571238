"""Where a reference lies in a listing image: by keypoints first, then refined by the pixels."""
