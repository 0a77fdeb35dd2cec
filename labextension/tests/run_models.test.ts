import { expect, test } from 'vitest';
import { lastMade } from '../src/run_models.js';
import type { ModelUse } from '../src/types.js';

const model = (model_id: string, change: Partial<ModelUse> = {}): ModelUse => ({ model_id, name: model_id, role: 'output', step: 0, status: 'READY', ...change });

test('of what a run made the last one is meant, by step and then by order', () => {
  expect(lastMade([])).toBeNull();
  expect(lastMade([model('a'), model('b')])!.model_id).toBe('b');
  expect(lastMade([model('a', { step: 9 }), model('b', { step: 3 })])!.model_id).toBe('a');
});

test('what a run only read, or what cannot be loaded, is not', () => {
  expect(lastMade([model('a', { role: 'input' }), model('b', { status: 'FAILED' }), model('c', { status: '' })])).toBeNull();
});
