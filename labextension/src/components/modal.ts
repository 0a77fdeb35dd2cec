// What the keys do in a box that asks: Escape closes it, Ctrl+Enter says yes, and Tab stays within.

export function modalKeys(event: KeyboardEvent, node: HTMLElement, confirm: () => void, close: () => void): void {
  event.stopPropagation();
  const stops = [...node.querySelectorAll<HTMLElement>('input:not([hidden]), textarea:not([hidden]), button:not(:disabled)')];
  const root = node.getRootNode() as Document | ShadowRoot;
  const at = stops.indexOf(root.activeElement as HTMLElement);
  if (event.key === 'Escape') {
    event.preventDefault();
    close();
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (event.target as HTMLElement).tagName === 'INPUT')) {
    event.preventDefault();
    confirm();
  } else if (event.key === 'Tab' && stops.length > 0) {
    // It keeps the focus while it is open.
    event.preventDefault();
    stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
  }
}
