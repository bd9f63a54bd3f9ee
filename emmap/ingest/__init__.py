"""What comes in: readers of files and messages, datums, places, and the way from a row to the store."""
