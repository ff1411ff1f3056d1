"""How results become one result: combined in workers, merged when published."""
