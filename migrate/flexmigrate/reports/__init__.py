"""A plan as text for people and as data for programs; pure, nothing here prints."""
