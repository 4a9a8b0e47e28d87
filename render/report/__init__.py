"""What is told of films from run to run: a manifest beside each, whether it is still up to date, and what changed."""
