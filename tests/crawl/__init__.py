"""Every page, by everybody, in every language, view and width, in a real browser: what is wrong, and how it looks."""
