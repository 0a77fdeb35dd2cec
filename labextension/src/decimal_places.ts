// Numbers of a column stand with their points below each other, whatever digits each has: what a shorter one lacks is left as room.
// Only the rows that are drawn are known, so a column's room grows with what comes into view, and never shrinks.

const PLAIN = /^[-−]?[\d,]+(?:\.(\d+))?$/;

/** Digits after the point; null for what has no point to align, as `1.2e-5`, `NaN` or `–`. */
export function decimalsOf(text: string): number | null {
  const found = PLAIN.exec(text.slice(text.lastIndexOf(' ') + 1));
  return found === null ? null : found[1]?.length ?? 0;
}

export class DecimalPlaces {
  private most = new Map<string, number>();
  private hasGrown = false;

  /** A number that stands in a column; returns its digits after the point, as `decimalsOf`. */
  see(columnId: string, text: string): number | null {
    const decimals = decimalsOf(text);
    if (decimals !== null && decimals > (this.most.get(columnId) ?? 0)) {
      this.most.set(columnId, decimals);
      this.hasGrown = true;
    }
    return decimals;
  }

  /** Whether some column needs more room than when this was asked last. */
  grown(): boolean {
    const { hasGrown } = this;
    this.hasGrown = false;
    return hasGrown;
  }

  /**
   * What follows a number unseen, to be as wide as the longest of its column behind the point.
   *
   * @param spare Characters for which the cell has room beside the number: none is cut for the sake of a line.
   */
  room(columnId: string, decimals: number, spare: number): string {
    const most = this.most.get(columnId) ?? 0;
    if (decimals >= most) {
      return '';
    }
    const room = (decimals === 0 ? '.' : '') + '0'.repeat(most - decimals);
    return room.length > spare ? '' : room;
  }

  /** Other rows are to come. */
  clear(): void {
    this.most.clear();
  }
}
