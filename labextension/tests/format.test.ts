import { expect, test } from 'vitest';
import { formatAgo, formatBytes, formatDuration, formatElapsed, formatNumber, formatRelative } from '../src/format.js';

test.each([
  [1234567, '1,234,567'], [0.934214, '0.93421'], [0.1 + 0.2, '0.3'], [1.5e-7, '1.5e-7'], [-2.5e9 - 0.5, '-2.5e9'],
  [0, '0'], [-0, '0'], [-0.00012, '-0.00012'], ['NaN', 'NaN'], ['Infinity', '∞'], ['-Infinity', '−∞'],
] as const)('number %s is %s', (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [430, '430 ms'], [3499, '3.4s'], [59_999, '59s'], [60_000, '1m 00s'], [3_725_000, '1h 02m'], [180_000_000, '2d 2h'], [-5, '0 ms'],
])('%d ms took %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test('elapsed time has no tenths', () => {
  expect([formatElapsed(999), formatElapsed(9900), formatElapsed(61_500)]).toEqual(['0s', '9s', '1m 01s']);
});

test.each([
  [-60_000, 'just now'], [5000, 'just now'], [45_000, '45 s ago'], [300_000, '5 min ago'], [7_200_000, '2 h ago'], [172_800_000, '2 d ago'],
])('%d ms ago', (age, text) => expect(formatRelative(1e12 - age, 1e12)).toBe(text));

test.each([[0, '0 B'], [812, '812 B'], [1400, '1.4 kB'], [999_600, '1.0 MB'], [23_400_000, '23 MB']])('%d bytes are %s', (bytes, text) =>
  expect(formatBytes(bytes)).toBe(text));

test.each([[-5, 'now'], [9000, 'now'], [45_000, '45s'], [300_000, '5m'], [7_200_000, '2h'], [172_800_000, '2d']])('%d ms ago, in short', (age, text) =>
  expect(formatAgo(1e12 - age, 1e12)).toBe(text));
