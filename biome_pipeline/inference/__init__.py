"""What all subjects share in statistics: resampling, p-values, findings."""
