"""What blocks tell of the store: each subject read and reckoned once, whichever block asks."""
