// What the builder of the lab extension adds to its own configuration.
module.exports = {
  performance: {
    // The chart library is one file of its own, fetched when the first chart is drawn. What is loaded before it is held to 60 kB
    // compressed by tests/packaging/test_bundle_sizes.py, which says this limit, too.
    maxAssetSize: 1_500_000,
    maxEntrypointSize: 1_500_000,
  },
};
