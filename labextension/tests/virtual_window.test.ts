import { describe, expect, test } from 'vitest';
import { rowWindow, scrollTopFor } from '../src/virtual_window.js';

const at = (total: number, scrollTop: number) => ({ total, rowHeight: 30, viewport: 300, scrollTop });

describe('rowWindow', () => {
  test('shows just the rows in view', () => {
    const rows = rowWindow(at(100_000, 3015));
    expect([rows.first, rows.end]).toEqual([100, 111]);
    expect(rows.height).toBe(3_000_000);
    expect(rows.top(100)).toBe(3000);
  });

  test('a short list ends where it ends', () => {
    expect(rowWindow(at(3, 0))).toMatchObject({ first: 0, end: 3, height: 90 });
    expect(rowWindow(at(0, 0))).toMatchObject({ first: 0, end: 0, height: 0 });
  });

  test('ten million rows: the height is capped, and both ends can be reached', () => {
    const total = 10_000_000;
    const height = rowWindow(at(total, 0)).height;
    expect(height).toBe(8_000_000);
    expect(rowWindow(at(total, 0)).first).toBe(0);
    const last = rowWindow(at(total, height - 300));
    expect(last.end).toBe(total);
    expect(last.top(total - 1) + 30).toBeCloseTo(height, 3);
    const middle = rowWindow(at(total, (height - 300) / 2));
    expect(middle.first).toBeGreaterThan(total * 0.49);
    expect(middle.top(middle.first)).toBeCloseTo((height - 300) / 2, -2);
  });

  test('a scroll beyond the end, after rows went, shows the last rows', () => {
    expect(rowWindow(at(20, 9999))).toMatchObject({ first: 10, end: 20 });
  });
});

describe('scrollTopFor', () => {
  test.each([1000, 10_000_000])('brings any row of %i into view, and only as far as needed', total => {
    for (const index of [0, 17, total >> 1, total - 1]) {
      const rows = rowWindow(at(total, scrollTopFor(index, at(total, 500))));
      expect(index).toBeGreaterThanOrEqual(rows.first);
      expect(index).toBeLessThan(rows.end);
    }
  });

  test('does not move for a row in view', () => {
    expect(scrollTopFor(20, at(1000, 450))).toBe(450);
  });
});
