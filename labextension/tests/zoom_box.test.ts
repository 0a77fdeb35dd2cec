import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BoxArea, ZoomBox } from '../src/components/zoom_box.js';

// jsdom lays nothing out: the node lies at 0, 0.
const AREA: BoxArea = { left: 50, top: 10, width: 400, height: 200 };
let node: HTMLElement;
let inner: HTMLElement;
let box: ZoomBox;
const onStart = vi.fn();
const onEnd = vi.fn();
const heard: string[] = [];
const mouse = (type: string, x: number, y: number, more: MouseEventInit = {}): boolean =>
  (type === 'mousedown' ? inner : document.body).dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, clientX: x, clientY: y, buttons: 1, ...more }));
const shown = (): HTMLElement => node.querySelector('.jt-plot-box')!;

beforeEach(() => {
  vi.clearAllMocks();
  heard.length = 0;
  inner = document.createElement('div');
  inner.addEventListener('mousedown', () => heard.push('inner'));
  node = document.createElement('div');
  node.append(inner);
  document.body.append(node);
  box = new ZoomBox(node, { area: () => AREA, onStart, onEnd });
});
afterEach(() => {
  box.dispose();
  node.remove();
});

describe('ZoomBox', () => {
  test('a drag along the axis means all of the height, and what lies inside never hears of it', () => {
    expect(mouse('mousedown', 150, 100)).toBe(false);
    mouse('mousemove', 250, 105);
    expect(onStart).toHaveBeenCalledTimes(1);
    expect([shown().hidden, shown().style.left, shown().style.top, shown().style.width, shown().style.height]).toEqual([false, '150px', '10px', '100px', '200px']);
    mouse('mouseup', 250, 105);
    expect(onEnd.mock.calls).toEqual([[[0.25, 0.5], null]]);
    expect(shown().hidden).toBe(true);
    expect(heard).toEqual([]);
    mouse('mousemove', 300, 100);
    mouse('mouseup', 300, 100);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  test('a slanted one means both axes, an upright one the height; backwards and beyond the edge, too', () => {
    mouse('mousedown', 250, 160);
    mouse('mousemove', 20, 60);
    mouse('mouseup', 20, 60);
    expect(onEnd.mock.calls.at(-1)).toEqual([[0, 0.5], [0.25, 0.75]]);
    mouse('mousedown', 250, 110);
    mouse('mousemove', 255, 900);
    mouse('mouseup', 255, 900);
    expect(onEnd.mock.calls.at(-1)).toEqual([null, [0, 0.5]]);
  });

  test.each([
    ['a click', () => mouse('mousemove', 153, 102)],
    ['Escape', () => {
      mouse('mousemove', 250, 100);
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    }],
    ['a button let go where nobody saw it', () => {
      mouse('mousemove', 250, 100);
      mouse('mousemove', 260, 100, { buttons: 0 });
    }],
  ])('%s zooms into nothing', (_, move) => {
    mouse('mousedown', 150, 100);
    move();
    mouse('mouseup', 300, 100);
    expect(onEnd).not.toHaveBeenCalled();
    expect(shown().hidden).toBe(true);
  });

  test.each([
    ['Shift', 150, { shiftKey: true }], ['Ctrl', 150, { ctrlKey: true }], ['another button', 150, { button: 2 }], ['an axis', 20, {}],
  ])('a drag with or on %s is left to what lies inside', (_, x, more) => {
    expect(mouse('mousedown', x, 100, more)).toBe(true);
    mouse('mousemove', 300, 100);
    mouse('mouseup', 300, 100);
    expect(heard).toEqual(['inner']);
    expect(onEnd).not.toHaveBeenCalled();
  });
});
