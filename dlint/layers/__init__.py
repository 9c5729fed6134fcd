"""The model: what each instruction stores, and what makes it run again."""
