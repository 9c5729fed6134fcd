"""What a rule is, how rules are chosen, and the rules about the text itself."""
