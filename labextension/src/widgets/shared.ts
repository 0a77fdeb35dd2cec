// What both widget modules do the same way: meet the hub, and bring their style sheet along.
import css from '../../style/index.css';
import { findHub, HostModel } from '../model.js';

const STYLE_ID = 'jupyter-tracker-style';

/** Announces the model to the panels of this page. Without a hub there is nobody to tell. */
export function attach(model: HostModel): () => void {
  const panelId = model.get('panel_id');
  return (typeof panelId === 'string' ? findHub()?.attach(panelId, model) : undefined) ?? (() => undefined);
}

/** Puts the style sheet into the document, and into the shadow root if `el` turns out to be in one (marimo). */
export function ensureStyle(el: HTMLElement): void {
  addStyle(document.head);
  requestAnimationFrame(() => {
    const root = el.getRootNode();
    if (root instanceof ShadowRoot) {
      addStyle(root);
    }
  });
}

function addStyle(root: HTMLElement | ShadowRoot): void {
  if (root.querySelector(`#${STYLE_ID}`) === null) {
    const style = document.createElement('style');
    style.id = STYLE_ID;
    style.textContent = css;
    root.append(style);
  }
}

export interface RenderArguments {
  model: HostModel;
  el: HTMLElement;
}
