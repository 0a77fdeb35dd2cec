import { afterEach, expect, test, vi } from 'vitest';
import { ensureHub, findHub, Hub } from '../src/model.js';
import { FakeModel } from './views.js';

const KEY = Symbol.for('jupyter-tracker.hub');
afterEach(() => void delete (globalThis as any)[KEY]);

test('one hub per page, found by symbol; none until somebody makes it', () => {
  expect(findHub()).toBeNull();
  const hub = ensureHub();
  expect(ensureHub()).toBe(hub);
  expect(findHub()).toBe(hub);
  expect((globalThis as any)[KEY]).toBe(hub);
});

test('a listener hears of the model that is here, that comes and that goes', () => {
  const [hub, model, listener] = [new Hub(), new FakeModel(), vi.fn()];
  const detach = hub.attach('p', model);
  const unwatch = hub.watch('p', listener);
  hub.watch('other', () => expect.unreachable());
  detach();
  const again = hub.attach('p', model);
  expect(listener.mock.calls.map(([m]) => m)).toEqual([model, null, model]);
  unwatch();
  again();
  expect(listener).toHaveBeenCalledTimes(3);
});

test('a model that goes late does not take away the one that replaced it', () => {
  const [hub, old, fresh, listener] = [new Hub(), new FakeModel(), new FakeModel(), vi.fn()];
  const detachOld = hub.attach('p', old);
  hub.attach('p', fresh);
  detachOld();
  hub.watch('p', listener);
  expect(listener.mock.calls).toEqual([[fresh]]);
});
