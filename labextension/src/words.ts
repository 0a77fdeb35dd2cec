// Words of the interface, which Lab may have in another language. Only literal texts are passed, so that they can be collected.

export interface Words {
  __(text: string, ...values: unknown[]): string;
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** The texts as they are written: where there is no translator. `%1` is the first value, `%%` a percent sign. */
export const english: Words = {
  __: (text, ...values) => filled(text, values),
  _n: (one, many, count, ...values) => filled(count === 1 ? one : many, [count, ...values]),
};

function filled(text: string, values: unknown[]): string {
  return text.replace(/%(%|\d)/g, (mark, what) => (what === '%' ? '%' : Number(what) <= values.length ? String(values[Number(what) - 1]) : mark));
}

let current: Words = english;

/** Has the texts of this page come from a translator: before the first panel is made. */
export function speak(words: Words): void {
  current = words;
}

/** A text of the interface, in the language of this page. Only literal texts, so that they can be collected. */
export const __: Words['__'] = (text, ...values) => current.__(text, ...values);

/** One of two texts, by a number, which is the first value. */
export const _n: Words['_n'] = (one, many, count, ...values) => current._n(one, many, count, ...values);
