"""How the server answers a browser's requests: headers, the page's HTML, static files, and the project's own scripts and styles."""
