"""What is read rather than looked at: charts, labels of the law, and other sheets of one layout."""
