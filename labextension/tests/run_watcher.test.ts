import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunWatcher } from '../src/lab/run_watcher.js';
import { pageClock } from '../src/page_clock.js';
import type { RunningRun } from '../src/types.js';
import { FakeClient, fakeClient } from './views.js';

const run = (id: string): RunningRun => ({
  run_id: id, store_id: 's1', experiment_id: '1', experiment_name: 'churn', name: id, start_time_ms: 1, parent_run_id: null,
  kernel_id: 'k1', notebook: null, metric: '', value: '', step: 0,
});
let runs: RunningRun[];
let visible = true;
let busy = false;
let client: FakeClient;
let watcher: RunWatcher;
const ended: string[] = [];
const changed = vi.fn();
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  [runs, visible, busy] = [[], true, false];
  ended.length = 0;
  changed.mockClear();
  client = fakeClient(() => ({ runs }));
  watcher = new RunWatcher({ client, isVisible: () => visible, mayRun: () => busy });
  watcher.changed.connect(changed);
  watcher.ended.connect((_, one) => ended.push(one.run_id));
});
afterEach(() => {
  watcher.dispose();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('asks once when woken, and rests while nothing may run', async () => {
  await later(5000);
  expect(client.asked).toEqual([]);
  watcher.wake();
  await later(10_000);
  expect(client.asked).toEqual([{ path: '/views/running', query: {} }]);
});

test('follows what goes on, tells what has ended, then rests', async () => {
  runs = [run('a'), run('b')];
  watcher.wake();
  await later(0);
  expect(watcher.runs.map(one => one.run_id)).toEqual(['a', 'b']);
  runs = [run('b')];
  await later(1000);
  expect(ended).toEqual(['a']);
  runs = [];
  await later(1000);
  expect(ended).toEqual(['a', 'b']);
  const asked = client.asked.length;
  await later(60_000);
  expect(client.asked).toHaveLength(asked);
});

test('a busy kernel is followed although no run is known yet', async () => {
  busy = true;
  watcher.wake();
  await later(2500);
  expect(client.asked).toHaveLength(3);
});

test('a kernel that widgets make busy and idle all the time does not make it ask more often', async () => {
  for (let i = 0; i < 40; i += 1) {
    watcher.wake();
    await later(100);
  }
  expect(client.asked.length).toBeLessThanOrEqual(5);
  expect(client.asked.length).toBeGreaterThanOrEqual(4);
});

test('nobody who looks, nothing asked', async () => {
  visible = false;
  watcher.wake();
  await later(10_000);
  expect(client.asked).toEqual([]);
  runs = [run('a')];
  visible = true;
  watcher.wake();
  await later(0);
  visible = false;
  const asked = client.asked.length;
  await later(10_000);
  expect(client.asked).toHaveLength(asked);
});

test('the same list again is no news', async () => {
  runs = [run('a')];
  watcher.wake();
  await later(5000);
  expect(changed).toHaveBeenCalledTimes(1);
});

test('what began at another time, or pauses longer, falls into step', async () => {
  const struck: [string, number][] = [];
  const every = (name: string, ms: number): (() => void) => {
    let forget = (): void => undefined;
    const again = (): void => {
      forget = pageClock.after(ms, () => {
        struck.push([name, Date.now() - 1_000_000]);
        // An answer takes its time.
        setTimeout(again, 120);
      });
    };
    again();
    return () => forget();
  };
  const a = every('a', 500);
  await later(180);
  const b = every('b', 500);
  const c = every('c', 1000);
  await later(2900);
  expect(struck.filter(([name]) => name === 'a').map(([, at]) => at)).toEqual([500, 1000, 1500, 2000, 2500, 3000]);
  expect(struck.filter(([name]) => name === 'b').map(([, at]) => at)).toEqual([500, 1000, 1500, 2000, 2500, 3000]);
  expect(struck.filter(([name]) => name === 'c').map(([, at]) => at)).toEqual([1000, 2000, 3000]);
  await later(200);
  [a, b, c].forEach(forget => forget());
});
