"""Who is who between an answer and the request that continues it."""
