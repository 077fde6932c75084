"""Sets of requests: which of them fare the same, which of them a route can take, and one of each for a witness."""
