"""Cache order and invalidation."""
