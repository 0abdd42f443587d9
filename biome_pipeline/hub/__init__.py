"""The only folder with network: where snapshots of the Hub come from."""
