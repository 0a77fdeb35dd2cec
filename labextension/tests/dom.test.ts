import { expect, test } from 'vitest';
import { h, KeyedList, setAttr } from '../src/dom.js';

const list = (): KeyedList<string> =>
  new KeyedList<string>(document.body.appendChild(h('ul')), key => key, key => ({ node: h('li', { tabindex: 0 }, key), update: () => undefined }));
const texts = (keyed: KeyedList<string>): string[] => [...keyed.parent.children].map(node => node.textContent!);

test('a keyed list follows its values, in order, each key once', () => {
  const keyed = list();
  for (const values of [['a', 'b'], ['c', 'a', 'b'], ['b', 'a'], ['a', 'a', 'd'], []]) {
    keyed.update(values);
    expect(texts(keyed)).toEqual([...new Set(values)]);
  }
});

test('an entry that stays is not taken out: it keeps the focus', () => {
  const keyed = list();
  keyed.update(['a', 'b']);
  const b = keyed.parent.children[1] as HTMLElement;
  b.focus();
  keyed.update(['x', 'a', 'b', 'y']);
  keyed.update(['b', 'y']);
  expect(document.activeElement).toBe(b);
});

test('children and attributes are never parsed; unset attributes are left out', () => {
  const node = h('p', { title: '<i>', hidden: false, id: null }, '<b>x</b>');
  expect(node.textContent).toBe('<b>x</b>');
  expect([node.children.length, node.title, node.hasAttribute('hidden'), node.hasAttribute('id')]).toEqual([0, '<i>', false, false]);
  setAttr(node, 'title', null);
  expect(node.hasAttribute('title')).toBe(false);
});
