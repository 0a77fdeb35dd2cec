// Two texts beside each other, line by line; within lines that were changed, the words.
import { diffArrays, diffWordsWithSpace } from 'diff';

export interface DiffPart {
  text: string;
  changed: boolean;
}

export interface DiffSide {
  /** Line number, from 1. */
  line: number;
  parts: DiffPart[];
}

export interface DiffRow {
  left: DiffSide | null;
  right: DiffSide | null;
  equal: boolean;
}

/** Texts that have little in common take long, and a diff of them says little. */
const PATIENCE_MS = 400;
/** Longer lines are compared as a whole. */
const WORDS_OF = 2000;

export function sideBySide(left: string, right: string): DiffRow[] {
  const [a, b] = [lines(left), lines(right)];
  const changes = diffArrays(a, b, { timeout: PATIENCE_MS }) ?? [{ value: a, removed: true, added: false }, { value: b, added: true, removed: false }];
  const rows: DiffRow[] = [];
  let [at, bt] = [0, 0];
  let [removed, added]: [string[], string[]] = [[], []];
  const flush = (): void => {
    rows.push(...changed(removed, added, at - removed.length, bt - added.length));
    [removed, added] = [[], []];
  };
  for (const change of changes) {
    if (change.removed) {
      removed.push(...change.value);
      at += change.value.length;
    } else if (change.added) {
      added.push(...change.value);
      bt += change.value.length;
    } else {
      flush();
      rows.push(...change.value.map((text, i): DiffRow => ({ equal: true, left: plain(text, at + i + 1), right: plain(text, bt + i + 1) })));
      at += change.value.length;
      bt += change.value.length;
    }
  }
  flush();
  return rows;
}

/** Lines that were removed beside those that came in their place. */
function changed(removed: readonly string[], added: readonly string[], from: number, to: number): DiffRow[] {
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, i): DiffRow => {
    const [left, right] = [removed[i], added[i]];
    if (left === undefined || right === undefined || left.length + right.length > WORDS_OF) {
      return { equal: false, left: whole(left, from + i + 1), right: whole(right, to + i + 1) };
    }
    const words = diffWordsWithSpace(left, right);
    const side = (line: number, other: 'added' | 'removed'): DiffSide =>
      ({ line, parts: words.filter(word => !word[other]).map(word => ({ text: word.value, changed: word.added || word.removed })) });
    return { equal: false, left: side(from + i + 1, 'added'), right: side(to + i + 1, 'removed') };
  });
}

function plain(text: string, line: number): DiffSide {
  return { line, parts: [{ text, changed: false }] };
}

function whole(text: string | undefined, line: number): DiffSide | null {
  return text === undefined ? null : { line, parts: [{ text, changed: true }] };
}

/** A newline at the end ends the last line; it does not begin another one. */
function lines(text: string): string[] {
  const all = text.split(/\r?\n/);
  return all.at(-1) === '' ? all.slice(0, -1) : all;
}
