"""What the server does around the pages: who gets in, how it starts, what every answer says."""
