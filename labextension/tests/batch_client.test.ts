import { beforeEach, describe, expect, test } from 'vitest';
import { BatchClient } from '../src/batch_client.js';
import { RequestError } from '../src/client.js';
import { FakeClient, fakeClient } from './views.js';

let server: FakeClient;
let client: BatchClient;
let tokens: Record<string, string>;
const sent = (): unknown[] => server.posted.map(({ body }) => body.requests);

beforeEach(() => {
  tokens = {};
  server = fakeClient(
    (path, query) => ({ path, query }),
    (_, { requests }) => ({
      responses: (requests as { path: string; query: Record<string, string>; token: string }[]).map(({ path, query, token }) => {
        const now = tokens[path] ?? 't1';
        return token === now ? { status: 200, token, unchanged: true } : { status: 200, token: now, body: { path, query, now } };
      }),
    })
  );
  client = new BatchClient(server);
});

describe('BatchClient', () => {
  test('what is asked for at the same moment travels together, each once', async () => {
    const answers = await Promise.all([client.get('/views/a', { x: 1, y: null }), client.get('/views/b'), client.get('/views/a', { x: 1, y: null })]);
    expect(sent()).toEqual([[{ path: '/views/a', query: { x: '1' }, token: '' }, { path: '/views/b', query: {}, token: '' }]]);
    expect(answers[0]).toMatchObject({ path: '/views/a' });
    expect(answers[2]).toBe(answers[0]);
    expect(server.asked).toEqual([]);
  });

  test('what has not changed is the same object again', async () => {
    const [first] = await Promise.all([client.get('/views/a'), client.get('/views/b')]);
    tokens['/views/b'] = 't2';
    const [again, changed] = await Promise.all([client.get('/views/a'), client.get('/views/b')]);
    expect(again).toBe(first);
    expect(changed).toMatchObject({ now: 't2' });
    expect(sent()[1]).toEqual([{ path: '/views/a', query: {}, token: 't1' }, { path: '/views/b', query: {}, token: 't1' }]);
  });

  test('the first look at something new is a plain request, and so are files', async () => {
    await client.get('/views/a', { x: 1 });
    await client.get('/artifacts/list');
    expect(server.asked).toEqual([{ path: '/views/a', query: { x: 1 } }, { path: '/artifacts/list', query: {} }]);
    await client.get('/views/a', { x: 1 });
    expect(sent()).toHaveLength(1);
  });

  test('one that fails leaves the others alone', async () => {
    server = fakeClient(() => null, () => ({ responses: [{ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No run.' } }, { status: 200, token: 't', body: 7 }] }));
    client = new BatchClient(server);
    const [lost, found] = await Promise.allSettled([client.get('/views/a'), client.get('/views/b')]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { status: 404, isUnknown: true, message: 'No run.' } });
    expect(found).toEqual({ status: 'fulfilled', value: 7 });
  });

  test('a server that is away is told to all who asked', async () => {
    client = new BatchClient(fakeClient(() => null, () => { throw new RequestError(0, null, 'gone'); }));
    const both = await Promise.allSettled([client.get('/views/a'), client.get('/views/b')]);
    expect(both.map(one => one.status === 'rejected' && one.reason.status)).toEqual([0, 0]);
  });

  test('a server of before the batches is asked one by one', async () => {
    server = fakeClient(path => path, () => { throw new RequestError(404, 'ENDPOINT_NOT_FOUND', 'no'); });
    client = new BatchClient(server);
    expect(await Promise.all([client.get('/views/a'), client.get('/views/b')])).toEqual(['/views/a', '/views/b']);
  });
});
