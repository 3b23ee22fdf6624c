"""The pages and the API of the complex: read the request, ask the service, render."""
