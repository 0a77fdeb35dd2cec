// Positions in a filter: Python counts code points, JavaScript UTF-16 units.

export function toPoints(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

export function toUnits(text: string, points: number): number {
  return Array.from(text).slice(0, points).join('').length;
}

/** The filter with a word in place of what is being typed, and where the cursor is then. */
export function completed(text: string, start: number, end: number, word: string): { text: string; cursor: number } {
  const [from, to] = [toUnits(text, start), toUnits(text, end)];
  const rest = text.slice(to);
  const gap = /\s$/.test(word) || /^\s/.test(rest) || word.endsWith('(') ? '' : ' ';
  const before = text.slice(0, from) + word + gap;
  return { text: before + rest, cursor: before.length };
}
