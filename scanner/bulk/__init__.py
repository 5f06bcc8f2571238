"""The work of scan-images: finds images and their listings, scans them, and writes results and report."""
