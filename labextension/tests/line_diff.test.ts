import { describe, expect, test, vi } from 'vitest';
import { DiffRow, sideBySide } from '../src/line_diff.js';

const shown = (rows: DiffRow[]): string[] => rows.map(({ left, right }) => [left, right].map(side =>
  side === null ? '' : `${side.line}:${side.parts.map(part => (part.changed ? `[${part.text}]` : part.text)).join('')}`).join(' | '));

describe('sideBySide', () => {
  test('equal lines stand beside each other, changed words are marked', () => {
    expect(shown(sideBySide('a = 1\ndepth = 4\nend\n', 'a = 1\ndepth = 8\nend\n'))).toEqual(['1:a = 1 | 1:a = 1', '2:depth = [4] | 2:depth = [8]', '3:end | 3:end']);
  });

  test('lines that only one side has leave the other empty', () => {
    expect(shown(sideBySide('a\nb\nc', 'a\nc\nd\ne'))).toEqual(['1:a | 1:a', '2:[b] | ', '3:c | 2:c', ' | 3:[d]', ' | 4:[e]']);
    expect(shown(sideBySide('', 'new\n'))).toEqual([' | 1:[new]']);
    expect(sideBySide('', '')).toEqual([]);
  });

  test('other line ends are not another line', () => {
    expect(sideBySide('a\r\nb\r\n', 'a\nb\n').every(row => row.equal)).toBe(true);
  });

  test('texts that take too long are set side by side as they are', () => {
    const clock = vi.spyOn(Date, 'now');
    let now = 0;
    clock.mockImplementation(() => (now += 1000));
    const rows = sideBySide(Array.from({ length: 40 }, (_, i) => `a${i}`).join('\n'), Array.from({ length: 40 }, (_, i) => `b${i}`).join('\n'));
    expect(rows).toHaveLength(40);
    expect(rows.every(row => !row.equal)).toBe(true);
    clock.mockRestore();
  });
});
