"""Archives of a small world, one set for each release, which every later version restores and migrates."""
