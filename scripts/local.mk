EXTRA_DIST += scripts/check scripts/deps scripts/package scripts/quickstart scripts/release-check scripts/sbom scripts/version
