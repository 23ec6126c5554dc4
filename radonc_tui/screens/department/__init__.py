"""The department's table of accepted alternatives, over whatever is shown."""
