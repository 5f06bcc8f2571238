"""scan-images and register on a cluster: Ray Data runs the same Examiner on many machines. The only home of Ray."""
