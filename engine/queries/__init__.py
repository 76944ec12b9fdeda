"""Every read. Queries never write; what an actor may not see is left out in SQL."""
