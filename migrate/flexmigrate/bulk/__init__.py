"""Many repositories: where they come from, what is known of each, who works on them, how changes go out."""
