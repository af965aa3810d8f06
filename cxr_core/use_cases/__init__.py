"""What a page, a command or a worker calls. Each use case is handed what it needs."""
