"""Components with their own JavaScript, one folder each; `shared` holds the scripts that several include."""
