"""Who is at the screen: the menu, the line of the demo mode, and the refusals."""
