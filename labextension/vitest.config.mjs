import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // On a busy machine a thousand rows in jsdom take their time.
    testTimeout: 30_000, environment: 'jsdom', include: ['tests/**/*.test.ts'], restoreMocks: true },
});
