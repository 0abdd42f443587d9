"""What all subjects share in statistics: resampling of pairs and of families."""
