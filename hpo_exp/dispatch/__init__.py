"""What a forecast does to the dispatch: commitment, settlement, policies and their regret."""
