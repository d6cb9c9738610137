EXTRA_DIST += scripts/check scripts/deps scripts/package scripts/quickstart
