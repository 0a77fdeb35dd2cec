import { expect, test } from 'vitest';
import { canTrack, loadsExtension, toggled, trackLine } from '../src/track_line.js';

const after = (source: string): string => {
  const { start, end, text } = toggled(source);
  return source.slice(0, start) + text + source.slice(end);
};

test.each([
  ['x = 1', '%%track\nx = 1'],
  ['%%track run_name=a lr=0.1\nx = 1', 'x = 1'],
  ['%%time\nx = 1', '%%track\n%%time\nx = 1'],
  ['%%capture out\n%%track\nx = 1', '%%capture out\nx = 1'],
  ['\n\n%%track\nx = 1', '\n\nx = 1'],
  ['%%track', ''],
  ['', '%%track\n'],
  // Text of another magic, or of Python, is no `%%track` line.
  ['x = """\n%%track\n"""', '%%track\nx = """\n%%track\n"""'],
  ['%%tracked\n', '%%track\n%%tracked\n'],
])('%j becomes %j', (source, expected) => expect(after(source)).toBe(expected));

test('twice is as before', () => {
  for (const source of ['x = 1', '%%time\nfit()', '', 'def f():\n  pass\n']) {
    expect(after(after(source))).toBe(source);
  }
});

test('a cell in another language is not tracked', () => {
  expect(['%%bash\nls', '%%writefile a.py\nx', '%%html', '%%time?'].map(canTrack)).toEqual([false, false, false, false]);
  expect(['x', '%%track', '%%time\nx', '', '%matplotlib inline'].map(canTrack)).toEqual([true, true, true, true, true]);
});

test('the line is found where it is', () => {
  expect(trackLine('%%time\n%%track a=1\nx')).toEqual({ start: 7, end: 19 });
  expect(trackLine('x\n%%track')).toBeNull();
});

test('a notebook that loads the extension says so', () => {
  expect(loadsExtension(['import x', '  %load_ext jupyter_tracker  '])).toBe(true);
  expect(loadsExtension(['import x\n%reload_ext jupyter_tracker'])).toBe(true);
  expect(loadsExtension(['# %load_ext jupyter_tracker', '%load_ext jupyter_tracker_x'])).toBe(false);
});
