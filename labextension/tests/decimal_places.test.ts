import { describe, expect, test } from 'vitest';
import { DecimalPlaces, decimalsOf } from '../src/decimal_places.js';
import { formatSpread } from '../src/format.js';

describe('DecimalPlaces', () => {
  test('digits are counted where there is a point to align', () => {
    const texts = ['12', '0.953', '1,234.5', '-2.25', '−2.25', '0.98 ± 0.0031', '1.2e-5', 'NaN', '∞', '–', ''];
    expect(texts.map(decimalsOf)).toEqual([0, 3, 1, 2, 2, 4, null, null, null, null, null]);
  });

  test('room is as wide as what the longest of the column has more, and grows with it', () => {
    const places = new DecimalPlaces();
    const numbers = ['0.97963', '0.98', '1'].map(text => places.see('acc', text)!);
    expect(places.grown()).toBe(true);
    expect(numbers.map(decimals => places.room('acc', decimals, 20))).toEqual(['', '000', '.00000']);
    expect(places.room('loss', 0, 20)).toBe('');
    places.see('acc', '0.5');
    expect(places.grown()).toBe(false);
    places.see('acc', '0.001234');
    expect([places.grown(), places.room('acc', 5, 20)]).toEqual([true, '0']);
    places.clear();
    expect(places.room('acc', 0, 20)).toBe('');
  });

  test('no number is cut for it', () => {
    const places = new DecimalPlaces();
    places.see('acc', '0.001234');
    expect([places.room('acc', 0, 7), places.room('acc', 0, 6.9)]).toEqual(['.000000', '']);
  });
});

describe('formatSpread', () => {
  test('a mean has the digits that its deviation leaves meaning to', () => {
    const pairs: [number, number | null][] = [[0.97963, 0.00312], [12.3456, 4.512], [0.98, null], [1234.5, 12.3], [0.5, 0], [1e-6, 2e-7]];
    expect(pairs.map(([mean, std]) => formatSpread(mean, std))).toEqual(['0.9796 ± 0.0031', '12.3 ± 4.5', '0.98', '1,235 ± 12', '0.5 ± 0', '1e-6 ± 2e-7']);
    expect(formatSpread('NaN', 'NaN')).toBe('NaN ± NaN');
  });
});
