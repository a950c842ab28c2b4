"""Pictures of scenes: PNG, strips, GIF and WebP."""
