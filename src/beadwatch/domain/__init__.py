"""What welds, verdicts and models are, in the field's own words. Standard library only."""
