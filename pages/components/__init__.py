"""Parts that the pages share. The only door between the pages and the core."""
