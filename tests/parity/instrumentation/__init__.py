"""What tools and plugins read, replace and observe."""
