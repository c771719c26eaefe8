"""What is told to people, by which channel, in which words."""
