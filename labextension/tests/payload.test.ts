import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { makePayload, parsePayload } from '../src/payload.js';
import type { PanelPayload } from '../src/types.js';

const CARD = makePayload('run_card', 's1', { run_id: 'r1', panel_id: 'p1' });

test('a good payload comes back as it is', () => {
  const table = makePayload('run_table', 's1', { experiment_ids: ['1'], filter: 'a', order_by: { column: 'metrics.f1', ascending: true }, columns: ['metrics.f1'] });
  expect(parsePayload(CARD)).toEqual(CARD);
  expect(parsePayload(structuredClone(table))).toEqual(table);
});

test('a comparison is of ids and words, 200 runs at most', () => {
  const comparison = makePayload('comparison', 's1', { comparison: { run_ids: ['a', 'b'], baseline: 'b', minimize: ['x'], maximize: [], unranked: [] } });
  expect(parsePayload(structuredClone(comparison))).toEqual(comparison);
  expect(parsePayload({ ...comparison, comparison: 7 })!.comparison).toEqual({ run_ids: [], baseline: null, minimize: [], maximize: [], unranked: [] });
  expect(parsePayload({ ...comparison, comparison: { run_ids: Array(999).fill('a'), baseline: {}, minimize: [1, 'm'] } })!.comparison)
    .toEqual({ run_ids: Array(200).fill('a'), baseline: null, minimize: ['m'], maximize: [], unranked: [] });
});

test.each([
  [null], ['text'], [[]], [{}], [{ ...CARD, version: 2 }], [{ ...CARD, panel: 'iframe' }], [{ ...CARD, store_id: 7 }], [{ ...CARD, run_id: null }],
])('%j is refused', data => expect(parsePayload(data)).toBeNull());

test('fields of a wrong type fall back', () => {
  expect(parsePayload({ ...CARD, experiment_ids: 'x', filter: 1, order_by: 'x', columns: [1, 'a'], panel_id: {} }))
    .toMatchObject({ experiment_ids: [], filter: '', order_by: null, columns: ['a'], panel_id: '' });
});

test('what is far too large for ids and options is refused', () => expect(parsePayload({ ...CARD, filter: 'x'.repeat(300_000) })).toBeNull());

test('whatever else is in a payload is left out', () => {
  const hostile = { ...CARD, write: { path: '/runs/delete' }, html: '<script>', url: 'https://evil' };
  expect(Object.keys(parsePayload(hostile)!).sort()).toEqual(Object.keys(CARD).sort());
});

describe('the form that is written down', () => {
  const schema = JSON.parse(readFileSync('../jupyter_tracker/views/panel.schema.json', 'utf8')) as object;
  const written = JSON.parse(readFileSync('../tests/golden/payloads.json', 'utf8')) as PanelPayload[];
  const holds = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(schema);
  const JUNK: unknown[] = [null, 7, -1, 0.5, 1e9, '', 'x', '<img src=x onerror=hit()>', true, [], [1, 'a', null], Array(300).fill('a'), {}, { tab: 'iframe', selection: 'x' }, { column: 1 }, { run_ids: [{}], limit: 0, x: 'z', smoothing: 2, metrics: 'a' }];

  test('what a kernel writes is read as it is', () => {
    expect(written.map(payload => payload.panel)).toContain('dashboard');
    for (const payload of written) {
      expect(parsePayload(structuredClone(payload))).toEqual(payload);
    }
  });

  test('whatever a notebook says, what is made of it has the form, or nothing is', () => {
    let made = 0;
    for (const payload of written) {
      for (const name of Object.keys(payload)) {
        for (const junk of JUNK) {
          const read = parsePayload({ ...payload, [name]: junk });
          made += read === null ? 0 : 1;
          expect(read === null || holds(read), `${payload.panel} with ${name}=${JSON.stringify(junk)}: ${JSON.stringify(holds.errors)}`).toBe(true);
        }
      }
    }
    expect(made).toBeGreaterThan(1000);
  });

  test('a panel that no cell asked for has it, too', () => {
    expect(holds(makePayload('run_table', 's1', {}))).toBe(true);
    expect(holds(makePayload('run_card', 's1', {}))).toBe(false);
  });
});
