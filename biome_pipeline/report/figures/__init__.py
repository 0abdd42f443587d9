"""One module of figures per schema of the warehouse, all in the house style."""
