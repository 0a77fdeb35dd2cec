import { expect, test } from 'vitest';
import { Sparkline, sparkPath } from '../src/components/sparkline.js';

const count = (path: string, letter: string): number => path.split(letter).length - 1;

test('nulls are gaps, not zeros and not bridges', () => {
  const { line, area } = sparkPath([1, 2, null, 3, 4]);
  expect(count(line, 'M')).toBe(2);
  expect(count(line, 'L')).toBe(2);
  expect(count(area, 'Z')).toBe(2);
  expect(line).not.toContain('NaN');
});

test('a point alone between gaps is a dot', () => {
  const { line, area } = sparkPath([1, 2, null, 5, null]);
  const dot = line.split('M').at(-1)!;
  const [from, to] = dot.split('L');
  expect(from).toBe(to);
  expect(count(area, 'Z')).toBe(1);
});

test('scale: lowest at the bottom, highest at the top, first left, last right', () => {
  expect(sparkPath([0, 10]).line).toBe('M2.5,21.5L97.5,2.5');
  expect(sparkPath([0, 10]).last).toEqual([97.5, 2.5]);
});

test('a flat series is a line in the middle', () => {
  expect(sparkPath([7, 7, 7]).line).toBe('M2.5,12L50,12L97.5,12');
});

test('fewer than two values draw nothing', () => {
  for (const values of [[], [1], [null, 1, null], [null]]) {
    expect(sparkPath(values).line).toBe('');
  }
  const spark = new Sparkline();
  spark.update([1], 'f1');
  expect(spark.node.classList.contains('jt-spark-none')).toBe(true);
  spark.update([1, 2], 'f1: 2 points');
  expect(spark.node.classList.contains('jt-spark-none')).toBe(false);
  expect(spark.node.getAttribute('aria-label')).toBe('f1: 2 points');
});
