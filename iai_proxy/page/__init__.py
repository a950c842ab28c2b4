"""The page: a scene as one HTML file, in its source under assets."""
