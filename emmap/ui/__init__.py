"""The page: Dash declares it, the browser modules in `assets/page/` fill it."""
