"""What every page needs: navigation, errors, text, caches, charts, the URL, and next steps."""
