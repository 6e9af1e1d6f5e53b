"""The web API, the WebSocket and the page, in a process of their own."""
