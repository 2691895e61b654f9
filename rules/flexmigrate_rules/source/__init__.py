"""Rules about the Python source of a service: what the target's Python and Cloud Run do differently."""
