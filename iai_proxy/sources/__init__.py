"""What users name: files, folders, globs, and objects in object storage."""
