"""Who is asking, and what they may do: principals, roles, the table of rights."""
