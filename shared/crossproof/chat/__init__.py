"""Where people talk: Slack."""
