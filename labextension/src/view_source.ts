// Asks for a view, one request at a time: while one is under way the newest wish waits, the others are forgotten.

export abstract class ViewSource {
  /** Why the last request failed. */
  failure: unknown = null;
  private asking: Promise<void> | null = null;
  private again = false;
  private disposed = false;

  constructor(private readonly onChange: () => void) {}

  get loading(): boolean {
    return this.asking !== null;
  }

  /** Settles when what is wanted by then has been asked for; a failure is kept, and thrown to who waits. */
  async ask(): Promise<void> {
    if (this.asking !== null) {
      this.again = true;
      return this.asking;
    }
    this.asking = this.rounds();
    try {
      await this.asking;
    } finally {
      this.asking = null;
      this.tell();
    }
  }

  dispose(): void {
    this.disposed = true;
  }

  /** Asks for what is wanted now, and keeps it. */
  protected abstract round(): Promise<void>;

  protected tell(): void {
    if (!this.disposed) {
      this.onChange();
    }
  }

  private async rounds(): Promise<void> {
    for (;;) {
      this.again = false;
      try {
        await this.round();
        this.failure = null;
      } catch (failure) {
        this.failure = failure;
        if (!this.again) {
          throw failure;
        }
      }
      if (!this.again || this.disposed) {
        return;
      }
      this.tell();
    }
  }
}
