"""Articles, passages and questions: everything that answers, nothing that knows about Telegram."""
