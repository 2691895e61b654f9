"""service.yaml, area by area: each module turns some keys of app.yaml into its share of the file."""
