/** The reaction of a consuming loop to an error, for the input at hand. */
export type Disposition = 'quarantine' | 'skip' | 'retry' | 'stop' | 'crash'

/** The catalogue's entry of one failure that someone must act on. */
export interface ErrorEntry {
  readonly disposition: Disposition
  /** The failure, in the sentence that an operator reads first. */
  readonly what: string
  /** The situations in which a healthy system has this failure. */
  readonly normal: string
  /** The action in all other situations. */
  readonly remedy: string
}
