"""From a winner to the champion that serves: gates, promotion, rollback, and the log of both."""
