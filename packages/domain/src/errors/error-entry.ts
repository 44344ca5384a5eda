/** What the loop that catches an error does with the input at hand. */
export type Disposition = 'quarantine' | 'skip' | 'retry' | 'stop' | 'crash'

/** What the catalogue says of one failure that someone must act on. */
export interface ErrorEntry {
  readonly disposition: Disposition
  /** What happened: the sentence an operator reads first. */
  readonly what: string
  /** When to expect it, in a system that is well. */
  readonly normal: string
  /** What to do about it otherwise. */
  readonly remedy: string
}
