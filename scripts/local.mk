EXTRA_DIST += scripts/check scripts/deps scripts/quickstart
