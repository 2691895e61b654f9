"""Rules about the configuration file and what stands beside it."""
