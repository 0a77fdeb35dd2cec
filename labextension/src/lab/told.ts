// Writes that a command does: what went wrong is said, and what is in the trash comes back by a click.
import { Notification } from '@jupyterlab/apputils';
import type { Words } from '../words.js';

/** Does it, and says what went wrong; whether it worked. */
export async function told(words: Words, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    Notification.error(words.__('That did not work: %1', error instanceof Error ? error.message : String(error)), { autoClose: 10_000 });
    return false;
  }
}

/** Says what was done, with a button that takes it back. */
export function saidWithUndo(words: Words, text: string, undo: () => Promise<void>): void {
  Notification.info(text, { autoClose: 10_000, actions: [{ label: words.__('Undo'), callback: () => void undo() }] });
}
