"""Rules about what pip installs for a service, and whether that runs on the target Python."""
