"""What a user waits for in a real JupyterLab, in headless Chromium: ``python -m benchmarks.browser``."""
