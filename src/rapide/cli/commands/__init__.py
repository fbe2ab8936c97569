"""The options of each command. What a command calls is imported when it runs."""
