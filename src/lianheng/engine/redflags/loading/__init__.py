"""Loading registers: any source's rows, checked cell by cell, ids hashed, stored as Parquet by year, or not at all."""
