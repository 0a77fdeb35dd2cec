// Light, dark, or as the system has it: chosen once, kept in the browser.
import { h, setAttr, svg } from '../dom.js';
import { __ } from '../words.js';

type Theme = 'system' | 'light' | 'dark';

const KEY = 'jupyter-tracker:theme';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const SHAPES: Record<Theme, string> = {
  system: 'M8 2.4a5.6 5.6 0 1 0 0 11.2zM8 2.4a5.6 5.6 0 0 1 0 11.2',
  light: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.4v1.3M8 13.3v1.3M1.4 8h1.3M13.3 8h1.3M3.3 3.3l.9.9M11.8 11.8l.9.9M12.7 3.3l-.9.9M4.2 11.8l-.9.9',
  dark: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
};

/** Shows the page as it was chosen to be; called before anything is drawn. */
export function applyTheme(): void {
  setAttr(document.documentElement, 'theme', kept() === 'system' ? null : kept());
}

export function themeSwitch(): HTMLButtonElement {
  const names: Record<Theme, string> = { system: __('as the system has it'), light: __('light'), dark: __('dark') };
  const button: HTMLButtonElement = h('button', { type: 'button', class: 'jt-button-bare jt-app-theme', onclick: () => choose(NEXT[kept()]) });
  const draw = (): void => {
    const theme = kept();
    button.title = __('Colours: %1', names[theme]);
    setAttr(button, 'aria-label', button.title);
    const shape = svg('path', { d: SHAPES[theme], ...(theme === 'system' ? { 'fill-rule': 'nonzero' } : {}) });
    button.replaceChildren(svg('svg', { class: `jt-icon jt-theme-${theme}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' }, shape));
  };
  const choose = (theme: Theme): void => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Forbidden: it lasts as long as the page.
    }
    chosen = theme;
    applyTheme();
    draw();
  };
  draw();
  return button;
}

let chosen: Theme | null = null;

function kept(): Theme {
  if (chosen === null) {
    let value: string | null = null;
    try {
      value = localStorage.getItem(KEY);
    } catch {
      // Forbidden.
    }
    chosen = value === 'light' || value === 'dark' ? value : 'system';
  }
  return chosen;
}
