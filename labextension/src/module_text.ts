// A module that a kernel sends as text: loaded in the way in which widgets themselves are.

export async function moduleFromText<T>(text: string): Promise<T> {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ url)) as T;
  } finally {
    URL.revokeObjectURL(url);
  }
}
