"""What a run looks like from outside: statistics from its journals, kept up while they grow."""
