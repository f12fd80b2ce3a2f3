"""A city in one PostgreSQL: many communities beside one another, and what a page of one of them costs then."""
