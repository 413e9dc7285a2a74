"""Users, the audit, the record of imports."""
