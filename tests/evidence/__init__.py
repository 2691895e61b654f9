"""Measurements on real interpreters: what installs, starts and answers."""
