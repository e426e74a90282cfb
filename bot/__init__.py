"""The Telegram bot and the console: everything a reader sees, nothing about how retrieval works."""
