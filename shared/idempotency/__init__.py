"""Creates that are done once, however often they are asked for under the same key."""
