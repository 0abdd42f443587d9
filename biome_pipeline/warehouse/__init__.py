"""What a table is and where it lives: schema, engine, lake, database, dictionary."""
