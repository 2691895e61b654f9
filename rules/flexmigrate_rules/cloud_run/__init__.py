"""What a service becomes on Cloud Run: the files to write beside the App Engine ones, which stay untouched."""
