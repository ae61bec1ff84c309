"""Who may try: rows S1 to S15 of the contract."""
