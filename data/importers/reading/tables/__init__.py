"""Files of tables: spreadsheets and worksheets as text by column."""
