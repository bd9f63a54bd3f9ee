"""HTTP and WebSocket: routes, sign-in, permissions, live changes."""
