"""After the result: whether the customer is satisfied, and the calls that ask him (R5)."""
