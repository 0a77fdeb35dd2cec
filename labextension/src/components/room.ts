// Room in a panel for what lies over it: an output of a notebook cuts off what sticks out of it.

const MARGIN_PX = 12;

/** Makes a panel at least as tall as the lower edge of what lies over it. One that fills its container scrolls instead. */
export function makeRoom(host: HTMLElement, over: HTMLElement): void {
  if (host.matches('[class*="-fill"]')) {
    return;
  }
  const needed = over.getBoundingClientRect().bottom - host.getBoundingClientRect().top + MARGIN_PX;
  // It only grows: an answer that comes later may make the box larger, and nothing shall jump meanwhile.
  if (needed > host.offsetHeight) {
    host.style.minHeight = `${Math.ceil(needed)}px`;
  }
}

export function giveRoomBack(host: HTMLElement): void {
  host.style.minHeight = '';
}
