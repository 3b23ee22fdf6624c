"""Pure functions: time ranges, buckets and gaps, freshness, coverage in words, event sentences."""
