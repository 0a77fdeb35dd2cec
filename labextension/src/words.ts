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
